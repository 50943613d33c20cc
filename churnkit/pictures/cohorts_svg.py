"""Retention by cohort as a heat map: one row per cohort, one column per age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from churnkit.pictures.svg import INK, SOFT, mixed, sheet, text
from churnkit.pictures.wording import cohorts_in_words
from churnkit.windows import period_name

WIDTH = 1280
LEFT, TOP, ROW = 200, 120, 28  # px
MAX_COLUMN_WIDTH = 90  # px
LIGHT, DARK = (240, 246, 252), (11, 64, 128)


def draw(records: Sequence[dict[str, Any]], every: str) -> str:
    """records: from `measure_cohorts`. Darker means higher retention, so the picture also works in grey.

    every: the step of the periods, as in `windows.periods`.
    """
    cohorts = list(dict.fromkeys(record["cohort"] for record in records))
    ages = max((record["since"] for record in records), default=0) + 1
    width = min(MAX_COLUMN_WIDTH, (WIDTH - LEFT - 40) / ages)
    height = TOP + ROW * len(cohorts) + 40
    parts = [
        text(40, 48, "Retention by cohort", 26, INK, "start", "bold"),
        text(
            40,
            74,
            cohorts_in_words(every),
            15,
            SOFT,
        ),
    ]
    parts += [text(LEFT + (age + 0.5) * width, TOP - 10, str(age), 13, SOFT, "middle") for age in range(ages)]
    for record in records:
        y = TOP + ROW * cohorts.index(record["cohort"])
        x, share = LEFT + record["since"] * width, record["retention"]
        if not record["since"]:
            name = period_name(date.fromisoformat(record["cohort"]), every)
            parts.append(text(40, y + 19, name, 13, INK))
            parts.append(text(LEFT - 12, y + 19, f"{record['customers']:,}", 13, SOFT, "end"))
        fill = mixed(LIGHT, DARK, share)
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width - 2:.1f}" height="{ROW - 2}" fill="{fill}"/>')
        if width >= 30:
            ink = "#ffffff" if share > 0.5 else INK
            parts.append(text(x + width / 2 - 1, y + 18, f"{share:.0%}", 12, ink, "middle"))
    return sheet(WIDTH, height, "Retention by cohort", parts)
