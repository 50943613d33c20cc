"""How values are shown to people."""

from __future__ import annotations


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
