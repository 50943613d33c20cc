"""A model's card: what it predicts, from what, how good it is, and what matters in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Any

from churnkit.formatting import format_value
from churnkit.intervals import LEVEL
from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows

BAR = 20
WIDTH = 100
MOST = 15  # features: a card is a screen
WIDE = 0.1  # of the interval of an auc
YEAR = 365  # days
ROLES = ("the id", "the observation date", "the target")
METRICS = ("auc", "pr_auc", "log_loss", "brier", "ece", "observed_over_expected", "lift_top_10pct")


def draw(kind: str, target: str, facts: dict[str, Any], records: Sequence[dict[str, Any]]) -> str:
    """The card and a line a feature. facts: the model file's fields. records: of `overall.records`."""
    shown = [record for record in records if record["importance"]]
    lines = [f"{kind} model of {target}", ""]
    for name, words in _facts(facts, len(records)):
        lines += _wrapped(f"  {name:<11} ", words)
    lines += [
        "",
        f"How good it is on rows it had not seen ({LEVEL} interval)",
        "",
        *_metrics(facts["metrics"]),
    ]
    lines += ["", "What to keep in mind", ""]
    for words in _limits(facts):
        lines += _wrapped("  - ", words)
    lines += ["", "What matters (mean absolute contribution to the log-odds)", ""]
    most = max((r["importance"] for r in shown), default=1.0)
    cells = [
        (r["feature"], f"{r['importance']:.3f}", bar(r["importance"] / most, BAR), _words(r))
        for r in shown[:MOST]
    ]
    lines += align_rows(cells, f"  <  >6 <{BAR} <")
    if len(shown) > MOST:
        lines.append(f"  and {len(shown) - MOST} that matter less")
    if silent := len(records) - len(shown):
        lines.append(f"  and {silent} of no importance")
    return "\n".join(lines)


def _wrapped(head: str, words: str) -> list[str]:
    return textwrap.wrap(
        words, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _facts(facts: dict[str, Any], columns: int) -> list[tuple[str, str]]:
    trained, label = facts["trained_on"], facts["label"]
    days = trained.get("dates") or []
    dates = (
        f", observed {days[0]} to {days[-1]}" if len(days) > 1 else f", observed {days[0]}" if days else ""
    )
    told = [
        ("predicts", label.get("definition") or "what the column says"),
        ("learnt from", f"{trained['rows']:,} rows of {trained['customers']:,} customers{dates}"),
        ("who left", f"{trained['churned']:,} ({trained['churned'] / max(trained['rows'], 1):.1%})"),
        ("tested on", facts["metrics"]["tested"]),
        ("made", f"{facts['created_at']} by churnkit {facts['versions'].get('churnkit', '?')}"),
        ("columns", f"{columns:,} used"),
    ]
    by_reason: dict[str, list[str]] = {}
    for name, why in (facts["settings"].get("left_out") or {}).items():
        by_reason.setdefault(why, []).append(name)
    told += [
        ("left out", f"{', '.join(names)}: {why}") for why, names in by_reason.items() if why not in ROLES
    ]
    return told + [("note", f"{key}: {value}") for key, value in facts["notes"].items()]


def _metrics(metrics: dict[str, Any]) -> list[str]:
    lines = []
    for name in METRICS:
        if metrics.get(name) is not None:
            low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
            interval = f"({low:.3f} to {high:.3f})" if low is not None and high is not None else ""
            lines.append([name, f"{metrics[name]:.3f}", interval])
    baselines = metrics["baselines"]
    for words, rival in (
        ("auc of one column", baselines["best_column"]),
        ("auc of recency", baselines.get("recency")),
    ):
        if rival:
            lines.append([words, f"{rival['auc']:.3f}", f"({rival['column']} alone)"])
    if (loss := baselines.get("base_rate_log_loss")) is not None:
        lines.append(["log_loss of base rate", f"{loss:.3f}", "(the same probability for all)"])
    return align_rows(lines, "  <23 >7  <")


def _limits(facts: dict[str, Any]) -> list[str]:
    """What the reader of a hand-over should know, from the facts of this very model."""
    metrics, trained, label = facts["metrics"], facts["trained_on"], facts["label"]
    told = []
    best = metrics["baselines"]["best_column"]
    if best.get("low") is not None and best["low"] <= 0:
        told.append(f"It does not clearly beat {best['column']} alone: the simpler rule may do.")
    low, high = metrics.get("auc_low"), metrics.get("auc_high")
    if low is not None and high - low > WIDE:
        told.append(f"The auc is known to {high - low:.2f} only: few who left were in the test.")
    ratio_low, ratio_high = (metrics.get(f"observed_over_expected_{end}") for end in ("low", "high"))
    if ratio_low is not None and not ratio_low <= 1 <= ratio_high:
        more = "more" if ratio_low > 1 else "fewer"
        told.append(
            f"In the test {more} left than it said: trust the order of customers, not the probabilities."
        )
    days = trained.get("dates") or []
    if days and (date.fromisoformat(days[-1][:10]) - date.fromisoformat(days[0][:10])).days < YEAR:
        told.append("It has seen less than a year: what the season does to churn is not in it.")
    if not days:
        told.append("Its rows have no dates: it was tested on other customers, not on a later time.")
    if label.get("horizon_days"):
        window = f"{label['horizon_days']:,} days{_lead(label)} from the observation date"
        told.append(f"It speaks of {window}, and of customers chosen as in training.")
    told.append("A reason is what the model goes by, not a cause: to change it need not keep the customer.")
    return told


def _lead(label: dict[str, Any]) -> str:
    return f", beginning {label['lead_days']:,} days" if label.get("lead_days") else ""


def _words(record: dict[str, Any]) -> str:
    words = record["direction"] or ""
    if record.get("odds_ratio_quartiles") is None:
        return words
    lower, upper = format_value(record["lower_quartile"]), format_value(record["upper_quartile"])
    return f"{words}; odds x {record['odds_ratio_quartiles']:.2f} from {lower} to {upper}"
