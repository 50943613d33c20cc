"""A panel and its scores without any model, to judge figures by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.backtest.reading import LabelledPanel
from churnkit.backtest.walk_forward import DatedModel, DateScores
from churnkit.models import Fitted
from churnkit.models.calibration import Calibration
from churnkit.models.columns import NUMBER, Column
from churnkit.models.curves import LINEAR, Curve
from churnkit.models.logistic import LogisticParameters
from churnkit.training.reading import LabelledRows

STEP_DAYS = 28


def flat_model(log_odds: float) -> DatedModel:
    """A model that gives every row the same log-odds, plus x."""
    curve = Curve(LINEAR, -10.0, 10.0, 0.0, 1.0, 1.0, 0.0)
    fitted = Fitted("logistic", LogisticParameters(log_odds, (curve,), 1.0), Calibration())
    return DatedModel(fitted, [Column("x", NUMBER)], {}, frozenset(), frozenset())


def judged(
    models: Sequence[DatedModel], rates: Sequence[float], customers: int = 200, **given: Any
) -> tuple[LabelledPanel, list[DateScores]]:
    """A date per rate: the share that leaves, the later the larger x. models: of each date."""
    days = [date(2024, 1, 1) + timedelta(days=STEP_DAYS * k) for k in range(1, len(rates) + 1)]
    instants = np.repeat([windows.midnight(day) for day in days], customers)
    x = np.tile(np.linspace(-2, 2, customers), len(rates))
    truth = np.concatenate([np.arange(customers) >= round(customers * (1 - rate)) for rate in rates]).astype(
        float
    )
    ids = [f"c{k}" for k in range(customers)] * len(rates)
    dates = np.repeat([str(day) for day in days], customers)
    table = pl.DataFrame({"customer_id": ids, "as_of": dates, "x": [f"{value:.6f}" for value in x]})
    ones = np.ones(len(truth))
    rows = LabelledRows(
        table, "churned_28d", "customer_id", truth, np.arange(len(truth)), instants, None, ones
    )
    panel = LabelledPanel(
        rows,
        np.arange(len(truth)),
        STEP_DAYS,
        ones,
        **{"values": None, "unknown_values": 0, "baseline": None, "recency": None, **given},
    )
    scores = []
    for number, (model, day) in enumerate(zip(models, days, strict=True)):
        at = np.arange(customers * number, customers * (number + 1))
        p = model.fitted.probability(x[at][:, None])
        before = windows.midnight(day - timedelta(days=STEP_DAYS))
        scores.append(DateScores(windows.midnight(day), before, 100, 3, at, p, None, 0.2, None, model))
    return panel, scores
