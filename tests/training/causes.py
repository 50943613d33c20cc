"""Training rows with known causes of churn: x, the plan, and weakly recency_days."""

from __future__ import annotations

import numpy as np

from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows


def rows_with_causes(rows: int = 1_200) -> TrainingRows:
    """Churn depends on x and the plan, and weakly on recency_days."""
    rng = np.random.default_rng(4)
    x, plan, recency = rng.normal(size=rows), rng.integers(0, 3, rows), rng.normal(size=rows)
    odds = np.exp(1.5 * x + (plan == 2) + 0.3 * recency - 1)
    truth = (rng.random(rows) < odds / (1 + odds)).astype(float)
    columns = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b", "c")), Column("recency_days", NUMBER)]
    matrix = np.column_stack([x, plan, recency]).astype(float)
    return TrainingRows(columns, matrix, truth, np.arange(rows), np.ones(rows))
