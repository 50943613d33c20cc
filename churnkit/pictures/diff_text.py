"""Why a metric differs: a sentence, and a line a group with a bar for its part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.formatting import format_value
from churnkit.pictures.bars import two_sided_bar
from churnkit.pictures.text_table import align_rows

ROOM = 16  # of a bar to either side
MOST_NAMED = 2  # groups of the sentence


def sentence(
    metric: str, totals: Sequence[float], records: Sequence[dict[str, Any]], by: Sequence[str], is_rate: bool
) -> str:
    """What happened. totals: before and after. is_rate: a mean of 0 and 1, told in points."""
    before, after = totals
    change = after - before
    if not change:
        return f"{metric} is {_value(before, is_rate)} before and after"
    how = "rose" if change > 0 else "fell"
    told = (
        f"{metric} {how} {_size(change, is_rate)} from {_value(before, is_rate)} to {_value(after, is_rate)}"
    )
    if not by:
        return told
    causes = [r for r in records if not r["noise"] and r["part"] * change > 0][:MOST_NAMED]
    if not causes:
        return f"{told}; no group of {', '.join(by)} is beyond chance"
    parts = [f"{_size(r['part'], is_rate)} of it from {_group(r, by)}{_why(r, is_rate)}" for r in causes]
    return f"{told}; {'; '.join(parts)}"


def _group(record: dict[str, Any], by: Sequence[str]) -> str:
    return " in ".join(f"{name}={record[name] if record[name] is not None else '(empty)'}" for name in by)


def _why(record: dict[str, Any], is_rate: bool) -> str:
    if record["status"] != "both":
        return f", which is {record['status']}"
    before, after = (_value(record[f"value_{when}"], is_rate) for when in ("before", "after"))
    if abs(record["rate_part"]) >= abs(record["size_part"]):
        return f", which went from {before} to {after}"
    return f", of which there were {record['rows_before']:,} rows, now {record['rows_after']:,}"


def _size(change: float, is_rate: bool) -> str:
    return f"{abs(change) * 100:.1f} points" if is_rate else format_value(float(f"{abs(change):.4g}"))


def _value(value: float, is_rate: bool) -> str:
    return f"{value:.1%}" if is_rate else format_value(float(f"{value:.4g}"))


def draw(told: str, records: Sequence[dict[str, Any]], by: Sequence[str], is_rate: bool) -> str:
    """told: the sentence. records: of `differing.records`. Bars to the right add to the metric."""
    longest = max((abs(r["part"]) for r in records), default=0.0) or 1.0
    lines = []
    for record in records:
        bar = two_sided_bar(record["part"] / longest, ROOM)
        sign = "-" if record["part"] < 0 else "+"
        values = [
            "none" if record[f"value_{when}"] is None else _value(record[f"value_{when}"], is_rate)
            for when in ("before", "after")
        ]
        chance = " (chance)" if record["noise"] else ""
        part = f"{sign}{_size(record['part'], is_rate)}  {values[0]} → {values[1]}"
        rows = f"rows {record['rows_before']:,} → {record['rows_after']:,}{chance}"
        lines.append([_group(record, by) if by else "all", bar, f"{part}, {rows}"])
    return "\n".join([told, "", *align_rows(lines, "< < <")])
