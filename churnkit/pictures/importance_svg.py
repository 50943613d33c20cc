"""What drives churn, as a slide: a bar a feature, the longest first, and which way it speaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.pictures.svg import INK, SOFT, sheet, text

WIDTH, HEIGHT = 1280, 720
MOST = 12
LEFT, ROOM = 380, 520  # where bars begin, and the longest, px
LEAVING, STAYING, MIXED = "#963000", "#0b5cad", "#8c959f"


def draw(records: Sequence[dict[str, Any]], title: str) -> str:
    """records: of `overall.records`, the most important first."""
    shown = [record for record in records if record["importance"]][:MOST]
    longest = max((record["importance"] for record in shown), default=1.0)
    parts = [
        text(40, 60, title, 30, weight="bold"),
        text(40, 90, "How far a feature moves the log-odds of leaving, in the mean over customers", 16, SOFT),
    ]
    for number, record in enumerate(shown):
        y = 130 + 46 * number
        length = ROOM * record["importance"] / longest
        direction = record["direction"] or "mixed"
        colour = MIXED
        if "leaving" in direction:
            colour = LEAVING
        elif "staying" in direction:
            colour = STAYING
        parts.append(text(LEFT - 14, y + 20, record["feature"], 16, INK, "end"))
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="30" rx="3" fill="{colour}"/>')
        parts.append(text(LEFT + length + 12, y + 20, f"{record['importance']:.2f}  {direction}", 15, SOFT))
    return sheet(WIDTH, HEIGHT, title, parts)
