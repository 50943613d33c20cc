"""Leaves out a row of totals at the end of a table: a report has one, and it is no customer.

The last row is a total if its id is empty or a word for total, and one of its numbers is the sum of the
numbers above. The blocks are kept for that sum, up to a limit: a report is small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from churnkit.tables import casts, notations
from churnkit.tables.formats import Layout
from churnkit.tables.records import Block, split_fields

MOST_BYTES = 32 << 20  # of a table in which a total is looked for
LONGEST_LINE = 1 << 14  # bytes of a total
LONGEST_AMOUNT = 40  # characters
LEAST_AMOUNTS = 2  # above a total, other than 0; one equals its own sum
ROUNDING = 1e-9  # relative error of a sum of doubles
WORDS = re.compile(
    r"(?:(?:grand|sub|over ?all)[- ]?)?totals?|sums?|summe|(?:gesamt|end)(?:summe)?|insgesamt"
    r"|total g[eé]n[eé]ral|somme|suma|totale|totaal|totalt|summa|razem|итого|всего|合計|总计|總計|합계",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class TotalRule:
    """How a total is recognised. names: of all columns. id: the column of the ids. decimal: the notation of
    numbers. parse: a block as text columns."""

    names: Sequence[str]
    id: str
    layout: Layout
    decimal: str | None
    parse: Callable[[Block], pl.DataFrame]

    def may_be_total(self, line: bytes) -> bool:
        """Whether a line has an empty id or a word for total, and a number."""
        if len(line) > LONGEST_LINE or b"\r" in line.rstrip(b"\r"):
            return False
        values = split_fields(line.decode("utf-8", "replace"), self.layout)
        return len(values) == len(self.names) and may_be_total(values, self.names.index(self.id))


def may_be_total(values: Sequence[str], id_place: int) -> bool:
    """Whether a row has an empty id or a word for total, and a number. id_place: where the id stands."""
    is_named = any(WORDS.fullmatch(value.strip(" \t:\r")) for value in values)
    has_amount = any(re.search("[1-9]", value) for value in values if len(value) < LONGEST_AMOUNT)
    return len(values) > 1 and (is_named or not values[id_place]) and has_amount


def row_of_total(rows: pl.DataFrame, id_: str, decimal: str | None) -> int | None:
    """The number of the row of totals at the end of a sheet, or None. rows: String columns."""
    row = next((k for k in range(rows.height - 1, -1, -1) if any(rows.row(k))), None)
    if row is None or not may_be_total([value or "" for value in rows.row(row)], rows.columns.index(id_)):
        return None
    return row if is_total(rows.slice(row, 1), iter([rows.head(row)]), decimal) else None


def is_total(last: pl.DataFrame, above: Iterator[pl.DataFrame], decimal: str | None) -> bool:
    """Whether a number of the last row is the sum of those above. last: one row of texts. above: rows."""
    amounts = {name: cast_amount(last[name], decimal)[0] for name in last.columns}
    sums = {name: 0.0 for name, amount in amounts.items() if amount}
    numbers = dict.fromkeys(sums, 0)
    for part in above:
        for name in sums:
            values = cast_amount(part[name], decimal)
            sums[name] += float(values.sum())
            numbers[name] += int((values != 0).sum())
    close = (
        abs(total - amounts[name]) <= _rounding(last[name][0], decimal) + ROUNDING * abs(total)
        for name, total in sums.items()
        if numbers[name] >= LEAST_AMOUNTS
    )
    return any(close)


def cast_amount(texts: pl.Series, decimal: str | None) -> pl.Series:
    """Texts as numbers; null where a text is not a number."""
    return casts.cast_numbers(texts.cast(pl.String), decimal).values


def _rounding(text: str, decimal: str | None) -> float:
    """Half a unit of the last digit of a number: a total may be rounded."""
    plain = text.strip() if decimal is None else notations.plain_numbers(pl.Series([text]), decimal)[0]
    _, _, digits = (plain or "").partition(".")
    return 0.5 * 10.0 ** -len(digits)


def without_total(blocks: Iterator[Block], rule: TotalRule, note: Callable[[], None]) -> Iterator[Block]:
    """The blocks of a FILE without its total. note: is called if there is one."""
    kept: list[Block] = []
    size = 0
    held: Block | None = None
    for block in blocks:
        if held is not None:
            kept.append(held)
            yield held
            held = None
        size += len(block.data)
        if size > MOST_BYTES:
            kept.clear()
            yield block
            continue
        start, end = _last_row(block.data, rule.layout)
        if start < end and rule.may_be_total(block.data[start:end]):
            lines = block.data.count(b"\n", 0, start)
            held = Block(block.data[start:], block.line + lines)
            block = Block(block.data[:start], block.line)
        if block.data:
            kept.append(block)
            yield block
    if held is None:
        return
    end = held.data.find(b"\n") + 1
    last = rule.parse(Block(held.data[:end], held.line))
    if last.height == 1 and is_total(last, map(rule.parse, kept), rule.decimal):
        note()
        held = Block(held.data[end:], held.line + 1)
    if held.data:
        yield held


def _last_row(data: bytes, layout: Layout) -> tuple[int, int]:
    """Start and end of the last line that has a value; the lines below it are separators alone."""
    blank = b'\r\n"' + layout.separator
    tail = data[-LONGEST_LINE:].rstrip(blank)  # stripping all data copies them
    end = max(0, len(data) - LONGEST_LINE) + len(tail) if tail else len(data.rstrip(blank))
    if not end:
        return 0, 0
    start = data.rfind(b"\n", 0, end) + 1
    stop = data.find(b"\n", end)
    return start, (stop if stop >= 0 else len(data))
