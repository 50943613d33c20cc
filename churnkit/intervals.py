"""The confidence level of every interval, and the intervals of shares and of forecasts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

PERCENT = 95
LEVEL = f"{PERCENT} %"  # as shown in text
TAILS = ((100 - PERCENT) / 2, (100 + PERCENT) / 2)  # the percentiles at the ends of an interval
LARGEST_REACH = 100.0  # of an interval's logarithm: further up nothing is said, and exp() would overflow
Z = NormalDist().inv_cdf(TAILS[1] / 100)  # standard errors from the middle to either end


def normal_reach(share: float) -> float:
    """The number of standard deviations beyond which this share of a normal distribution lies."""
    return -NormalDist().inv_cdf(share)


def standard_error(low: float, high: float) -> float:
    """The standard error of a figure, from the ends of its interval."""
    return (high - low) / (2 * Z)


def wilson(successes: float, rows: float, z: float = Z) -> tuple[float, float]:
    """The interval of a share: (low, high), 0 to 1.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    share, weight = successes / rows, z * z / rows
    center = (share + weight / 2) / (1 + weight)
    reach = math.sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return max(0.0, float(center - reach)), min(1.0, float(center + reach))


@lru_cache(maxsize=256)
def student_t(freedom: int) -> float:
    """As Z, for a standard error estimated from data. freedom: degrees of freedom, 1 or more.

    Source: the distribution function in Abramowitz, Stegun (1964), 26.7.3 and 26.7.4, by bisection; without
    scipy, which is slow to import.
    """
    low, high = 0.0, 2.0
    while _share_inside(high, freedom) < PERCENT / 100:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if _share_inside(middle, freedom) < PERCENT / 100 else (low, middle)
    return high


def _share_inside(t: float, freedom: int) -> float:
    """P(|T| <= t) for Student's T."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = total = (cosine if odd else 1.0) if freedom > 1 else 0.0
    for k in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def excess_variance(
    expected: Sequence[float], observed: Sequence[float], chance: Sequence[float] | None = None
) -> float:
    """The relative variance of past errors that chance does not explain: max(0, Σ((O - E)² - v) / ΣE²).

    expected: E. observed: O. chance: v, the variance of each O by chance alone; None: there is none. 0 where
    all E are 0.
    Source: the moments of DerSimonian, Laird (1986), weighted by E²: small early figures count little.
    """
    squares = math.fsum(e * e for e in expected)
    errors = math.fsum((o - e) ** 2 for e, o in zip(expected, observed, strict=True))
    return max(0.0, errors - math.fsum(chance or ())) / squares if squares else 0.0


def earned_interval(expected: float, chance: float, excess: float, errors: int) -> tuple[float, float]:
    """The interval (low, high) of a positive figure that is expected, from past errors: E exp(-+ t sd).

    chance: the variance of the figure by chance alone. excess: from `excess_variance`. errors: their number.
    """
    reach = student_t(errors) * math.sqrt(chance / (expected * expected) + excess)
    return expected * math.exp(-reach), expected * math.exp(min(reach, LARGEST_REACH))
