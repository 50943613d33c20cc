"""A backtest as a slide: per date the interval, what was expected in it, and what happened."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from churnkit.pictures.bars import axis_end
from churnkit.pictures.svg import INK, SOFT, Panel, fits, number_axis, rect, sheet, text

WIDTH, HEIGHT = 1280, 720
LEFT, RIGHT = 110, 1240
CHARACTERS = 145  # of a line of the sentences
TITLE = "What the model expected, and what happened"
ALONE = ((190, 640),)  # top and bottom of the panels, px
WITH_MONEY = ((190, 390), (460, 640))
INTERVAL, EXPECTED, OBSERVED, OUTSIDE, LAST = "#cfe3f7", "#0b5cad", "#1b1f24", "#963000", "#8c959f"
NAME, LABEL = 12, 13  # size of the names of dates and of numbers, px
FIELDS = {
    "Customers who left": (
        "observed", "expected", "expected_low", "expected_high", "expected_last_rate",
    ),
    "Value lost": (
        "observed_loss", "expected_loss", "expected_loss_low", "expected_loss_high",
        "expected_loss_last_rate",
    ),
}  # fmt: skip


def draw(records: Sequence[dict[str, Any]], sentences: Sequence[str]) -> str:
    """records: of `date_records`. sentences: the totals, each on a line."""
    has_money = bool(records) and "observed_loss" in records[0]
    parts = [text(40, 54, TITLE, 28, INK, weight="bold")]
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, CHARACTERS)]
    parts += [text(40, 82 + 22 * number, line, 15, SOFT) for number, line in enumerate(lines)]
    parts += _legend(82 + 22 * len(lines) + 8)
    for (title, names), (top, bottom) in zip(
        FIELDS.items(), WITH_MONEY if has_money else ALONE, strict=False
    ):
        parts += _panel(records, title, names, top, bottom)
    return sheet(WIDTH, HEIGHT, TITLE, [*parts, *_names(records)])


def _legend(y: float) -> list[str]:
    """The marks and what they are."""
    parts, x = [rect(40, y - 6, 18, 12, INTERVAL), text(66, y + 5, "interval", 14, INK)], 140.0
    for draw_mark, words in (
        (_expected, "expected"),
        (_inside, "happened"),
        (_outside, "happened, outside the interval"),
        (_last, "with the rate of the date before"),
    ):
        parts += [draw_mark(x, y), text(x + 18, y + 5, words, 14, INK)]
        x += 50 + 7.5 * len(words)
    return parts


def _expected(x: float, y: float) -> str:
    return rect(x - 10, y - 1.5, 20, 3, EXPECTED)


def _inside(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{OBSERVED}"/>'


def _outside(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#ffffff" stroke="{OUTSIDE}" stroke-width="3"/>'


def _last(x: float, y: float) -> str:
    return f'<path d="M{x - 5:.1f},{y - 4:.1f} l10,8 m0,-8 l-10,8" stroke="{LAST}" stroke-width="2"/>'


def _column(records: Sequence[dict[str, Any]]) -> float:
    """The width of a date, px."""
    return (RIGHT - LEFT) / max(len(records), 1)


def _panel(
    records: Sequence[dict[str, Any]], title: str, names: Sequence[str], top: int, bottom: int
) -> list[str]:
    """One column per date, on an axis from 0."""
    observed, expected, low, high, last = names
    end = axis_end(
        [record[name] for record in records for name in (observed, expected, last)],
        [record[high] for record in records],
    )
    scale = (bottom - top) / (end or 1.0)

    def height(value: float) -> float:
        return bottom - min(max(value, 0.0), end) * scale

    parts = [text(40, top - 16, title, 15, INK), *number_axis(Panel(LEFT, RIGHT, bottom, scale), end, 0)]
    column = _column(records)
    for place, record in enumerate(records):
        x = LEFT + (place + 0.5) * column
        from_, to = height(record[high]), height(record[low])
        parts.append(rect(x - column * 0.2, from_, column * 0.4, to - from_, INTERVAL))
        parts += [_last(x, height(record[last])), _expected(x, height(record[expected]))]
        is_inside = record[low] <= record[observed] <= record[high]
        parts.append((_inside if is_inside else _outside)(x, height(record[observed])))
        if not is_inside:
            parts.append(
                text(x, height(record[observed]) - 10, f"{record[observed]:,.0f}", LABEL, OUTSIDE, "middle")
            )
    return parts


def _names(records: Sequence[dict[str, Any]]) -> list[str]:
    """The dates below the panels, as many as fit."""
    column, names = _column(records), [record["as_of"] for record in records]
    step = next(
        (step for step in range(1, len(names) + 1) if step == len(names) or fits(names, NAME, step * column)),
        1,
    )
    return [
        text(LEFT + (place + 0.5) * column, HEIGHT - 54, name, NAME, SOFT, "middle")
        for place, name in enumerate(names)
        if place % step == 0
    ]
