"""Which numbers bend: a test of a free curve against the shape without bends, beside all other features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from churnkit.arrays import Floats
from churnkit.models.basis import Basis, ramps
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import TrainingRows

Z = 1.645  # a number bends if chance alone would bend it as much in fewer than 5 % of data sets
SMALL = 1e-9  # a direction that other features explain, as a share of the largest


def find_bends(bases: Sequence[Basis], data: TrainingRows, design: Floats, log_odds: Floats) -> list[bool]:
    """Whether each feature earns a free curve.

    design: (n, m) the regression without bends. log_odds: (n,) of its fit. Source: Rao (1948), Large
    sample tests of statistical hypotheses concerning several parameters: the score test.
    """
    p = sigmoid(log_odds)
    residual, spread = data.weights * (data.truth - p), data.weights * p * (1 - p)
    line = np.column_stack([np.ones(len(p)), design - design.mean(axis=0)])
    information = (line.T * spread) @ line
    earned = []
    for place, basis in enumerate(bases):
        if not basis.can_bend:
            earned.append(False)
            continue
        values = data.matrix[:, place]
        known = ~np.isnan(values)
        free = np.where(known[:, None], ramps(basis.knots, np.where(known, values, 0.0)) - basis.means, 0.0)
        across = (line.T * spread) @ free
        rest = free - line @ np.linalg.lstsq(information, across, rcond=1e-12)[0]  # beside what there is
        statistic, freedom = _chi2(_by_customer(data, rest * residual[:, None]))
        earned.append(freedom > 0 and statistic > _limit(freedom))
    return earned


def _by_customer(data: TrainingRows, scores: Floats) -> Floats:
    """(c, k) the scores of each customer: the rows of a customer are not independent. scores: (n, k)."""
    _, customer = np.unique(data.groups, return_inverse=True)
    if len(customer) == customer.max() + 1:
        return scores
    sums = [np.bincount(customer, weights=column) for column in scores.T]
    return np.column_stack(sums)


def _chi2(scores: Floats) -> tuple[float, int]:
    """The statistic, and its degrees of freedom: directions that nothing else explains. scores: (c, k)."""
    sizes, directions = np.linalg.eigh(scores.T @ scores)
    is_free = sizes > max(SMALL * sizes[-1], np.finfo(float).tiny)
    along = scores.sum(axis=0) @ directions[:, is_free]
    return float((along**2 / sizes[is_free]).sum()), int(is_free.sum())


def _limit(freedom: int) -> float:
    """The chi-square that chance exceeds in 5 % of cases.

    Source: Wilson, Hilferty (1931), The distribution of chi-square; without scipy, which is slow to import.
    """
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + Z * spread**0.5) ** 3)
