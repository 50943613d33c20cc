"""Retention by cohort in percent: one line per cohort, one column per age in periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from churnkit.pictures.text_table import align_rows
from churnkit.pictures.wording import cohorts_in_words
from churnkit.windows import period_name

SHADES = " ░▒▓█"


def draw(records: Sequence[dict[str, Any]], every: str) -> str:
    """records: from `measure_cohorts`. The shade after a figure shows its retention.

    every: the step of the periods, as in `windows.periods`.
    """
    ages = range(max((record["since"] for record in records), default=-1) + 1)
    lines = [["cohort", "customers", *map(str, ages)]]
    for cohort, members in groupby(records, key=lambda record: record["cohort"]):
        rows = list(members)
        cells = [f"{row['retention']:.0%}{_shade(row['retention'])}" for row in rows]
        name = period_name(date.fromisoformat(cohort), every)
        lines.append([name, f"{rows[0]['customers']:,}", *cells])
    return "\n".join([cohorts_in_words(every), "", *align_rows(lines, "<10 >9  " + " >5" * len(ages))])


def _shade(share: float) -> str:
    return SHADES[min(len(SHADES) - 1, int(share * len(SHADES)))]
