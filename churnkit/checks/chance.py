"""How likely a finding is by chance where nothing has changed, and from which limit on it is told."""

from __future__ import annotations

import math

from churnkit.intervals import normal_reach

FALSE_ALARMS = 0.001  # of one kind of finding, for all columns of a table together
LIMIT_ODDS = 5e-9  # of an honest value beyond a limit: one in 20,000 rows with probability .0001
BORDER_ODDS = 5e-8  # of an honest value below zero
LIGHT_TAIL = 0.6  # of the reach of an exponential (or normal) tail: a shorter one is certainly no longer one
FEWEST_FOR_LIMITS = 100  # rows
FEW_NUMBERS = 30.0  # from the median to the largest: whole numbers are then few
QUARTILE = 0.674  # of a normal distribution, in standard deviations
MEAN_GUMBEL = 0.577


def none_before(number: float, base: float, new: float) -> float:
    """P(all of `number` special rows are among the new ones) if the rows of both tables are alike.

    base, new: rows (or effective customers) of both. The number is rounded down. Source: hypergeometric
    distribution; what the share of special rows is does not matter, so a rare one raises no alarm.
    """
    k = min(math.floor(number + 1e-9), math.floor(new))
    if k <= 0 or base <= 0:
        return 1.0
    log = math.lgamma(new + 1) - math.lgamma(new - k + 1)
    return math.exp(log - math.lgamma(base + new + 1) + math.lgamma(base + new - k + 1))


def limit_beyond(rows: float, median: float, quartile: float, end: float, *, is_whole: bool) -> float | None:
    """A value that honest rows do not pass: how far the tail of a column would reach in many more rows.

    rows: of the base. quartile, end: the quartile and the last value on the side in question. None if there
    are too few rows, or no tail. The tail is taken for a normal or an exponential one, or for a mixture, by
    how far it reaches; a longer one is taken for that on a logarithmic scale. is_whole: of whole numbers
    few may differ, so a normal tail would be too short for them. Source: Weissman (1978), Estimation of
    parameters and large quantiles based on the k largest observations.
    """
    reach = abs(end - median)
    if rows < FEWEST_FOR_LIMITS or not 0 < reach < math.inf:
        return None
    side = 1.0 if end > median else -1.0
    spread = abs(quartile - median) or reach / 10
    has_few = is_whole and reach < FEW_NUMBERS
    far = math.asinh(reach / spread)
    short = reach * _times(reach / spread, rows, has_few=has_few)
    long = spread * math.sinh(min(far * _times(far / math.asinh(1), rows, has_few=has_few), 700.0))
    weight = _between(reach / spread, LIGHT_TAIL * _exponential(rows), _exponential(rows))
    return median + side * math.exp((1 - weight) * math.log(short) + weight * math.log(max(short, long)))


def _times(reach: float, rows: float, *, has_few: bool) -> float:
    """How many times as far a tail reaches in many more rows. reach: of the tail, in quartile distances."""
    normal = normal_reach(2 / rows)  # the last value may by chance be a near one
    weight = 1.0 if has_few else _between(reach, normal / QUARTILE, _exponential(rows))
    times = normal_reach(LIMIT_ODDS) / normal, -math.log(2 * LIMIT_ODDS) / math.log(rows / 2)
    return float(max(1.0, times[0] ** (1 - weight) * times[1] ** weight))


def _exponential(rows: float) -> float:
    """The expected reach of an exponential tail, in quartile distances."""
    return (math.log(rows / 2) + MEAN_GUMBEL) / math.log(2)


def _between(value: float, low: float, high: float) -> float:
    """0 at low or below, 1 at high or above."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def is_never_negative(rows: float, low: float, lower: float, median: float, high: float) -> bool:
    """Whether zero is a border of a column whose smallest value is `low`, so that a negative one is a fault.

    lower: the lower quartile. It is a border if the column begins at zero, or is skewed as amounts are, or
    ends more abruptly than a normal tail (ages), or if a normal tail would end above zero.
    """
    if low < 0 or rows < FEWEST_FOR_LIMITS:
        return False
    below, above, normal = median - low, high - median, normal_reach(1 / rows)
    if low == 0 or above >= 2 * below or below < LIGHT_TAIL * (median - lower) * normal / QUARTILE:
        return True
    return median - below * normal_reach(BORDER_ODDS) / normal > 0
