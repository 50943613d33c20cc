"""Which two values of a period column are compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from churnkit.columns import list_names
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import casts
from churnkit.windows import add_step


def choose_periods(
    column: str, values: Sequence[str], against: str | None = None, lag: int | None = None
) -> tuple[str, str]:
    """The values before and after: the last one, and another.

    values: the different values of the column. against: the other value, or its start (2023-11). lag: the
    other value is that many periods before the last. Days that are all the same day of a month are counted
    in months, so that a month without rows counts too. Without both, it is the last but one. Raises
    ChurnkitError if the column does not have that value.
    """
    ordered = sort_periods(values)
    if len(ordered) < 2:
        found = f"{len(ordered)} value{'' if len(ordered) == 1 else 's'}"
        raise ChurnkitError(f"--period {column}: the column has {found}; at least two are needed")
    if against is not None:
        return _named(column, ordered, against), ordered[-1]
    return ordered[-2] if lag is None else _lagged(column, ordered, lag), ordered[-1]


def sort_periods(values: Sequence[str]) -> list[str]:
    """Sorted as numbers if all are numbers, else as text (which sorts ISO dates by time)."""
    numbers = {value: casts.parse_number(value) for value in values}
    if all(number is not None for number in numbers.values()):
        return sorted(values, key=lambda value: (numbers[value] or 0.0, value))
    return sorted(values)


def _named(column: str, ordered: Sequence[str], against: str) -> str:
    found = [value for value in ordered if value == against] or [v for v in ordered if v.startswith(against)]
    if len(found) != 1:
        what = f"{column} has no value" if not found else f"{column} has {len(found)} values that begin with"
        raise ChurnkitError(
            f"--against {against}: {what} {quote(against)}; choose of {list_names(found or ordered)}"
        )
    if found[0] == ordered[-1]:
        raise ChurnkitError(f"--against {against} is the last {column}; name an earlier one")
    return found[0]


def _lagged(column: str, ordered: Sequence[str], lag: int) -> str:
    if (step := _months_between(ordered)) is not None:
        wanted = str(add_step(date.fromisoformat(ordered[-1]), f"{step}mo", -lag))
        if wanted in ordered:
            return wanted
        raise ChurnkitError(
            f"--lag {lag}: {column} has no value {wanted}; choose with --against of {list_names(ordered)}"
        )
    if lag >= len(ordered):
        raise ChurnkitError(
            f"--lag {lag}: {column} has {len(ordered)} values; --lag {len(ordered) - 1} is the first"
        )
    return ordered[-1 - lag]


def _months_between(ordered: Sequence[str]) -> int | None:
    """The shortest distance of two neighbours in months, if all values are the same day of some month."""
    try:
        days = [date.fromisoformat(value) for value in ordered]
    except ValueError:
        return None
    if len({day.day for day in days}) > 1 or any(
        str(day) != text for day, text in zip(days, ordered, strict=True)
    ):
        return None
    months = [day.year * 12 + day.month for day in days]
    return min(later - month for month, later in pairwise(months))
