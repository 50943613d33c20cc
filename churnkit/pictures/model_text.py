"""A model card as text: what the model predicts, its training data, quality, limits and features."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Any

from churnkit.formatting import format_value
from churnkit.intervals import LEVEL
from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows
from churnkit.pictures.wording import direction_in_words, extremes_in_words, ratio_in_words
from churnkit.training.baselines import upside_down

BAR = 20  # characters of the longest bar
WIDTH = 100  # characters, where the user and the terminal say nothing
MAX_FEATURES = 15
WIDE_AUC = 0.1  # width of the interval of an auc that is worth a remark
YEAR_DAYS = 365
ROLES = ("the id", "the observation date", "the target")
METRICS = ("auc", "pr_auc", "log_loss", "brier", "ece_corrected", "observed_over_expected", "lift_top_10pct")


def draw(
    kind: str,
    target: str,
    facts: dict[str, Any],
    records: Sequence[dict[str, Any]],
    width: int | None = None,
    scale: float = 1.0,
    pairs: Sequence[dict[str, Any]] = (),
) -> str:
    """The model card. facts: the fields of the model file. records: of `importance_records`. width: in
    characters. scale: of the bars. pairs: of `pair_records`."""
    width, bar_length = width or WIDTH, round(BAR * scale)
    shown = [record for record in records if record["importance"]]
    lines = [f"{kind} model of {target}", ""]
    for name, words in facts_in_words(facts, len(records)):
        lines += _wrapped(f"  {name:<11} ", words, width)
    lines += [
        "",
        f"Quality on rows not used for training ({LEVEL} interval)",
        "",
        *_metrics(facts["metrics"]),
    ]
    lines += ["", "What to keep in mind", ""]
    for words in _limits(facts):
        lines += _wrapped("  - ", words, width)
    lines += ["", "What matters (mean absolute contribution to the log-odds)", ""]
    most = max((r["importance"] for r in shown), default=1.0)
    cells = [
        (r["feature"], f"{r['importance']:.3f}", bar(r["importance"] / most, bar_length), _direction(r))
        for r in shown[:MAX_FEATURES]
    ]
    lines += align_rows(cells, f"  <  >6 <{bar_length} <")
    if len(shown) > MAX_FEATURES:
        lines.append(f"  and {len(shown) - MAX_FEATURES} less important features")
    if unused := len(records) - len(shown):
        lines.append(f"  and {unused} without influence")
    if pairs:
        lines += ["", "What acts together (mean absolute contribution; half of it counts for each)", ""]
        lines += align_rows(
            [(" and ".join(pair["features"]), f"{pair['importance']:.3f}") for pair in pairs], "  <  >6"
        )
    return "\n".join(lines)


def _wrapped(head: str, words: str, width: int) -> list[str]:
    return textwrap.wrap(
        words, width, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def facts_in_words(facts: dict[str, Any], columns: int) -> list[tuple[str, str]]:
    """What the model predicts, its training data and its notes: name and words. columns: their number."""
    trained, label = facts["trained_on"], facts["label"]
    days = trained.get("dates") or []
    dates = (
        f", observed {days[0]} to {days[-1]}" if len(days) > 1 else f", observed {days[0]}" if days else ""
    )
    rows = [
        ("predicts", label.get("definition") or "the target column is 1 or yes"),
        ("trained on", f"{trained['rows']:,} rows of {trained['customers']:,} customers{dates}"),
        ("churned", f"{trained['churned']:,} ({trained['churned'] / max(trained['rows'], 1):.1%})"),
        ("tested on", facts["metrics"]["tested"]),
        ("created", f"{facts['created_at']} by churnkit {facts['versions'].get('churnkit', '?')}"),
        ("columns", f"{columns:,} used"),
    ]
    by_reason: dict[str, list[str]] = {}
    for name, why in (facts["settings"].get("left_out") or {}).items():
        by_reason.setdefault(why, []).append(name)
    rows += [
        ("left out", f"{', '.join(names)}: {why}") for why, names in by_reason.items() if why not in ROLES
    ]
    return rows + [("note", f"{key}: {value}") for key, value in facts["notes"].items()]


def _metrics(metrics: dict[str, Any]) -> list[str]:
    lines = []
    for name in METRICS:
        if metrics.get(name) is not None:
            low, high = (metrics.get(f"{name.removesuffix('_corrected')}_{end}") for end in ("low", "high"))
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
    """The limits of this model, from its own fields."""
    metrics, trained, label = facts["metrics"], facts["trained_on"], facts["label"]
    limits = []
    if figures := upside_down(metrics):
        limits.append(f"Its ranking is upside down ({figures}): do not use it.")
    if too_good := metrics.get("too_good"):
        names = ", ".join(too_good["columns"])
        limits.append(f"Its test is too good to be true: {names} may be known only after a customer churned.")
    best = metrics["baselines"]["best_column"]
    if best.get("low") is not None and best["low"] <= 0:
        limits.append(f"It is not clearly better than {best['column']} alone: that rule may be enough.")
    low, high = metrics.get("auc_low"), metrics.get("auc_high")
    if low is not None and high - low > WIDE_AUC:
        limits.append(f"The interval of the auc is {high - low:.2f} wide: few customers in the test churned.")
    ratio_low, ratio_high = (metrics.get(f"observed_over_expected_{end}") for end in ("low", "high"))
    if ratio_low is not None and not ratio_low <= 1 <= ratio_high:
        more = "more" if ratio_low > 1 else "fewer"
        limits.append(
            f"In the test {more} customers churned than predicted"
            + (": trust the ranking, not the probabilities." if not figures else ".")
        )
    days = trained.get("dates") or []
    if days and (date.fromisoformat(days[-1][:10]) - date.fromisoformat(days[0][:10])).days < YEAR_DAYS:
        limits.append("Its training dates span less than a year: it cannot know seasonal effects.")
    if not days:
        limits.append("Its rows have no dates: it was tested on other customers, not at a later time.")
    if valid := validity(label):
        limits.append(f"It is valid for {valid}.")
    limits.append("A reason is what the model uses, not a cause: changing it may not keep the customer.")
    return limits


def validity(label: dict[str, Any]) -> str:
    """For which days and customers the model is valid; empty if the label has no horizon."""
    if not label.get("horizon_days"):
        return ""
    start = f"{label['lead_days']:,} days after" if label.get("lead_days") else "at"
    days = f"the {label['horizon_days']:,} days that start {start} the observation date"
    return f"{days}, and for customers selected as in training"


def _direction(record: dict[str, Any]) -> str:
    words = direction_in_words(record["direction"])
    if record.get("odds_ratio_quartiles") is None:
        return words
    if record.get("lowest_at") is not None:
        ratio = record["odds_ratio_lowest_to_highest"]
        return f"{words}; {extremes_in_words(record['lowest_at'], record['highest_at'], ratio)}"
    lower, upper = format_value(record["lower_quartile"]), format_value(record["upper_quartile"])
    return f"{words}; odds x {ratio_in_words(record['odds_ratio_quartiles'])} from {lower} to {upper}"
