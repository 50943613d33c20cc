"""What would have been said in the past, what then happened, and the interval that these errors earn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from churnkit.arrays import Floats
from churnkit.forecast.projection import CarriedRate, History, Projection, project
from churnkit.intervals import earned_interval, excess_variance

MOST_ERRORS = 12  # the latest ones for each number of periods ahead
FEWEST_ERRORS = 3
LEAST = 0.5  # customers: an interval of less is that of half a customer
WILD = 2.0  # an interval wider than that many times the figure says nothing


@dataclass(frozen=True)
class PastErrors:
    """Figures said and those that happened: a list for each number of periods ahead, oldest first."""

    said: list[list[float]]
    happened: list[list[float]]


Figure = Callable[[Projection], Sequence[float]]


def past_projections(history: History, rule: CarriedRate, ahead: int) -> list[tuple[int, Projection]]:
    """(origin, what would have been said there), for all origins whose errors may count."""
    periods = len(history.days)
    first = max(rule.first_origin, periods - MOST_ERRORS - ahead + 1)
    return [(origin, project(history, rule, origin, ahead)) for origin in range(first, periods)]


def past_errors(
    said: Sequence[tuple[int, Projection]], figure: Figure, happened: Floats, *, are_sums: bool = False
) -> PastErrors:
    """The latest errors of a figure. happened: (n,) that figure in each period.

    are_sums: errors of the sum over the first periods ahead, not of each period.
    """
    pairs: list[list[tuple[float, float]]] = []
    for origin, projection in said:
        known = happened[origin:].tolist()
        expected = list(figure(projection))
        if are_sums:
            known, expected = list(accumulate(known)), list(accumulate(expected))
        pairs += [[] for _ in range(len(pairs), len(expected))]
        for errors, pair in zip(pairs, zip(expected, known, strict=False), strict=False):
            errors.append(pair)
    latest = [errors[-MOST_ERRORS:] for errors in pairs]
    return PastErrors([[e for e, _ in part] for part in latest], [[o for _, o in part] for part in latest])


def squared_error(past: PastErrors) -> float:
    """The sum of all squared errors."""
    pairs = zip(chain(*past.said), chain(*past.happened), strict=True)
    return math.fsum((o - e) ** 2 for e, o in pairs)


def intervals(
    expected: Sequence[float], past: PastErrors, *, is_count: bool
) -> list[tuple[float, float] | None]:
    """The interval of each period ahead; None if there are too few errors, or for money that is 0.

    is_count: whether chance alone moves the figure, as it moves a number of customers (Poisson).
    """
    excess, errors = 0.0, 0
    found: list[tuple[float, float] | None] = []
    for place, figure in enumerate(expected):
        said, happened = past.said[place : place + 1], past.happened[place : place + 1]
        if said and len(said[0]) >= FEWEST_ERRORS:
            errors = len(said[0])
            chance = said[0] if is_count else None
            excess = max(excess, excess_variance(said[0], happened[0], chance))
        found.append(_interval(figure, excess, errors, is_count))
    return found


def interval_of_sum(expected: float, past: PastErrors, *, is_count: bool) -> tuple[float, float] | None:
    """The interval of the sum over all periods ahead; None as in `intervals`.

    past: the errors of sums. Those over the largest number of periods with enough errors count: sums over
    fewer have larger relative errors. Sums of k periods overlap: n of them are worth about (n + k - 1) / k.
    """
    lengths = [place + 1 for place, said in enumerate(past.said) if len(said) >= FEWEST_ERRORS]
    if not lengths:
        return None
    periods = lengths[-1]
    said, happened = past.said[periods - 1], past.happened[periods - 1]
    worth = max(FEWEST_ERRORS, round((len(said) + periods - 1) / periods))
    return _interval(expected, excess_variance(said, happened, said if is_count else None), worth, is_count)


def _interval(figure: float, excess: float, errors: int, is_count: bool) -> tuple[float, float] | None:
    if errors < FEWEST_ERRORS or not (figure or is_count):
        return None
    middle = max(figure, LEAST) if is_count else figure
    low, high = sorted(earned_interval(middle, middle if is_count else 0.0, excess, errors))
    return min(low, figure), high


def is_wild(figure: float, interval: tuple[float, float]) -> bool:
    """Whether an interval says nothing: it is wider than twice the figure."""
    low, high = interval
    return high - low > WILD * abs(figure)
