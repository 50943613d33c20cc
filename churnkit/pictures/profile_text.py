"""A profile as a screen of 80 columns: a line a column, its values in short, and what is odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.errors import visible
from churnkit.telling import shown

WIDTH = 80
NEARLY_ALL = 0.9  # of the values, from which on the others look like another word for "unknown"
BLOCKS = "▁▂▃▄▅▆▇█"
SIZES = (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10))


def draw(records: Sequence[dict[str, Any]]) -> str:
    """records: of `profiling`, that of the table last."""
    *columns, table = records
    width = min(max([len(visible(r["column"])) for r in columns] + [6]), 26)
    lines = [
        f"{table['rows']:,} rows, {table['columns']:,} columns, {_size(table['bytes'])}, "
        f"{table['duplicate_rows']:,} repeated rows",
        "",
        f"{'column':<{width}} {'type':<9} {'empty':>6} {'distinct':>9}  values",
    ]
    for record in columns:
        lines += _lines(record, width)
    return "\n".join(line.rstrip() for line in lines)


def _lines(record: dict[str, Any], width: int) -> list[str]:
    rows = max(record["rows"], 1)
    empty = f"{record['nulls'] / rows:.1%}" if record["nulls"] else "-"
    head = (
        f"{cut(record['column'], width):<{width}} {record['type']:<9} {empty:>6} {record['distinct']:>9,}  "
    )
    lines = [cut(head + _values(record), WIDTH)]
    if record["flags"]:
        lines.append(cut(f"{'':<{width}} ! {', '.join(record['flags'])}", WIDTH))
    if way_out := _way_out(record):
        lines.append(cut(f"{'':<{width}}   {way_out}", WIDTH))
    return lines


def _values(record: dict[str, Any]) -> str:
    if record["mean"] is not None:
        ends = f"{shown(record['min'])} … {shown(record['quantiles']['0.5'])} … {shown(record['max'])}"
        return f"{ends}  {spark(record['histogram']['rows'])}"
    if record["span_days"] is not None:
        return f"{record['min'][:10]} … {record['max'][:10]}"
    rows = max(record["rows"] - record["nulls"], 1)
    return ", ".join(f"{visible(t['value'])} {t['rows'] / rows:.0%}" for t in record["top"][:3])


def _way_out(record: dict[str, Any]) -> str:
    """How a column of numbers is read in spite of a few words."""
    known = record["rows"] - record["nulls"]
    if not record["other_words"] or record["numbers"] < NEARLY_ALL * known:
        return ""
    return f"{record['numbers']:,} of {known:,} are numbers: --null '{visible(record['other_words'][0])}'?"


def spark(rows: Sequence[int]) -> str:
    """Counts as little columns, the largest full."""
    most = max(rows, default=0) or 1
    return "".join(BLOCKS[min(7, round(7 * n / most))] if n else " " for n in rows)


def cut(text: str, width: int) -> str:
    """Text that fits, its end replaced by … where it does not."""
    text = visible(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _size(size: int) -> str:
    for name, unit in SIZES:
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size:,} bytes"
