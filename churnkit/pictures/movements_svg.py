"""Customers gained and lost per period, the revenue lost, and the churn rate, as a slide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from churnkit.pictures.svg import GRID, INK, SOFT, Panel, fits, number_axis, rect, sheet, text
from churnkit.retention.movements import CUSTOMERS
from churnkit.windows import period_name

WIDTH, HEIGHT = 1280, 720
LEFT, RIGHT = 90, 1240
WITHOUT_MONEY = {"bars": (150, 430), "rates": (500, 650)}  # top and bottom of each panel, px
WITH_MONEY = {"bars": (150, 340), "lost": (410, 500), "rates": (565, 650)}
NEW, RETURNED, CHURNED, RATE = "#0b5cad", "#7fb2e5", "#963000", "#1b1f24"
LABEL, NAME = 13, 12  # size of the numbers and of the names of periods, px
MONEY = ("revenue_churned", "revenue_start")


def draw(records: Sequence[dict[str, Any]], by: Sequence[str], every: str) -> str:
    """records: from `measure_periods`; groups are added up. Pale bars: the period is not complete.

    every: the step of the periods, as in `windows.periods`.
    """
    periods = _add_groups(records, every)
    has_money = any(period["revenue_churned"] is not None for period in periods)
    parts = [
        text(40, 54, "Customers gained and lost", 28, INK, weight="bold"),
        text(40, 84, _summary(periods, has_money), 16, SOFT),
        *_legend(),
    ]
    if periods:
        panels = WITH_MONEY if has_money else WITHOUT_MONEY
        parts += [*_bars(periods, panels["bars"]), *_rates(periods, panels["rates"]), *_names(periods)]
        parts += _lost(periods, panels["lost"]) if has_money else []
    return sheet(WIDTH, HEIGHT, "Customers gained and lost", parts)


def _add_groups(records: Sequence[dict[str, Any]], every: str) -> list[dict[str, Any]]:
    """One record per period: the sums over its groups, and the name of the period."""
    totals: dict[str, dict[str, Any]] = {}
    for record in records:
        name = period_name(date.fromisoformat(record["period"]), every)
        total = totals.setdefault(record["period"], {"name": name, "complete": record["complete"]})
        for field in (*CUSTOMERS, *MONEY):
            known = record[field] is not None
            total[field] = total.get(field, 0) + record[field] if known else None
    for total in totals.values():
        start = total["customers_start"]
        total["churn_rate"] = total["churned"] / start if start and total["complete"] else None
    return list(totals.values())


def _summary(periods: Sequence[dict[str, Any]], has_money: bool) -> str:
    if not periods:
        return "no periods"
    first, last = periods[0], periods[-1]
    parts = [f"{last['customers_end']:,} customers at the end of {last['name']}"]
    if first["customers_start"]:
        parts.insert(0, f"{first['customers_start']:,} customers at the start of {first['name']}")
    if has_money:
        parts.append(f"{sum(p['revenue_churned'] for p in periods):,.0f} of revenue lost")
    return ", ".join(parts)


def _legend() -> list[str]:
    parts, x = [], 40.0
    for label, colour in (("new", NEW), ("returned", RETURNED), ("churned", CHURNED)):
        parts.append(f'<rect x="{x}" y="104" width="16" height="16" fill="{colour}"/>')
        parts.append(text(x + 24, 117, label, 15, INK))
        x += 60 + 9 * len(label)
    return parts


def _column(periods: Sequence[dict[str, Any]]) -> float:
    """The width of a period, px."""
    return (RIGHT - LEFT) / len(periods)


def _bars(periods: Sequence[dict[str, Any]], panel: tuple[int, int]) -> list[str]:
    """Gained customers as bars above the line, churned ones below it, on one scale.

    Without customers before the first period, all are new in it; its bar is cut at the highest other bar.
    """
    top, bottom = panel
    starts_empty = periods[0]["customers_start"] == 0 and len(periods) > 2
    scaled = periods[1:] if starts_empty else periods
    up = max(p["new"] + p["returned"] for p in scaled)
    down = max(p["churned"] for p in scaled)
    scale = (bottom - top) / max(up + down, 1)
    line = top + up * scale
    column = _column(periods)
    gained = [f"{p['new'] + p['returned']:,}" for p in periods]
    gained[0] += " (all)" if starts_empty else ""
    churned = [f"{p['churned']:,}" for p in periods]
    has_numbers = fits([*gained[1:], *churned], LABEL, column)
    parts = [] if has_numbers else number_axis(Panel(LEFT, RIGHT, line, scale), up, down, 1)
    for place, period in enumerate(periods):
        x, thick = LEFT + place * column + column * 0.15, column * 0.7
        y = line
        for name, colour in (("new", NEW), ("returned", RETURNED)):
            size = min(period[name] * scale, y - top)
            y -= size
            parts.append(rect(x, y, thick, size, colour, _pale(period)))
        size = period["churned"] * scale
        parts.append(rect(x, line, thick, size, CHURNED, _pale(period)))
        if has_numbers:
            parts.append(text(x + thick / 2, y - 6, gained[place], LABEL, SOFT, "middle"))
            parts.append(text(x + thick / 2, line + size + 16, churned[place], LABEL, SOFT, "middle"))
    parts.append(f'<line x1="{LEFT}" y1="{line:.1f}" x2="{RIGHT}" y2="{line:.1f}" stroke="{INK}"/>')
    return parts


def _pale(period: dict[str, Any]) -> str:
    return "" if period["complete"] else ' fill-opacity="0.45"'


def _lost(periods: Sequence[dict[str, Any]], panel: tuple[int, int]) -> list[str]:
    """The revenue of customers who paid before and pay nothing now, as bars."""
    top, bottom = panel
    most = max((p["revenue_churned"] for p in periods), default=0.0)
    scale, column = (bottom - top) / (most or 1.0), _column(periods)
    labels = [f"{p['revenue_churned']:,.0f}" for p in periods]
    has_numbers = fits(labels, LABEL, column)
    parts = [text(40, top - 22, "Revenue lost: of customers who paid before and pay nothing now", 15, INK)]
    parts += [] if has_numbers else number_axis(Panel(LEFT, RIGHT, bottom, scale), most, 0)
    for place, (period, label) in enumerate(zip(periods, labels, strict=True)):
        size, x = max(period["revenue_churned"], 0) * scale, LEFT + place * column + column * 0.15
        parts.append(rect(x, bottom - size, column * 0.7, size, CHURNED, _pale(period)))
        if has_numbers:
            parts.append(text(x + column * 0.35, bottom - size - 5, label, LABEL, SOFT, "middle"))
    return [*parts, f'<line x1="{LEFT}" y1="{bottom}" x2="{RIGHT}" y2="{bottom}" stroke="{INK}"/>']


def _rates(periods: Sequence[dict[str, Any]], panel: tuple[int, int]) -> list[str]:
    """The churn rate of the complete periods, as a line."""
    upper, lower = panel
    known = [(place, p["churn_rate"]) for place, p in enumerate(periods) if p["churn_rate"] is not None]
    top = max((rate for _, rate in known), default=0.0) or 1.0
    column = _column(periods)
    points = [(LEFT + (place + 0.5) * column, lower - rate / top * (lower - upper)) for place, rate in known]
    parts = [
        text(40, upper - 30, "Churn rate: churned / customers at the start of the period", 15, INK),
        f'<line x1="{LEFT}" y1="{lower}" x2="{RIGHT}" y2="{lower}" stroke="{GRID}"/>',
        f'<line x1="{LEFT}" y1="{upper}" x2="{RIGHT}" y2="{upper}" stroke="{GRID}"/>',
        text(LEFT - 10, lower + 5, "0%", LABEL, SOFT, "end"),
        text(LEFT - 10, upper + 5, f"{top:.1%}", LABEL, SOFT, "end"),
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{RATE}" stroke-width="3"/>')
    has_numbers = fits([f"{top:.1%}"], LABEL, column)
    for (x, y), (_, rate) in zip(points, known, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{RATE}"/>')
        if has_numbers:
            parts.append(text(x, y - 10, f"{rate:.1%}", LABEL, INK, "middle"))
    return parts


def _names(periods: Sequence[dict[str, Any]]) -> list[str]:
    """The names of the periods, as many as fit."""
    column, names = _column(periods), [period["name"] for period in periods]
    step = next(
        step for step in range(1, len(names) + 1) if step == len(names) or fits(names, NAME, step * column)
    )
    below = WITH_MONEY["rates"][1] + 26
    return [
        text(LEFT + (place + 0.5) * column, below, name, NAME, SOFT, "middle")
        for place, name in enumerate(names)
        if place % step == 0
    ]
