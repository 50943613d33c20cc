"""Customers gained and lost per period, and the churn rate, as a slide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.pictures.svg import INK, SOFT, sheet, text
from churnkit.retention.movements import CUSTOMERS

WIDTH, HEIGHT = 1280, 720
LEFT, RIGHT = 90, 1240
BARS, RATES = (150, 430), (500, 650)  # top and bottom, px
NEW, RETURNED, CHURNED, RATE = "#0b5cad", "#7fb2e5", "#963000", "#1b1f24"
GRID = "#d0d7de"
MAX_LABELS = 16


def draw(records: Sequence[dict[str, Any]], by: Sequence[str]) -> str:
    """records: from `measure_periods`; groups are added up. Pale bars: the log ends inside the period."""
    periods = _add_groups(records)
    parts = [
        text(40, 54, "Customers gained and lost", 28, INK, weight="bold"),
        text(40, 84, _summary(periods), 16, SOFT),
        *_legend(),
    ]
    if periods:
        parts += [*_bars(periods), *_rates(periods), *_labels(periods)]
    return sheet(WIDTH, HEIGHT, "Customers gained and lost", parts)


def _add_groups(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One record per period: the sums over its groups."""
    totals: dict[str, dict[str, Any]] = {}
    for record in records:
        total = totals.setdefault(
            record["period"], {"period": record["period"], "complete": record["complete"]}
        )
        for name in CUSTOMERS:
            total[name] = total.get(name, 0) + record[name]
    for total in totals.values():
        start = total["customers_start"]
        total["churn_rate"] = total["churned"] / start if start else None
    return list(totals.values())


def _summary(periods: Sequence[dict[str, Any]]) -> str:
    if not periods:
        return "no periods"
    first, last = periods[0], periods[-1]
    end = f"{last['customers_end']:,} customers at the end"
    if not first["customers_start"]:
        return end
    return f"{first['customers_start']:,} customers at {first['period']}, {end}"


def _legend() -> list[str]:
    parts, x = [], 40.0
    for label, colour in (("new", NEW), ("returned", RETURNED), ("churned", CHURNED)):
        parts.append(f'<rect x="{x}" y="104" width="16" height="16" fill="{colour}"/>')
        parts.append(text(x + 24, 117, label, 15, INK))
        x += 60 + 9 * len(label)
    return parts


def _bars(periods: Sequence[dict[str, Any]]) -> list[str]:
    """Gained customers as bars above the line, churned ones below it, on one scale.

    Without customers before the first period, all are new in it; its bar is cut at the highest other bar.
    """
    starts_empty = periods[0]["customers_start"] == 0 and len(periods) > 2
    scaled = periods[1:] if starts_empty else periods
    up = max(p["new"] + p["returned"] for p in scaled)
    down = max(p["churned"] for p in scaled)
    scale = (BARS[1] - BARS[0]) / max(up + down, 1)
    line = BARS[0] + up * scale
    width = (RIGHT - LEFT) / len(periods)
    parts = []
    for place, period in enumerate(periods):
        x, thick = LEFT + place * width + width * 0.15, width * 0.7
        pale = "" if period["complete"] else ' fill-opacity="0.45"'
        y = line
        for name, colour in (("new", NEW), ("returned", RETURNED)):
            size = min(period[name] * scale, y - BARS[0])
            y -= size
            parts.append(_rect(x, y, thick, size, colour, pale))
        size = period["churned"] * scale
        parts.append(_rect(x, line, thick, size, CHURNED, pale))
        if len(periods) <= MAX_LABELS:
            gained = f"{period['new'] + period['returned']:,}{' (all)' if starts_empty and not place else ''}"
            parts.append(text(x + thick / 2, y - 6, gained, 13, SOFT, "middle"))
            parts.append(text(x + thick / 2, line + size + 16, f"{period['churned']:,}", 13, SOFT, "middle"))
    parts.append(f'<line x1="{LEFT}" y1="{line:.1f}" x2="{RIGHT}" y2="{line:.1f}" stroke="{INK}"/>')
    return parts


def _rect(x: float, y: float, width: float, height: float, colour: str, more: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"{more}/>'


def _rates(periods: Sequence[dict[str, Any]]) -> list[str]:
    known = [
        (place, p["churn_rate"])
        for place, p in enumerate(periods)
        if p["churn_rate"] is not None and p["complete"]
    ]
    top = max((rate for _, rate in known), default=0.0) or 1.0
    width = (RIGHT - LEFT) / len(periods)
    points = [
        (LEFT + (place + 0.5) * width, RATES[1] - rate / top * (RATES[1] - RATES[0])) for place, rate in known
    ]
    parts = [
        text(40, RATES[0] - 20, "Churn rate: churned / customers at the start of the period", 15, INK),
        f'<line x1="{LEFT}" y1="{RATES[1]}" x2="{RIGHT}" y2="{RATES[1]}" stroke="{GRID}"/>',
        f'<line x1="{LEFT}" y1="{RATES[0]}" x2="{RIGHT}" y2="{RATES[0]}" stroke="{GRID}"/>',
        text(LEFT - 10, RATES[1] + 5, "0%", 13, SOFT, "end"),
        text(LEFT - 10, RATES[0] + 5, f"{top:.1%}", 13, SOFT, "end"),
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{RATE}" stroke-width="3"/>')
    for (x, y), (_, rate) in zip(points, known, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{RATE}"/>')
        if len(periods) <= MAX_LABELS:
            parts.append(text(x, y - 10, f"{rate:.1%}", 13, INK, "middle"))
    return parts


def _labels(periods: Sequence[dict[str, Any]]) -> list[str]:
    width = (RIGHT - LEFT) / len(periods)
    step = -(-len(periods) // MAX_LABELS)
    return [
        text(LEFT + (place + 0.5) * width, RATES[1] + 26, period["period"], 12, SOFT, "middle")
        for place, period in enumerate(periods)
        if place % step == 0
    ]
