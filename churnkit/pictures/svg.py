"""The parts of all SVG pictures: the sheet, texts and colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

INK, SOFT = "#1b1f24", "#57606a"


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
