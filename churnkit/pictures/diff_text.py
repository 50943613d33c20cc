"""The difference of a metric: one sentence, and one line per group with a bar for its part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.diff.decomposition import COUNT, MEAN
from churnkit.diff.summary import Summary
from churnkit.formatting import format_value
from churnkit.pictures.bars import two_sided_bar
from churnkit.pictures.text_table import align_rows

BAR = 16  # characters on each side of the line
MAX_NAMED_GROUPS = 2  # in the sentence
ROWS = "rows"  # what groups are counted in, without --per


def sentence(
    metric: str,
    summary: Summary,
    records: Sequence[dict[str, Any]],
    by: Sequence[str],
    counted_in: str = ROWS,
) -> str:
    """What changed, how much of it is mix and how much rates, and which groups explain it.

    records: from `part_records`. counted_in: what the sizes of groups are: rows, or the column of --per.
    """
    (before, after), is_rate = summary.totals, summary.is_rate
    change = summary.difference
    if not change:
        return f"{metric} is {_value(before, is_rate)} before and after"
    verb = "rose" if change > 0 else "fell"
    fact = (
        f"{metric} {verb} {_size(change, is_rate)}{_interval(summary)}"
        f" from {_value(before, is_rate)} to {_value(after, is_rate)}"
    )
    if not by:
        return fact
    fact += _split(summary)
    if story := _story(summary, by):
        fact += f": {story}"
    causes = [r for r in records if not r["noise"] and r["part"] * change > 0][:MAX_NAMED_GROUPS]
    if summary.is_alike or not summary.is_compared:
        return fact
    if not causes:
        return f"{fact}; no group of {', '.join(by)} stands out from chance"
    parts = [
        f"{_size(r['part'], is_rate)} of it from {_group(r, by)}{_reason(r, is_rate, counted_in)}"
        for r in causes
    ]
    return f"{fact}; {'; '.join(parts)}"


def _interval(summary: Summary) -> str:
    if summary.margin is None:
        return ""
    low, high = (_signed(summary.difference + sign * summary.margin, summary.is_rate) for sign in (-1, 1))
    return f" ({low} to {high}{', within chance' if summary.is_chance else ''})"


def _split(summary: Summary) -> str:
    """How much of the difference is mix, and how much rates."""
    if not summary.is_compared or summary.mix is None or summary.rates is None or summary.stat == COUNT:
        return ""
    mix, rates = _signed(summary.mix, summary.is_rate), _signed(summary.rates, summary.is_rate)
    if summary.stat == MEAN:
        return f", of which mix {mix}, {_rate_word(summary)}s {rates}"
    return f", of which number of rows {mix}, mean per row {rates}"


def _story(summary: Summary, by: Sequence[str]) -> str:
    """Where the rates went, and the mix."""
    columns = ", ".join(by)
    if not summary.is_compared:
        if summary.groups == 1:
            return f"all rows are in one group of {columns}, so it explains nothing"
        return f"no group of {columns} is on both sides, so it explains nothing"
    if summary.is_alike:
        return f"{_all(summary.groups)} of {columns} alike, none stands out from chance"
    if summary.stat == COUNT or summary.rates is None:
        return ""
    word = _rate_word(summary)
    clauses = [f"the {word} {'rose' if summary.rates > 0 else 'fell'} in {_moved(summary)} of {columns}"]
    if not summary.has_rates:
        clauses = [f"the {word}s of {columns} add nothing beyond chance"]
    if summary.stat == MEAN:
        gained = " in ".join("(empty)" if name is None else name for name in summary.gained)
        clauses.append(
            f"the mix moved to {gained}" if summary.has_mix else "the mix adds nothing beyond chance"
        )
    return "; ".join(clauses)


def _moved(summary: Summary) -> str:
    """The groups whose rate moved as all rates together did."""
    moved = summary.up if (summary.rates or 0.0) > 0 else summary.down
    if moved == summary.both:
        return f"{_all(moved)} on both sides" if moved < summary.groups else _all(moved)
    return f"{moved:,} of {summary.both:,} groups"


def _all(groups: int) -> str:
    return {1: "the only group", 2: "both groups"}.get(groups, f"all {groups:,} groups")


def _rate_word(summary: Summary) -> str:
    return "rate" if summary.is_rate else "mean"


def _group(record: dict[str, Any], by: Sequence[str]) -> str:
    return " in ".join(f"{name}={record[name] if record[name] is not None else '(empty)'}" for name in by)


def _reason(record: dict[str, Any], is_rate: bool, counted_in: str) -> str:
    if record["status"] != "both":
        return f", which is {record['status']}"
    before, after = (_value(record[f"value_{when}"], is_rate) for when in ("before", "after"))
    if abs(record["rate_part"]) >= abs(record["size_part"]):
        return f", which went from {before} to {after}"
    had, has = (format_value(record[f"rows_{when}"]) for when in ("before", "after"))
    return f", which had {had} {counted_in} and now has {has}"


def _size(change: float, is_rate: bool) -> str:
    return f"{abs(change) * 100:.1f} points" if is_rate else format_value(float(f"{abs(change):.4g}"))


def _signed(change: float, is_rate: bool) -> str:
    """A change with its sign, in points for a rate; without a sign if it is shown as 0."""
    size = f"{abs(change) * 100:.1f}" if is_rate else format_value(float(f"{abs(change):.4g}"))
    sign = "-" if change < 0 else "+"
    return size if not float(size.replace(",", "")) else f"{sign}{size}"


def _value(value: float, is_rate: bool) -> str:
    return f"{value:.1%}" if is_rate else format_value(float(f"{value:.4g}"))


def draw(
    fact: str,
    records: Sequence[dict[str, Any]],
    by: Sequence[str],
    is_rate: bool,
    counted_in: str = ROWS,
    scale: float = 1.0,
) -> str:
    """fact: the sentence. records: from `part_records`. Bars to the right raise the metric.
    counted_in: as in `sentence`. scale: of the bars."""
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
        had, has = (format_value(record[f"rows_{when}"]) for when in ("before", "after"))
        rows = f"{counted_in} {had} → {has}{noise}"
        lines.append([_group(record, by) if by else "all", bar, f"{part}, {rows}"])
    return "\n".join([fact, "", *align_rows(lines, "< < <")])
