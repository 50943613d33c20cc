"""Retention by cohort: how many of the customers who started in one period are active later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from churnkit.retention.periods import CustomerTimeline, states_at_borders
from churnkit.windows import Periods

FIELDS = ("cohort", "since", "customers", "active", "retention")


def measure_cohorts(timelines: Iterable[CustomerTimeline], periods: Periods) -> Iterator[dict[str, Any]]:
    """One record per cohort and age: cohort, since, customers, active, retention.

    cohort: first day of the period of the customer's first event. since: number of periods between the end of
    that period and the border where active customers are counted; 0 is the end of that period.
    """
    borders = np.array([border.instant for border in periods.borders])
    count = len(borders) - 1
    if not periods.complete:  # a period that has not ended cannot be compared with others
        count -= 1
    active = np.zeros((count, count), dtype=np.int64)  # (cohort, period at whose end they are active)
    size = np.zeros(count, dtype=np.int64)
    for timeline in timelines:
        start_period = (
            np.searchsorted(borders, timeline.first, side="right") - 1
        )  # -1: before the first border
        for place, state in zip(range(-1, count), states_at_borders(timeline, periods), strict=False):
            if place >= 0:
                inside = state.active & (start_period >= 0) & (start_period <= place)
                active[:, place] += np.bincount(start_period[inside], minlength=count)[:count]
        size += np.bincount(start_period[(start_period >= 0) & (start_period < count)], minlength=count)
    for cohort in range(count):
        for border in range(cohort, count):
            if size[cohort]:
                still_active = int(active[cohort, border])
                yield {
                    "cohort": str(periods.borders[cohort].day),
                    "since": border - cohort,
                    "customers": int(size[cohort]),
                    "active": still_active,
                    "retention": still_active / int(size[cohort]),
                }
