"""What was expected at past dates beside what happened, and the interval that their errors earn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from churnkit.intervals import Z, earned_interval, excess_variance, student_t

NEWEST_DATES = 12  # that count: older ones say little about the next
LEAST_DATES = 3  # with fewer, only chance is known
LEAST_CUSTOMERS = 0.5  # expected; an interval of less would have no width
CHANCE, HISTORY = "chance", "history"


@dataclass(frozen=True)
class Outcome:
    """expected, observed: customers who churn, or their value. chance: the variance of observed by chance."""

    expected: float
    observed: float
    chance: float


@dataclass(frozen=True)
class Ends:
    """The ends of an interval. source: chance, or history: past errors as well."""

    low: float
    high: float
    source: str


def earned_ends(
    expected: float, chance: float, past: Sequence[Outcome], least: float = 0.0, most: float = math.inf
) -> Ends:
    """The interval of a sum, from the errors of the newest 12 past dates; with fewer than 3, from chance.

    chance: the variance of the sum. past: by date, ascending. least: a smaller expected sum counts as this.
    most: what the sum cannot exceed, if it is positive.
    """
    if len(past) < LEAST_DATES:
        reach = Z * math.sqrt(chance)
        low = max(expected - reach, 0.0) if expected >= 0 else expected - reach
        return Ends(low, min(expected + reach, most), CHANCE)
    newest = past[-NEWEST_DATES:]
    excess = excess_variance(
        [each.expected for each in newest],
        [each.observed for each in newest],
        [each.chance for each in newest],
    )
    size = max(abs(expected), least)
    if not size:
        reach = student_t(len(newest)) * math.sqrt(chance)
        return Ends(-reach, reach, HISTORY)
    low, high = earned_interval(size, chance, excess, len(newest))
    if expected < 0:
        low, high = -high, -low
    return Ends(low, min(high, most), HISTORY)
