"""How the risk depends on each feature, as a slide: its curve, and beneath it the share of the customers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from churnkit.errors import visible
from churnkit.formatting import format_value
from churnkit.pictures.svg import INK, LOWERS, MIXED, RAISES, SOFT, sheet, text
from churnkit.pictures.wording import curve_in_words, feature_in_words, title_in_words

WIDTH, HEIGHT = 1280, 720
ACROSS, DOWN = 3, 3  # panels
LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT = 40, 110, 408, 200  # px
PLOT_WIDTH = 370
CURVE_TOP, CURVE_HEIGHT = 44, 84  # px, from the top of a panel
BARS_TOP, BARS_HEIGHT = 134, 26
LABEL = 7.0  # px per character
LONGEST_LABEL = 12  # characters
SUBTITLE = "Above the dashed line the risk is higher than usual, below it lower. Grey: share of the customers"


def draw(records: Sequence[dict[str, Any]], title: str) -> str:
    """records: of `curve_records`, the most important feature first; nine are drawn, all on one scale."""
    title = title_in_words(title)
    features = [(name, list(bins)) for name, bins in groupby(records, key=lambda r: r["feature"])]
    drawn = features[: ACROSS * DOWN]
    longest = max((abs(b["contribution"]) for _, bins in drawn for b in bins), default=0.0) or 1.0
    parts = [text(LEFT, 56, title, 28, weight="bold"), text(LEFT, 84, SUBTITLE, 16, SOFT)]
    for number, (name, bins) in enumerate(drawn):
        x, y = LEFT + PANEL_WIDTH * (number % ACROSS), TOP + PANEL_HEIGHT * (number // ACROSS)
        parts += _panel(x, y, name, bins, longest)
    if others := len(features) - len(drawn):
        more = f"and {others} less important feature{'s' * (others > 1)}"
        parts.append(text(WIDTH - LEFT, 56, more, 14, SOFT, "end"))
    return sheet(WIDTH, HEIGHT, title, parts)


def _panel(x: float, y: float, name: str, bins: Sequence[dict[str, Any]], longest: float) -> list[str]:
    """One feature, with a column per bin. x, y: the panel's corner. longest: of all contributions."""
    width = PLOT_WIDTH / len(bins)
    middle = y + CURVE_TOP + CURVE_HEIGHT / 2
    centers = [x + (place + 0.5) * width for place in range(len(bins))]
    heights = [middle - b["contribution"] / longest * CURVE_HEIGHT / 2 for b in bins]
    rows, most = sum(b["rows"] for b in bins), max(b["rows"] for b in bins)
    parts = [
        text(x, y + 16, feature_in_words(name), 15, weight="bold"),
        text(x, y + 33, curve_in_words(bins), 13, SOFT),
        f'<path d="M{x:.1f} {middle:.1f}h{PLOT_WIDTH}" stroke="{MIXED}" stroke-dasharray="4 4"/>',
    ]
    line = [(a, b) for a, b, record in zip(centers, heights, bins, strict=True) if _is_number(record)]
    if len(line) > 1:
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="2"/>')
    spacing = max(1, -(-max(len(_label(b)) for b in bins) * LABEL // width))  # bins from label to label
    for place, (a, b, record) in enumerate(zip(centers, heights, bins, strict=True)):
        fill = RAISES if record["contribution"] > 0 else LOWERS
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{fill}"/>')
        height = BARS_HEIGHT * record["rows"] / most
        top = y + BARS_TOP + BARS_HEIGHT - height
        parts.append(
            f'<rect x="{a - width * 0.4:.1f}" y="{top:.1f}" width="{width * 0.8:.1f}" height="{height:.1f}" '
            f'fill="{MIXED}"><title>{record["rows"] / rows:.1%}</title></rect>'
        )
        if place % spacing == 0:
            parts.append(text(a, y + BARS_TOP + BARS_HEIGHT + 15, _label(record), 11, SOFT, "middle"))
    return parts


def _is_number(record: dict[str, Any]) -> bool:
    return isinstance(record["value"], (int, float))


def _label(record: dict[str, Any]) -> str:
    """The mean of a number's bin to three digits, or the category."""
    value = record["value"]
    words = visible(format_value(float(f"{value:.3g}") if _is_number(record) else value))
    return words if len(words) <= LONGEST_LABEL else f"{words[: LONGEST_LABEL - 1]}…"
