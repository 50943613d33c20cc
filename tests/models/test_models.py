"""Every kind of model keeps the same laws."""

from __future__ import annotations

import json

import numpy as np
import pytest

from churnkit.models import MODELS
from churnkit.schema import CATEGORY, NUMBER, Column, Data

COLUMNS = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b"))]


@pytest.mark.parametrize("kind", MODELS)
def test_contributions_add_up_and_json_keeps_every_bit(kind: str) -> None:
    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.random(300), rng.integers(0, 2, 300)]).astype(float)
    matrix[:20, 0] = np.nan
    truth = (rng.random(300) < np.nan_to_num(matrix[:, 0], nan=0.9)).astype(float)
    model = MODELS[kind].fit(Data(COLUMNS, matrix, truth, np.arange(300), np.ones(300)), {}, 0)
    unseen = np.vstack([matrix, [[0.5, 2.0], [np.nan, np.nan]]])
    base, added = MODELS[kind].contributions(model, unseen)
    said = MODELS[kind].log_odds(model, unseen)
    assert base + added.sum(axis=1) == pytest.approx(said, abs=1e-9)
    again = MODELS[kind].from_plain(json.loads(json.dumps(MODELS[kind].to_plain(model))), COLUMNS)
    assert np.array_equal(MODELS[kind].log_odds(again, unseen), said)
