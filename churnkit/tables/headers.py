"""A first look at a table: a title above the header, units below it, values in its place, a second table."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import pairwise

from churnkit.errors import quote
from churnkit.tables import casts
from churnkit.tables.csv_columns import BadRow
from churnkit.tables.formats import SEPARATORS
from churnkit.tables.records import RecordStream, first_rows

ROWS = 30  # rows that are looked at
COLUMNS = 200
TITLE_LINES = 10  # most lines above the header
_TIME = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[T ].*)?|[0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?")
_NUMBER = re.compile(r"[-+(]?[$€£¥]?[-+]?(?:[0-9][0-9.,' ]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)? ?[%$€£]?\)?")
Row = tuple[int, list[str]]  # line, values


def looks_like_value(text: str) -> bool:
    """Whether a text is a number or a time in any notation, as a name hardly is."""
    text = text.strip()
    return bool(_TIME.fullmatch(text) or _NUMBER.fullmatch(text))


def rows_below(opened: RecordStream, names: Sequence[str]) -> list[Row]:
    """The first rows that are as wide as the table, without empty ones and repeated headers."""
    rows = [(line, values) for line, values in first_rows(opened, ROWS) if any(values)]
    return [(line, values) for line, values in rows if len(values) == len(names) and values != list(names)]


def title_hint(opened: RecordStream, names: Sequence[str]) -> str:
    """What to do if the first line is a title rather than the header, or ''."""
    first = opened.line - opened.header.count(b"\n")
    if len(names) == 1:
        line = _line_of_columns(opened)
    elif len(names) > 2 and names[0] and not any(names[1:]):
        line = next((at for at, values in first_rows(opened, TITLE_LINES) if sum(map(bool, values)) > 1), 0)
    else:
        return ""
    if not line:
        return ""
    lines = f"sed {first}d" if line == first + 1 else f"sed {first},{line - 1}d"
    return f"; {quote(names[0])} looks like a title above the header, which is line {line}: {lines}"


def _line_of_columns(opened: RecordStream) -> int:
    """The first of the lines below a header of one word from which all have the same columns, or 0."""
    lines = opened.head.split(b"\n")[: TITLE_LINES + 2]
    known = [(opened.line + place, line) for place, line in enumerate(lines) if line.strip(b"\r, ;\t|")]
    for place, (at, _) in enumerate(known[:-1]):
        for separator in SEPARATORS:
            counts = {line.count(separator) for _, line in known[place:]}
            if len(counts) == 1 and min(counts) > 0:
                return at
    return 0


def units_line(rows: Sequence[Row], null: Sequence[str]) -> int:
    """The line of the first row if it has descriptions or units rather than values, or 0.

    It has if in most columns of numbers or times it alone is neither. rows: as wide as the table. null: words
    that mean no value.
    """
    if len(rows) < 3:
        return 0
    line, first = rows[0]
    typed = words = 0
    for place in range(min(len(first), COLUMNS)):
        below = [values[place] for _, values in rows[1:] if values[place] and values[place] not in null]
        if 2 * len(below) < len(rows) or not all(map(looks_like_value, below)):
            continue
        typed += 1
        text = first[place]
        is_empty = not text or text in null or text.strip().lower() in casts.NULL_WORDS
        words += not is_empty and not looks_like_value(text)
    return line if typed > 1 and words > 1 and 2 * words > typed else 0


def value_like_names(names: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The names in a header that look like the values below: the file may have no header.

    Numbers in ascending order are names of columns: 2023, 2024.
    """
    if not rows:
        return []
    below = rows[0][1]
    places = [k for k, name in enumerate(names[:COLUMNS]) if name and looks_like_value(name)]
    alike = [k for k in places if looks_like_value(below[k]) and _shape(names[k]) == _shape(below[k])]
    plain = {k: number for k in places if (number := casts.parse_number(names[k])) is not None}
    is_sequence = all(first < second for first, second in pairwise(plain.values()))
    return [names[k] for k in alike if k not in plain or not is_sequence]


def _shape(text: str) -> str:
    """time or number."""
    return "time" if _TIME.fullmatch(text.strip()) else "number"


def is_header_over(row: Sequence[str | None], above: Sequence[str | None]) -> bool:
    """Whether a row consists of different words, while the row above has values in some of the columns."""
    words = [text for text in row if text]
    if len(words) < len(row) or len({*words}) < len(words) or any(map(looks_like_value, words)):
        return False
    return any(map(looks_like_value, filter(None, above)))


def second_table_hint(bad: Sequence[BadRow]) -> str:
    """What to do if the first of the rows of another width looks like the header of a second table, or ''."""
    if len(bad) < 2 or bad[1].line != bad[0].line + 1:
        return ""
    for separator in SEPARATORS.decode():
        first, second = (next(csv.reader([row.raw], delimiter=separator), []) for row in bad[:2])
        if len(first) == len(second) > 1 and is_header_over(first, second):
            return f"; does a second table begin here? head -n {bad[0].line - 1} reads the first alone"
    return ""
