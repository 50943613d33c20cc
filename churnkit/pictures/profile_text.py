"""A profile as a screen of 80 columns: a line a column, its values in short, and what is odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.errors import quote, visible
from churnkit.formatting import format_value
from churnkit.pictures.bars import fine_bar, spark
from churnkit.pictures.text_table import align_rows

WIDTH = 80
LONGEST_NAME = 26
SCATTERED = 0.02  # of the rows: a commonest value of fewer is not worth a share
NEARLY_ALL = 0.9  # of the values, from which on the others look like another word for "unknown"
BAR = 8  # characters of the fullest bar
SIZES = (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10))
BOLD, FAINT, YELLOW, RED = "1", "2", "33", "31"


def draw(records: Sequence[dict[str, Any]], colours: bool = False) -> str:
    """records: of `profiling`, that of the table last. colours: for a terminal."""
    *columns, table = records
    cells = [["column", "type", "empty", "distinct", "values"], *map(_cells, columns)]
    width = max(len(name) for name, *_ in cells)
    title, *heads = align_rows(cells, "< <9 >6 >9  <")
    about = "" if table["duplicate_rows_exact"] else "about "
    rows, wide = (
        f"{n:,} {what}{'' if n == 1 else 's'}"
        for n, what in ((table["rows"], "row"), (len(columns), "column"))
    )
    lines = [
        f"{rows}, {wide}, {_size(table['bytes'])}, {about}{table['duplicate_rows']:,} repeated rows",
        "",
        _painted(title, BOLD, colours),
    ]
    for head, record in zip(heads, columns, strict=True):
        lines += [cut(head, WIDTH), *_remarks(record, width, colours)]
    return "\n".join(line.rstrip() for line in lines)


def _cells(record: dict[str, Any]) -> list[str]:
    empty = f"{record['nulls'] / max(record['rows'], 1):.1%}" if record["nulls"] else "-"
    distinct = f"{'' if record['distinct_exact'] else '~'}{record['distinct']:,}"
    return [cut(record["column"], LONGEST_NAME), record["type"], empty, distinct, _values(record)]


def _remarks(record: dict[str, Any], width: int, colours: bool) -> list[str]:
    """What is odd about a column, below its line. width: of the names, under which nothing stands."""
    lines = []
    if record["flags"]:
        paint = RED if record["pii"] else YELLOW
        told = ", ".join(f"{flag} (--show-pii)" if flag == "pii" else flag for flag in record["flags"])
        lines.append(_painted(cut(f"{'':<{width}} ! {told}", WIDTH), paint, colours))
    if way_out := _way_out(record):
        lines.append(cut(f"{'':<{width}}   {way_out}", WIDTH))
    if record.get("auc") is not None or record.get("leak"):
        lines.append(cut(f"{'':<{width}}   {_against_target(record)}", WIDTH))
    return lines


def _values(record: dict[str, Any]) -> str:
    if record["pii"] and not record["top"]:
        share = record["pii"]["share"]
        told = record["pii"]["kind"] + (f" {share:.0%}" if share is not None else " by its name")
        return f"hidden: {told}"
    if record["mean"] is not None:
        numbers = (record["min"], record["quantiles"]["0.5"], record["max"])
        ends = " … ".join(format_value(number) for number in numbers)
        return f"{ends}  {spark(record['histogram']['rows'])}"
    if record["span_days"] is not None:
        return f"{record['min'][:10]} … {record['max'][:10]}"
    if not record["top"]:
        return "" if record["min"] is None else f"{_named(record['min'])} … {_named(record['max'])}"
    rows = max(record["rows"] - record["nulls"], 1)
    most = max((top["rows"] for top in record["top"]), default=1)
    names = [_named(top["value"]) for top in record["top"][:3]]
    if most < SCATTERED * rows:
        return ", ".join(names)
    shares = [top["rows"] / rows for top in record["top"][:3]]
    bars = [f" {fine_bar(shares[0], BAR)}", "", ""]
    return ", ".join(
        f"{name}{bar} {share:.0%}" for name, bar, share in zip(names, bars, shares, strict=False)
    )


def _named(value: str) -> str:
    """A value in short, with quotes where its blanks would not be seen."""
    return cut(value if value == value.strip() else quote(value), 16)


def _against_target(record: dict[str, Any]) -> str:
    """Who left, by tenth or group, and how well the column alone ranks them."""
    rates = [c["rate"] for c in record["cohorts"] or [] if "from" in c]
    told = [f"auc {record['auc']:.2f}"] if record["auc"] is not None else []
    if rates:
        told.append(f"left {rates[0]:.0%} {spark([round(1000 * rate) for rate in rates])} {rates[-1]:.0%}")
    if record["leak"]:
        told.append(f"gives the answer away (by its {record['leak']})")
    return ", ".join(told)


def _way_out(record: dict[str, Any]) -> str:
    """How a column of numbers is read in spite of a few words."""
    known = record["rows"] - record["nulls"]
    if not record["other_words"] or record["numbers"] < NEARLY_ALL * known:
        return ""
    return f"{record['numbers']:,} of {known:,} are numbers: --null '{visible(record['other_words'][0])}'?"


def _painted(text: str, code: str, colours: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colours else text


def cut(text: str, width: int) -> str:
    """Text that fits, its end replaced by … where it does not."""
    text = visible(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _size(size: int) -> str:
    for name, unit in SIZES:
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size:,} bytes"
