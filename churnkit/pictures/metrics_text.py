"""An evaluation as a screen: the metrics with their intervals, and how well probabilities hold."""

from __future__ import annotations

from typing import Any

BAR = 24
NAMES = ("auc", "pr_auc", "log_loss", "brier", "ece", "observed_over_expected", "base_rate",
         "lift_top_10pct", "recall_top_10pct")  # fmt: skip


def draw(record: dict[str, Any]) -> str:
    """record: of `evaluation.record`."""
    lines = [f"{record['rows']:,} rows; 95 % intervals by customer", ""]
    for name in NAMES:
        low, high = record[f"{name}_low"], record[f"{name}_high"]
        lines.append(f"{name:<23} {record[name]:8.4f}   {low:8.4f} to {high:.4f}")
    lines += ["", f"{'said':>11} {'rows':>9}  {'left':>6}"]
    for bin_ in record["calibration"]:
        if bin_["observed"] is None:
            continue
        bar = "█" * round(bin_["observed"] * BAR)
        at = round(bin_["mean_probability"] * BAR)
        bar = f"{bar:<{BAR}}"
        bar = f"{bar[:at]}│{bar[at + 1 :]}"
        said = f"{bin_['low']:.0%} to {bin_['high']:.0%}"
        lines.append(f"{said:>11} {bin_['rows']:>9,}  {bin_['observed']:6.1%}  {bar}".rstrip())
    return "\n".join([*lines, "", "█ the share that left; │ what was said"])
