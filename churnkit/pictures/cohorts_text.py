"""The retention triangle: a line a start period, a column an age, percent."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

SHADES = " ░▒▓█"


def draw(records: Sequence[dict[str, Any]]) -> str:
    """records: of `measuring.cohorts`. The shade behind a figure is its retention, in quarters."""
    ages = range(max((record["since"] for record in records), default=-1) + 1)
    lines = [f"{'cohort':<10} {'customers':>9}  " + "".join(f"{age:>6}" for age in ages)]
    for cohort, members in groupby(records, key=lambda record: record["cohort"]):
        rows = list(members)
        cells = "".join(f"{row['retention']:>5.0%}{_shade(row['retention'])}" for row in rows)
        lines.append(f"{cohort:<10} {rows[0]['customers']:>9,}  {cells}".rstrip())
    return "\n".join(lines)


def _shade(share: float) -> str:
    return SHADES[min(len(SHADES) - 1, int(share * len(SHADES)))]
