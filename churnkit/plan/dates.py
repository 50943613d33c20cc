"""Observation dates and the horizon of a plan: as many months as fit into the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from churnkit import windows
from churnkit.windows import DAY

WINDOW_DAYS = 90  # the longest window of the standard features
MOST_DATES = 12
FEW_DATES = 3  # below it the test in time rests on little
HORIZONS = (7, 14, 30, 60, 90, 120, 180, 270, 365)
CONTRACT_DAYS = 30
MOST_ROWS = 20_000  # customers times dates that a model is fitted on


@dataclass(frozen=True)
class PlanDates:
    """first, last: observation dates, a month apart from each other. number: of them; 0 if none fits."""

    first: str
    last: str
    number: int

    def __str__(self) -> str:
        return self.first if self.number == 1 else f"{self.first}..{self.last}/1mo"


def monthly_dates(start: int, end: int, horizon_days: int) -> PlanDates:
    """The first days of months from the longest window after the start up to the horizon before the end.

    start, end: instants of the log. With too little room, the window may be shorter.
    """
    latest = windows.day_of(end - horizon_days * DAY)
    day = latest.replace(day=1)
    dates: list[date] = []
    earliest = windows.day_of(start + WINDOW_DAYS * DAY)
    if windows.as_of(day).instant <= start:
        return PlanDates("", "", 0)
    while len(dates) < MOST_DATES and (day >= earliest or not dates):
        dates.append(day)
        day = windows.add_step(day, "1mo", -1)
    return PlanDates(str(dates[-1]), str(dates[0]), len(dates))


def longest_horizon(days: int) -> int | None:
    """The longest usual horizon that is not longer than these days; None if all are longer."""
    return max((horizon for horizon in HORIZONS if horizon <= days), default=None)


def three_points(records: Sequence[dict[str, Any]], days: int) -> list[tuple[int, float]]:
    """The return curve in three numbers: return rates at about a third, two thirds and all of some days.

    records: of `return_rates`.
    """
    if not records:
        return []
    known = {record["silent_days"]: record["return_rate"] for record in records}
    wanted = {max(1, round(days * part / 3)) for part in (1, 2, 3)}
    nearest = {_nearest([*known], goal) for goal in wanted}
    return [(day, known[day]) for day in sorted(nearest)]


def _nearest(days: Sequence[int], goal: int) -> int:
    return min(days, key=lambda day: abs(day - goal))


def sample_rate(customers: int, dates: int) -> float:
    """The share of the customers that keeps a feature table below MOST_ROWS rows, in steps of a hundredth."""
    rows = customers * max(dates, 1)
    return 1.0 if rows <= MOST_ROWS else max(0.01, round(MOST_ROWS / rows, 2))
