"""The parts of all SVG pictures: the sheet, texts and colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, SOFT, GRID = "#1b1f24", "#57606a", "#d0d7de"
RAISES, LOWERS, MIXED = "#963000", "#0b5cad", "#8c959f"  # the risk
CHARACTER = 0.56  # width of a digit or a letter, in font sizes
TICKS = 4  # about that many lines of an axis


@dataclass(frozen=True)
class Panel:
    """Where numbers are drawn: from left to right, with 0 at the line, all px. scale: px of a unit."""

    left: float
    right: float
    line: float
    scale: float


def sheet(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """A white sheet with these parts. width, height: px. label: for screen readers."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="Helvetica, Arial, sans-serif" aria-label="{escape(label)}">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, ground, *parts, "</svg>"])


def mixed(light: tuple[int, int, int], dark: tuple[int, int, int], share: float) -> str:
    """A colour between two, each red, green, blue in 0 to 255. share: 0 is the light one, 1 the dark one."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(light, dark, strict=True))


def text(
    x: float,
    y: float,
    words: str,
    size: int,
    colour: str = INK,
    anchor: str = "start",
    weight: str = "normal",
    more: str = "",
) -> str:
    """A text at (x, y), px, escaped. more: other attributes."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{" " + more if more else ""}>{escape(words)}</text>'
    )


def rect(x: float, y: float, width: float, height: float, colour: str, more: str = "") -> str:
    """A filled rectangle, px. more: other attributes, with a space before them."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"{more}/>'


def fits(texts: Sequence[str], size: int, width: float) -> bool:
    """Whether each text is narrower than a width. size: of the font, px."""
    return max((len(words) for words in texts), default=0) * size * CHARACTER + 2 <= width


def number_axis(panel: Panel, up: float, down: float, least: float = 0.0) -> list[str]:
    """Lines with round numbers, from `up` above the line to `down` below it; both are written as positive.

    least: the shortest step between two lines.
    """
    step = max(_round_step((up + down) / TICKS), least)
    parts = []
    for number in range(-math.floor(down / step), math.floor(up / step) + 1):
        y = panel.line - number * step * panel.scale
        parts.append(
            f'<line x1="{panel.left}" y1="{y:.1f}" x2="{panel.right}" y2="{y:.1f}" stroke="{GRID}"/>'
        )
        parts.append(text(panel.left - 10, y + 5, f"{abs(number) * step:,.10g}", 13, SOFT, "end"))
    return parts


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … (and .1, .2, .5, …) that is not below a number."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least)
