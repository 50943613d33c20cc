"""Simulated rows with gaps and a category, and a model of each kind that is fitted on them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest

from churnkit.arrays import Floats
from churnkit.models import kind_of
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows

COLUMNS = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b")), Column("y", NUMBER)]
REFUSALS = (ValueError, msgspec.DecodeError)  # the second is a ValueError from msgspec 0.21 on


def simulated(rows: int = 400, seed: int = 1) -> TrainingRows:
    """Churn depends on x, on whether it is known, and on plan and y together."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.random(rows), rng.integers(0, 2, rows), rng.gamma(1, 9, rows)]).astype(
        float
    )
    risk = np.where(matrix[:, 1] == 1, matrix[:, 0], matrix[:, 2] / 50)
    matrix[: rows // 15, 0] = np.nan
    risk[: rows // 15] = 0.9
    truth = (rng.random(rows) < risk).astype(float)
    return TrainingRows(COLUMNS, matrix, truth, np.arange(rows), np.ones(rows))


@cache
def fitted(kind: str) -> Any:
    """The parameters of a kind of model, fitted once."""
    return kind_of(kind).fit(simulated(), {"pairs": 5} if kind == "logistic" else {}, 0)


def read_back(kind: str, plain: dict[str, Any]) -> Any:
    """The parameters of a kind of model of COLUMNS, read as from a model file. plain: the result of `to_plain`."""
    text = json.dumps({"slope": 1, "offset_of_calibration": 0, **plain})
    return kind_of(kind).from_plain(msgspec.json.decode(text, type=kind_of(kind).FILE), COLUMNS)


def near_borders() -> Floats:
    """Rows like the training rows, with values on and near the thresholds of trees, missing and unseen ones."""
    near = np.concatenate([fitted(kind).forest.threshold for kind in ("tree", "xgboost")])
    near = np.unique(near[np.abs(near) < 1e30])
    x = np.concatenate([near, np.nextafter(near, np.float32(-9)), near.astype(float) + 1e-9])
    return np.vstack([simulated(500, 2).matrix, np.column_stack([x, np.arange(len(x)) % 2, x])])


def watch_first_argument(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    """Collects the first argument of each call of a module's function: there a library passes its fitted model."""
    original, kept = getattr(module, name), []

    def watched(given: Any, *more: Any) -> Any:
        kept.append(given)
        return original(given, *more)

    monkeypatch.setattr(module, name, watched)
    return kept
