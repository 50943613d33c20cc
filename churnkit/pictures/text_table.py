"""Rows of cells as lines with aligned columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence

from churnkit.errors import visible

SCALES = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the bars
COLUMN = re.compile(r"([<>])(\d*)")


def fit(draw: Callable[[float], str], width: int | None) -> str:
    """The text with the longest bars with which all lines with bars fit.

    A line with a bar that is still too long is cut, a sentence is wrapped. draw: scale of the bars, 0 to 1 →
    the text. width: in characters, None for any.
    """
    if width is None:
        return draw(1.0)
    texts = [draw(scale).split("\n") for scale in SCALES]
    has_bar = [longest != shortest for longest, shortest in zip(texts[0], texts[-1], strict=True)]

    def fits(lines: list[str]) -> bool:
        return all(len(line) <= width for line, bar in zip(lines, has_bar, strict=True) if bar)

    lines = next(filter(fits, texts), texts[-1])
    return "\n".join(
        cut(line, width) if bar else _wrap(line, width) for line, bar in zip(lines, has_bar, strict=True)
    )


def _wrap(sentence: str, width: int) -> str:
    return textwrap.fill(sentence, width, subsequent_indent="  ") if len(sentence) > width else sentence


def cut(text: str, width: int) -> str:
    """The text; its end is replaced by … if it is longer than width."""
    text = visible(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def align_rows(rows: Sequence[Sequence[str]], layout: str) -> list[str]:
    """One line per row, without spaces at the end. A column is as wide as its widest cell.

    layout: `<` is a column aligned left, `>` aligned right, each with an optional minimum width; other
    characters are written unchanged. "< >6  <" is a name, a number of at least 6 characters, two spaces, a
    text. A row may have fewer cells than columns: then its last cell may be wider than its column.
    """
    columns = COLUMN.findall(layout)
    measured = [row if len(row) == len(columns) else row[:-1] for row in rows]
    widths = iter(
        max([int(least or 0), *(len(row[place]) for row in measured if place < len(row))])
        for place, (_, least) in enumerate(columns)
    )
    template = COLUMN.sub(lambda column: f"{{:{column[1]}{next(widths)}}}", layout)
    return [template.format(*row, *[""] * (len(columns) - len(row))).rstrip() for row in rows]
