"""An evaluation as a screen: the metrics with their intervals, who is found, whether probabilities hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.intervals import LEVEL

BAR = 24
NAMES = ("auc", "pr_auc", "log_loss", "brier", "ece", "observed_over_expected", "base_rate",
         "lift_top_10pct", "recall_top_10pct")  # fmt: skip


def draw(record: dict[str, Any], by: Sequence[str] = ()) -> str:
    """record: of `evaluation.record`, with the group's values of `by`, and `profit` where there is one."""
    group = ", ".join(f"{name} {record[name]}" for name in by)
    lines = [f"{group + ': ' if by else ''}{record['rows']:,} rows; {LEVEL} intervals by customer", ""]
    for name in NAMES:
        low, high = record[f"{name}_low"], record[f"{name}_high"]
        lines.append(f"{name:<23} {record[name]:8.4f}   {low:8.4f} to {high:.4f}")
    if "baseline" in record:
        lines += ["", f"more than {record['baseline']} has"]
        lines += [_difference(record, name) for name in NAMES if f"{name}_difference" in record]
    lines += ["", *_gains(record["gains"]), "", *_calibration(record["calibration"])]
    if "profit" in record:
        lines += ["", *_profit(record["profit"])]
    return "\n".join(lines)


def _difference(record: dict[str, Any], name: str) -> str:
    low, high = record[f"{name}_difference_low"], record[f"{name}_difference_high"]
    chance = "   (within chance)" if low <= 0 <= high else ""
    return f"{name:<23} {record[f'{name}_difference']:+8.4f}   {low:+8.4f} to {high:+.4f}{chance}"


def _gains(gains: Sequence[dict[str, Any]]) -> list[str]:
    lines = [f"{'contacted':>11} {'found':>6}"]
    for point in gains:
        if point["recall"] == point["recall"]:
            bar = _marked(point["recall"], point["share"])
            lines.append(
                f"{'top ' + format(point['share'], '.0%'):>11} {point['recall']:6.1%}  {bar}".rstrip()
            )
    return [*lines, "█ share of those who left that is found; │ found by chance"]


def _calibration(bins: Sequence[dict[str, Any]]) -> list[str]:
    lines = [f"{'said':>11} {'left':>6}  {'':<{BAR}} {'rows':>9}"]
    for bin_ in bins:
        if bin_["observed"] is not None:
            bar = _marked(bin_["observed"], bin_["mean_probability"])
            said = f"{bin_['low']:.0%} to {bin_['high']:.0%}"
            lines.append(f"{said:>11} {bin_['observed']:6.1%}  {bar} {bin_['rows']:>9,}")
    return [*lines, "█ share that left; │ what was said"]


def _marked(share: float, mark: float) -> str:
    """A bar of a share, with a mark at another."""
    bar = f"{'█' * round(share * BAR):<{BAR}}"
    at = min(round(mark * BAR), BAR - 1)
    return f"{bar[:at]}│{bar[at + 1 :]}"


def _profit(profit: dict[str, Any]) -> list[str]:
    best, choice = profit["best"], profit["best_choice"]
    return [
        f"contact the top {best['share']:.1%} ({best['rows']:,} rows, from {best['least_probability']:.1%}):"
        f" profit {best['profit']:,.2f}",
        f"contact whose expected gain is above 0 ({choice['rows']:,} rows): profit {choice['profit']:,.2f}",
        f"a customer, at the mean value of {profit['mean_value']:,.2f}:"
        f" mpc {profit['mpc']:,.4f}, empc {profit['empc']:,.4f} (contacting {profit['empc_share']:.1%})",
        f"of those who would leave {profit['save_rate']:.0%} stay for {profit['incentive']:g};"
        f" a contact costs {profit['contact_cost']:g}",
    ]
