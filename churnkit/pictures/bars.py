"""Bars made of characters."""

from __future__ import annotations

from collections.abc import Sequence

FULL, PALE, PALER = "█▒░"
EIGHTHS = " ▏▎▍▌▋▊▉"  # of a character, to the right
HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> str:
    """A bar of whole characters. share: 0 to 1; 1 fills the width."""
    return FULL * round(share * width)


def fine_bar(share: float, width: int) -> str:
    """A bar with a precision of an eighth of a character."""
    whole, eighths = divmod(round(share * width * 8), 8)
    return FULL * whole + EIGHTHS[eighths].strip()


def two_sided_bar(share: float, width: int) -> str:
    """A bar to the left or right of a line, `width` characters each: -1 fills the left side, 1 the right."""
    drawn = bar(abs(share), width)
    return f"{drawn if share < 0 else '':>{width}}│{drawn if share > 0 else '':<{width}}"


def marked_bar(share: float, mark: float, width: int) -> str:
    """A bar of a share, with a mark at another share."""
    drawn = f"{bar(share, width):<{width}}"
    at = min(round(mark * width), width - 1)
    return f"{drawn[:at]}│{drawn[at + 1 :]}"


def axis_end(marks: Sequence[float], ends: Sequence[float]) -> float:
    """Where an axis ends: at the furthest end, or half as far again as the furthest mark, if that is less.

    marks: the numbers to show. ends: of intervals around them.
    """
    furthest = max(marks, default=0.0)
    return max(furthest, min(max(ends, default=0.0), 1.5 * furthest))


def banded_bar(share: float, band: tuple[float, float] | None, width: int) -> str:
    """A pale bar of an expected share with a mark at its end. band: its interval, in paler characters."""
    low, high = band or (share, share)
    drawn = PALE * round(low * width) + PALER * (round(high * width) - round(low * width))
    at = round(share * width)
    return f"{drawn[:at]:<{at}}│{drawn[at + 1 :]}" if width else ""


def spark(counts: Sequence[int]) -> str:
    """Counts as small columns; the largest count has the full height."""
    most = max(counts, default=0) or 1
    return "".join(HEIGHTS[min(7, round(7 * n / most))] if n else " " for n in counts)
