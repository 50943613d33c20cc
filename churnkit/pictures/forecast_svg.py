"""Customers and revenue lost, as a slide: past periods solid, those to come pale with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from churnkit.arrays import Floats
from churnkit.forecast.findings import sentence
from churnkit.forecast.records import KNOWN, GroupForecast
from churnkit.intervals import LEVEL
from churnkit.pictures.svg import GRID, INK, RAISES, SOFT, Panel, fits, number_axis, rect, sheet, text
from churnkit.windows import add_step, period_name

WIDTH, LEFT, RIGHT = 1280, 90, 1240
HEAD, PANEL, GAP = 160, 200, 90  # px: above the first panel; of a panel; between two
PAST = 18  # periods shown
MOST_GROUPS = 8
LABEL, NAME = 13, 12  # size of the numbers and of the names of periods, px
PALE = ' fill-opacity="0.45"'
TITLE = "Customers expected to leave"


@dataclass(frozen=True)
class _Bars:
    """What a panel shows. ends: the interval of each expected figure; None where it says nothing."""

    title: str
    names: list[str]
    past: list[float]
    expected: list[float]
    ends: list[tuple[float, float] | None]


def draw(forecasts: Sequence[GroupForecast], by: Sequence[str], step: str) -> str:
    """step: of the periods, as in `windows.periods`. The largest groups if there are many."""
    order = sorted(forecasts, key=lambda each: -each.history.end[-1])
    panels = [panel for each in order[:MOST_GROUPS] for panel in _panels(each, by, step)]
    parts = [text(40, 54, TITLE, 28, INK, weight="bold"), *_summary(forecasts, step), *_legend()]
    for place, bars in enumerate(panels):
        top = HEAD + 30 + place * (PANEL + GAP)
        parts += _panel(bars, top, top + PANEL)
    return sheet(WIDTH, HEAD + len(panels) * (PANEL + GAP) + 30, TITLE, parts)


def _summary(forecasts: Sequence[GroupForecast], step: str) -> list[str]:
    if len(forecasts) == 1:
        return [text(40, 84, sentence(forecasts[0], step), 16, SOFT)]
    more = f", the {MOST_GROUPS} largest" if len(forecasts) > MOST_GROUPS else ""
    return [text(40, 84, f"{len(forecasts)} groups{more}, each with its own axis", 16, SOFT)]


def _legend() -> list[str]:
    return [
        rect(40, 104, 16, 16, RAISES),
        text(64, 117, "past", 15, INK),
        rect(130, 104, 16, 16, RAISES, PALE),
        text(154, 117, f"expected, with its {LEVEL} interval", 15, INK),
    ]


def _panels(forecast: GroupForecast, by: Sequence[str], step: str) -> list[_Bars]:
    """Customers; and revenue, if there is money."""
    history = forecast.history
    ahead = len(forecast.records) - 1
    days = [*history.days[-PAST:], *(add_step(history.days[-1], step, k + 1) for k in range(ahead))]
    names = [period_name(day, step) for day in days]
    group = ", ".join(f"{name}={value or '-'}" for name, value in zip(by, history.group, strict=True))
    of = f"{group}: " if group else ""
    shown = [(of + "customers churned", "churned", history.churned, forecast.words)]
    if history.revenue_churned is not None:
        title = f"{of}revenue lost, of customers who paid before and pay nothing now"
        shown.append((title, "revenue_churned", history.revenue_churned, forecast.money_words))
    return [_bars_of(forecast, names, *each) for each in shown]


def _bars_of(
    forecast: GroupForecast, names: list[str], title: str, figure: str, past: Floats, words: Sequence[str]
) -> _Bars:
    ahead = forecast.records[:-1]
    ends = [
        (record[f"{figure}_low"], record[f"{figure}_high"])
        if word == KNOWN and record[f"{figure}_low"] is not None
        else None
        for record, word in zip(ahead, words, strict=False)
    ]
    unsaid = list(dict.fromkeys(word for word in words[:-1] if word != KNOWN))
    more = f" (?: {', '.join(unsaid)})" if unsaid else ""
    return _Bars(title + more, names, past[-PAST:].tolist(), [record[figure] for record in ahead], ends)


def _panel(bars: _Bars, top: float, bottom: float) -> list[str]:
    """Bars from 0 up, and the intervals as lines with caps."""
    highest = max(*bars.past, *bars.expected, *(ends[1] for ends in bars.ends if ends), 0.0) or 1.0
    scale = (bottom - top) / highest
    column = (RIGHT - LEFT) / len(bars.names)
    marks = ["" for _ in bars.past] + ["" if ends else " ?" for ends in bars.ends]
    figures = [*bars.past, *bars.expected]
    labels = [f"{figure:,.0f}{mark}" for figure, mark in zip(figures, marks, strict=True)]
    has_numbers = fits(labels, LABEL, column)
    parts = [text(40, top - 30, bars.title, 15, INK)]
    parts += [] if has_numbers else number_axis(Panel(LEFT, RIGHT, bottom, scale), highest, 0)
    ends_of = [*(None for _ in bars.past), *bars.ends]
    for place, (figure, label, ends) in enumerate(zip(figures, labels, ends_of, strict=True)):
        x, thick = LEFT + place * column + column * 0.15, column * 0.7
        size = max(figure, 0) * scale
        parts.append(rect(x, bottom - size, thick, size, RAISES, PALE if place >= len(bars.past) else ""))
        above = size
        if ends:
            above = max(size, ends[1] * scale)
            parts += _whisker(x + thick / 2, thick / 4, bottom - ends[0] * scale, bottom - ends[1] * scale)
        if has_numbers:
            parts.append(text(x + thick / 2, bottom - above - 6, label, LABEL, SOFT, "middle"))
    parts.append(f'<line x1="{LEFT}" y1="{bottom}" x2="{RIGHT}" y2="{bottom}" stroke="{INK}"/>')
    return [*parts, *_names(bars, column, bottom + 22)]


def _whisker(x: float, reach: float, low: float, high: float) -> list[str]:
    """A vertical line from low to high (px from the top) with a cap at each end."""
    lines = [(x, low, x, high), (x - reach, low, x + reach, low), (x - reach, high, x + reach, high)]
    return [
        f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="{INK}" stroke-width="2"/>'
        for a, b, c, d in lines
    ]


def _names(bars: _Bars, column: float, y: float) -> list[str]:
    """The names of the periods, as many as fit; a line divides past and future."""
    names = bars.names
    step = next(s for s in range(1, len(names) + 1) if s == len(names) or fits(names, NAME, s * column))
    border = LEFT + len(bars.past) * column
    return [
        f'<line x1="{border:.1f}" y1="{y - 222:.1f}" x2="{border:.1f}" y2="{y:.1f}" stroke="{GRID}"/>',
        *(
            text(LEFT + (place + 0.5) * column, y, name, NAME, SOFT, "middle")
            for place, name in enumerate(names)
            if place % step == 0
        ),
    ]
