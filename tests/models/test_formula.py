"""What a model adds up gives its log-odds."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models import MODELS, Fitted, pairs
from churnkit.models.calibration import Calibration
from churnkit.models.curves import contribution
from churnkit.models.encoding import encode
from churnkit.models.forest import margins
from tests.models.fitted import fitted, simulated


@pytest.mark.parametrize("kind", MODELS)
def test_base_curves_pairs_and_leaves_add_up_to_the_calibrated_log_odds(kind: str) -> None:
    model, matrix = Fitted(kind, fitted(kind), Calibration(0.8, -0.3)), simulated(60, 3).matrix
    formula = model.formula
    total = np.full(len(matrix), formula.base)
    for place, curve in enumerate(formula.curves):
        total += contribution(curve, matrix[:, place])
    for pair in formula.pairs:
        total += pairs.contribution(pair, matrix)
    if formula.forest is not None:
        total += margins(formula.forest, encode(formula.design, matrix))
    assert total == pytest.approx(model.log_odds(matrix), abs=1e-12)
