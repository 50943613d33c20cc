"""Which numbers bend: a test of a free curve against the shape without bends, beside all other features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from churnkit.arrays import Floats
from churnkit.models.basis import Basis, ramps
from churnkit.models.columns import TrainingRows
from churnkit.models.score_test import ScoreTest

Z = 1.645  # a number bends if chance alone would bend it as much in fewer than 5 % of data sets


def find_bends(bases: Sequence[Basis], data: TrainingRows, design: Floats, log_odds: Floats) -> list[bool]:
    """Whether each feature earns a free curve.

    design: (n, m) the regression without bends. log_odds: (n,) of its fit.
    """
    test = ScoreTest.of(data, design, log_odds)

    def bends(place: int, basis: Basis) -> bool:
        values = data.matrix[:, place]
        free = ramps(basis.knots, values)
        free -= basis.means
        free[np.isnan(values)] = 0.0
        return test.standard_score(free) > Z

    return [basis.can_bend and bends(place, basis) for place, basis in enumerate(bases)]
