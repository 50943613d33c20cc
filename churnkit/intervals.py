"""The confidence level of every interval, and the intervals of shares."""

from __future__ import annotations

import math
from statistics import NormalDist

PERCENT = 95
LEVEL = f"{PERCENT} %"  # as shown in text
TAILS = ((100 - PERCENT) / 2, (100 + PERCENT) / 2)  # the percentiles at the ends of an interval
Z = NormalDist().inv_cdf(TAILS[1] / 100)  # standard errors from the middle to either end


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
