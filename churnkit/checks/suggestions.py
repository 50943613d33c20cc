"""Rules that a base suggests, as a file for people to edit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from churnkit.checks.expectations import Expectations, ExpectedColumn
from churnkit.checks.rule_syntax import WORDS
from churnkit.formatting import format_value
from churnkit.tables import types

HEAD = (
    "# Rules for churnkit check --rules FILE, one per line, from what BASE shows.\n"
    "# Delete what is chance, and add what you know, such as end_date >= start_date\n"
    "# or amount > 0 unless event = refund or account_id references accounts.csv:account_id\n"
)
_BARE = re.compile(r"[^\W\d][\w.]*")


def suggest_rules(expected: Expectations) -> str:
    """A file of rules, of which the base breaks none; what was seen stands beside them as a comment."""
    lines = [f"{_names(key)} unique" for key in expected.keys]
    for column in expected.columns.values():
        lines += _of_column(column)
    return HEAD + "".join(f"{line}\n" for line in lines)


def _of_column(column: ExpectedColumn) -> Iterator[str]:
    name = _name(column.name)
    if column.is_never_empty:
        yield f"{name} is not empty"
    if column.words and column.type in (types.TEXT, types.BOOLEAN):
        yield f"{name} in ({', '.join(_word(word) for word in sorted(column.words))})"
    if column.is_number and column.low is not None and column.high is not None:
        yield from _range(column, name)
    if column.type == types.TIMESTAMP and column.is_past:
        yield f"{name} <= now + 1d"


def _range(column: ExpectedColumn, name: str) -> Iterator[str]:
    low, high = column.limits
    seen = f"   # seen: {format_value(column.low)} to {format_value(column.high)}"
    if column.is_never_negative:
        low = 0.0
    first = None if low is None else f"{_round(low, math.floor):g}"
    last = None if high is None else f"{_round(high, math.ceil):g}"
    if first is not None and last is not None:
        yield f"{name} between {first} and {last}{seen}"
    elif first is not None or last is not None:
        yield f"{name} >= {first}{seen}" if last is None else f"{name} <= {last}{seen}"


def _round(number: float, direction: object) -> float:
    """A number to two digits, rounded down or up."""
    if number == 0 or not math.isfinite(number):
        return number
    unit = 10.0 ** (math.floor(math.log10(abs(number))) - 1)
    rounded = math.floor(number / unit) if direction is math.floor else math.ceil(number / unit)
    return float(f"{rounded * unit:.3g}")


def _names(key: tuple[str, ...]) -> str:
    return _name(key[0]) if len(key) == 1 else f"({', '.join(map(_name, key))})"


def _name(name: str) -> str:
    """A column as it is written in a rule."""
    return name if _is_bare(name) else '"' + name.replace('"', '""') + '"'


def _word(word: str) -> str:
    return word if _is_bare(word) else "'" + word.replace("'", "''") + "'"


def _is_bare(text: str) -> bool:
    return _BARE.fullmatch(text) is not None and text not in WORDS
