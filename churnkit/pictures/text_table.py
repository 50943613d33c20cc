"""Rows of cells as lines in which columns stand below each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

COLUMN = re.compile(r"([<>])(\d*)")


def align_rows(rows: Sequence[Sequence[str]], layout: str) -> list[str]:
    """One line per row, each column as wide as its widest cell, without blanks at the end.

    layout: `<` and `>` are columns, to the left and to the right, behind them the least width; all else is
    written as it stands: "< >6  <" is a name, a number of at least 6 characters, two blanks, a text.
    A row may have fewer cells than there are columns: its last one may run on to the right.
    """
    columns = COLUMN.findall(layout)
    measured = [row if len(row) == len(columns) else row[:-1] for row in rows]
    widths = iter(
        max([int(least or 0), *(len(row[place]) for row in measured if place < len(row))])
        for place, (_, least) in enumerate(columns)
    )
    template = COLUMN.sub(lambda column: f"{{:{column[1]}{next(widths)}}}", layout)
    return [template.format(*row, *[""] * (len(columns) - len(row))).rstrip() for row in rows]
