"""Rows of cells as lines with aligned columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

COLUMN = re.compile(r"([<>])(\d*)")


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
