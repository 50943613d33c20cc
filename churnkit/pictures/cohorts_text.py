"""Retention by cohort in percent: one line per cohort, one column per age."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from churnkit.pictures.text_table import align_rows

SHADES = " ░▒▓█"


def draw(records: Sequence[dict[str, Any]]) -> str:
    """records: from `measure_cohorts`. The shade after a figure shows its retention."""
    ages = range(max((record["since"] for record in records), default=-1) + 1)
    lines = [["cohort", "customers", *map(str, ages)]]
    for cohort, members in groupby(records, key=lambda record: record["cohort"]):
        rows = list(members)
        cells = [f"{row['retention']:.0%}{_shade(row['retention'])}" for row in rows]
        lines.append([cohort, f"{rows[0]['customers']:,}", *cells])
    return "\n".join(align_rows(lines, "<10 >9  " + " >5" * len(ages)))


def _shade(share: float) -> str:
    return SHADES[min(len(SHADES) - 1, int(share * len(SHADES)))]
