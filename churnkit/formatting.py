"""How values are shown to people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something to tell the user. code: a key of MESSAGES. count: of rows or customers. column: its name."""

    code: str
    text: str
    is_warning: bool = False
    count: int | None = None
    column: str | None = None


def format_value(value: float | str | None) -> str:
    """A value as text for people: whole numbers in full, others with four significant digits."""
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value
    if abs(value) >= 1e15:
        return f"{value:.4g}"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def count(number: int, singular: str, plural: str = "") -> str:
    """'1 row', '1,234 rows'."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
