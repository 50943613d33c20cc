"""A model's card: what it predicts, from what, how good it is, and what matters in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.telling import shown

BAR = 20
METRICS = ("auc", "pr_auc", "log_loss", "brier", "ece", "observed_over_expected", "lift_top_10pct")


def draw(kind: str, target: str, facts: dict[str, Any], records: Sequence[dict[str, Any]]) -> str:
    """The card and a line a feature. facts: the model file's fields. records: of `overall.records`."""
    lines = [f"{kind} model of {target}", ""]
    lines += [f"  {name:<11} {words}" for name, words in _facts(facts)]
    lines += ["", "How good it is (95 % interval)", "", *_metrics(facts["metrics"])]
    lines += ["", "What matters (mean absolute contribution to the log-odds)", ""]
    most = max((r["importance"] for r in records), default=0.0) or 1.0
    width = max((len(r["feature"]) for r in records), default=0)
    for record in records:
        if not record["importance"]:
            continue
        bar = "█" * round(record["importance"] / most * BAR)
        size = f"{record['importance']:6.3f} {bar:<{BAR}}"
        lines.append(f"  {record['feature']:<{width}}  {size} {_words(record)}".rstrip())
    if silent := sum(not record["importance"] for record in records):
        lines.append(f"  and {silent} of no importance")
    return "\n".join(lines)


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
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
    ]
    left_out = facts["settings"].get("left_out") or {}
    if left_out:
        told.append(("left out", ", ".join(left_out)))
    return told + [("note", f"{key}: {value}") for key, value in facts["notes"].items()]


def _metrics(metrics: dict[str, Any]) -> list[str]:
    lines = []
    for name in METRICS:
        if metrics.get(name) is not None:
            low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
            interval = f"({low:.3f} to {high:.3f})" if low is not None and high is not None else ""
            lines.append(f"  {name:<23} {metrics[name]:7.3f}  {interval}".rstrip())
    best = metrics["baselines"]["best_column"]
    return [*lines, f"  {'auc of one column':<23} {best['auc']:7.3f}  ({best['column']} alone)"]


def _words(record: dict[str, Any]) -> str:
    words = record["direction"] or ""
    if record.get("odds_ratio_quartiles") is None:
        return words
    lower, upper = shown(record["lower_quartile"]), shown(record["upper_quartile"])
    return f"{words}; odds x {record['odds_ratio_quartiles']:.2f} from {lower} to {upper}"
