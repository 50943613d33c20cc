"""An evaluation as text: the metrics with their intervals, the gains, the calibration, the profit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.intervals import LEVEL
from churnkit.pictures.bars import marked_bar
from churnkit.pictures.text_table import align_rows

BAR = 24  # characters of a full bar
NAMES = {  # metric → what it is, in a few words
    "auc": "ranking; chance is 0.5",
    "pr_auc": "ranking; chance: base_rate",
    "log_loss": "error; lower is better",
    "brier": "error; lower is better",
    "ece": "",
    "ece_corrected": "miscalibration; best is 0",
    "observed_over_expected": "best is 1",
    "base_rate": "share that churned",
    "lift_top_10pct": "a random tenth has 1",
    "recall_top_10pct": "churned in the top tenth",
}
METRIC_LAYOUT = "<23 >8  >9 <10  <"


def draw(record: dict[str, Any], by: Sequence[str] = (), scale: float = 1.0) -> str:
    """record: of `evaluate_groups`. by: the columns of the groups. scale: of the bars."""
    bar_length = round(BAR * scale)
    group = ", ".join(f"{name} {record[name]}" for name in by)
    lines = [
        f"{group + ': ' if by else ''}{record['rows']:,} rows; {LEVEL} intervals, by customer",
        "",
    ]
    lines += align_rows([_metric(record, name) for name in NAMES], METRIC_LAYOUT)
    if "baseline_contacts" in record:
        lines += ["", _list(record)]
    elif "baseline" in record:
        differences = [_difference(record, name) for name in NAMES if f"{name}_difference" in record]
        lines += ["", f"difference from {record['baseline']}", *align_rows(differences, METRIC_LAYOUT)]
    lines += ["", *_gains(record["gains"], bar_length)]
    lines += ["", *_calibration(record["calibration"], bar_length)]
    if "profit" in record:
        lines += ["", *_profit(record["profit"])]
    return "\n".join(lines)


def _metric(record: dict[str, Any], name: str) -> list[str]:
    if name == "ece":  # its interval is that of the corrected figure
        return [name, f"{record[name]:.4f}", "", "", f"by chance {record['ece_chance']:.4f}"]
    interval = name.removesuffix("_corrected")
    low, high = (f"{record[f'{interval}_{end}']:.4f}" for end in ("low", "high"))
    return [name, f"{record[name]:.4f}", low, f"to {high}", NAMES[name]]


def _difference(record: dict[str, Any], name: str) -> list[str]:
    low, high = record[f"{name}_difference_low"], record[f"{name}_difference_high"]
    chance = "within chance" if low <= 0 <= high else ""
    return [name, f"{record[f'{name}_difference']:+.4f}", f"{low:+.4f}", f"to {high:+.4f}", chance]


def _list(record: dict[str, Any]) -> str:
    """The scores beside a list, with the same number of contacts."""
    low, high = record["recall_difference_low"], record["recall_difference_high"]
    chance = ", within chance" if low <= 0 <= high else ""
    return (
        f"{record['baseline']} contacts {record['baseline_contacts']:,.0f} rows and reaches"
        f" {record['baseline_recall']:.1%} of those who churned; as many by falling probability reach"
        f" {record['recall_same_contacts']:.1%} ({100 * record['recall_difference']:+.1f} points,"
        f" {100 * low:+.1f} to {100 * high:+.1f}{chance})"
    )


def _gains(gains: Sequence[dict[str, Any]], bar_length: int) -> list[str]:
    lines = [["contacted", "reached", ""]]
    for point in gains:
        if point["recall"] == point["recall"]:
            bar = marked_bar(point["recall"], point["share"], bar_length)
            lines.append([f"top {point['share']:.0%}", f"{point['recall']:.1%}", bar])
    return [*align_rows(lines, ">11 >6  <"), "█ share of churners reached; │ reached in random order"]


def _calibration(bins: Sequence[dict[str, Any]], bar_length: int) -> list[str]:
    lines = [["predicted", "churned", "", "rows"]]
    for bin_ in bins:
        if bin_["observed"] is not None:
            bar = marked_bar(bin_["observed"], bin_["mean_probability"], bar_length)
            predicted = f"{bin_['low']:.0%} to {bin_['high']:.0%}"
            lines.append([predicted, f"{bin_['observed']:.1%}", bar, f"{bin_['rows']:,}"])
    return [
        *align_rows(lines, f">11 >6  <{bar_length} >9"),
        "█ share that churned; │ mean predicted probability",
    ]


def _profit(profit: dict[str, Any]) -> list[str]:
    best, choice = profit["best"], profit["best_choice"]
    revenue = "" if profit["margin"] == 1 else f"; the margin is {profit['margin']:.0%}"
    return [
        _best_cut(best),
        f"by value: contact where the expected gain is above 0 ({choice['rows']:,} rows):"
        f" {_profit_of(choice)}",
        f"per customer, at the mean value of {profit['mean_value']:,.2f}: mpc {profit['mpc']:,.4f}"
        f" ({profit['mpc_low']:,.4f} to {profit['mpc_high']:,.4f};"
        f" {profit['mpc_in_hindsight']:,.4f} in hindsight),"
        f" empc {profit['empc']:,.4f} in hindsight ({profit['empc_share']:.1%} contacted)",
        f"assumed: {profit['save_rate']:.0%} of churners stay for an offer of {profit['incentive']:g};"
        f" a contact costs {profit['contact_cost']:g}{revenue}",
    ]


def _best_cut(best: dict[str, Any]) -> str:
    """The best cut, rated on customers that did not choose it; or that no cut earns money."""
    if best["profit"] <= 0:
        return (
            "do not run this campaign: the best cut of one half of the customers does not earn money on the"
            f" other half: {_profit_of(best)}"
        )
    return (
        f"best cut: contact the top {best['share']:.1%} ({best['rows']:,} rows, probability"
        f" {best['least_probability']:.1%} or more): {_profit_of(best)}, chosen on one half of the customers"
        f" and rated on the other; {best['profit_in_hindsight']:,.2f} in hindsight"
    )


def _profit_of(choice: dict[str, Any]) -> str:
    low, high = choice["profit_low"], choice["profit_high"]
    chance = ", not clearly above 0" if low <= 0 < choice["profit"] else ""
    return f"profit {choice['profit']:,.2f} ({low:,.2f} to {high:,.2f}{chance})"
