"""Values beyond the base's limits: they change no bin much, because the outer bins are open.

Of n new values from the same distribution as N base values, as many are beyond the smallest or largest base
value as are above the second largest: 2n / (N + 1) on average. The tail is longer than that of a Poisson
distribution, because the limits themselves are due to chance: by Poisson, 15 % of unchanged tables of 400
customers and 30 columns would alarm.
Source: Gumbel, von Schelling (1950), The distribution of the number of exceedances.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from churnkit.drift.psi import SIGNIFICANCE

MAX_OUTSIDE = 0.01  # of the known values


@dataclass(frozen=True)
class Outside:
    """The values beyond the base's limits.

    share: of the known new values. expected: the mean share by chance alone. p: the probability of a share as
    large by chance alone. drifted: whether the share is above the limit and significant. is_decidable: false
    if it is above the limit, but may be due to chance.
    """

    share: float
    expected: float
    p: float
    drifted: bool
    is_decidable: bool


def measure_outside(
    share: float,
    base_customers: float,
    new_customers: float,
    *,
    max_outside: float = MAX_OUTSIDE,
    columns: int = 1,
) -> Outside:
    """The share beyond the limits and its significance.

    share: of the new values. base_customers, new_customers: effective numbers of those with a value, see
    `effective_groups`. columns: the number of columns tested together.
    """
    p = exceedances_above(share * new_customers, base_customers, new_customers)
    is_above, is_beyond_chance = share > max_outside, p < SIGNIFICANCE / max(columns, 1)
    return Outside(
        share,
        2 / (base_customers + 1),
        p,
        drifted=is_above and is_beyond_chance,
        is_decidable=not is_above or is_beyond_chance,
    )


def exceedances_above(number: float, base: float, new: float) -> float:
    """P(at least `number` of `new` values are beyond the limits of `base` values) by chance alone.

    With k = number: of the k + 1 largest of all values, at most one is a base value. Rounds k down.
    """
    k = math.floor(number + 1e-9)
    if k <= 0 or base < 2:
        return 1.0
    all_ = _log_choose(base + new, k + 1)
    none, one = _log_choose(new, k + 1), math.log(base) + _log_choose(new, k)
    return min(1.0, math.exp(none - all_) + math.exp(one - all_))


def _log_choose(total: float, chosen: int) -> float:
    """The logarithm of the number of ways to choose; total may be a fraction. -inf if there are too few."""
    if chosen >= total + 1:
        return -math.inf
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
