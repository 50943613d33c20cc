"""How values are shown to people."""

from __future__ import annotations

import math
from dataclasses import dataclass

SIZES = (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10))


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


def format_size(size: int) -> str:
    """Bytes as text: '512 bytes', '34.1 kB'."""
    for name, unit in SIZES:
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size:,} bytes"


def count(number: int, singular: str, plural: str = "") -> str:
    """'1 row', '1,234 rows'."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def bin_in_words(start: float | None, end: float | None) -> str:
    """A bin [start, end) as text; None: open on this side. A bin of one number is that number."""
    if start is None and end is None:
        return "all numbers"
    if start is None:
        return f"below {format_value(end)}"
    if end is None:
        return f"{format_value(start)} and above"
    is_one_number = end == math.nextafter(start, math.inf)
    return format_value(start) if is_one_number else f"{format_value(start)} to below {format_value(end)}"
