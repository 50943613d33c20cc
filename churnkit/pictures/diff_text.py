"""The difference of a metric: one sentence, and one line per group with a bar for its part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.formatting import format_value
from churnkit.pictures.bars import two_sided_bar
from churnkit.pictures.text_table import align_rows

BAR = 16  # characters on each side of the line
MAX_NAMED_GROUPS = 2  # in the sentence


def sentence(
    metric: str, totals: Sequence[float], records: Sequence[dict[str, Any]], by: Sequence[str], is_rate: bool
) -> str:
    """What changed and which groups explain it. totals: before and after. is_rate: show percentage points."""
    before, after = totals
    change = after - before
    if not change:
        return f"{metric} is {_value(before, is_rate)} before and after"
    verb = "rose" if change > 0 else "fell"
    fact = (
        f"{metric} {verb} {_size(change, is_rate)} from {_value(before, is_rate)} to {_value(after, is_rate)}"
    )
    if not by:
        return fact
    causes = [r for r in records if not r["noise"] and r["part"] * change > 0][:MAX_NAMED_GROUPS]
    if not causes:
        return f"{fact}; no group of {', '.join(by)} stands out from chance"
    parts = [f"{_size(r['part'], is_rate)} of it from {_group(r, by)}{_reason(r, is_rate)}" for r in causes]
    return f"{fact}; {'; '.join(parts)}"


def _group(record: dict[str, Any], by: Sequence[str]) -> str:
    return " in ".join(f"{name}={record[name] if record[name] is not None else '(empty)'}" for name in by)


def _reason(record: dict[str, Any], is_rate: bool) -> str:
    if record["status"] != "both":
        return f", which is {record['status']}"
    before, after = (_value(record[f"value_{when}"], is_rate) for when in ("before", "after"))
    if abs(record["rate_part"]) >= abs(record["size_part"]):
        return f", which went from {before} to {after}"
    return f", which had {record['rows_before']:,} rows and now has {record['rows_after']:,}"


def _size(change: float, is_rate: bool) -> str:
    return f"{abs(change) * 100:.1f} points" if is_rate else format_value(float(f"{abs(change):.4g}"))


def _value(value: float, is_rate: bool) -> str:
    return f"{value:.1%}" if is_rate else format_value(float(f"{value:.4g}"))


def draw(
    fact: str, records: Sequence[dict[str, Any]], by: Sequence[str], is_rate: bool, scale: float = 1.0
) -> str:
    """fact: the sentence. records: from `part_records`. Bars to the right raise the metric.
    scale: of the bars."""
    longest = max((abs(r["part"]) for r in records), default=0.0) or 1.0
    lines = []
    for record in records:
        bar = two_sided_bar(record["part"] / longest, round(BAR * scale))
        sign = "-" if record["part"] < 0 else "+"
        values = [
            "none" if record[f"value_{when}"] is None else _value(record[f"value_{when}"], is_rate)
            for when in ("before", "after")
        ]
        noise = " (chance)" if record["noise"] else ""
        part = f"{sign}{_size(record['part'], is_rate)}  {values[0]} → {values[1]}"
        rows = f"rows {record['rows_before']:,} → {record['rows_after']:,}{noise}"
        lines.append([_group(record, by) if by else "all", bar, f"{part}, {rows}"])
    return "\n".join([fact, "", *align_rows(lines, "< < <")])
