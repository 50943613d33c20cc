"""What is left, period by period, of the customers who started in the same period."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from churnkit.retention.periods import CustomerTimeline, states_at_borders
from churnkit.windows import Periods

FIELDS = ("cohort", "since", "customers", "active", "retention")


def measure_cohorts(book: CustomerTimeline, spans: Periods) -> Iterator[dict[str, Any]]:
    """A record a start period and age: cohort, since, customers, active, retention.

    cohort: the period of a customer's first event. since: periods from its end on, at whose border active are
    counted: 0 is the end of the period in which they came.
    """
    borders = np.array([border.instant for border in spans.borders])
    came = np.searchsorted(borders, book.first, side="right") - 1  # the period; -1 before the first border
    periods = len(borders) - 1
    if not spans.complete:  # a period inside which the log ends tells nothing to compare
        periods -= 1
    active = np.zeros((periods, periods), dtype=np.int64)  # (cohort, border behind the period)
    for place, state in zip(range(-1, periods), states_at_borders(book, spans), strict=False):
        if place >= 0:
            inside = state.active & (came >= 0) & (came <= place)
            active[:, place] = np.bincount(came[inside], minlength=periods)[:periods]
    size = np.bincount(came[(came >= 0) & (came < periods)], minlength=periods)
    for cohort in range(periods):
        for border in range(cohort, periods):
            if size[cohort]:
                left = int(active[cohort, border])
                yield {
                    "cohort": str(spans.borders[cohort].day),
                    "since": border - cohort,
                    "customers": int(size[cohort]),
                    "active": left,
                    "retention": left / int(size[cohort]),
                }
