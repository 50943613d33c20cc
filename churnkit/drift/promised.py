"""The AUC and log loss that calibrated scores promise for rows without labels, from the probabilities alone.

If a probability p is right, a row counts p as churned and 1 - p as stayed. This is blind to a changed
relation of columns and churn. Source: NannyML calls it confidence-based performance estimation (CBPE).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.evaluation.metrics import CLIP, auc_of_counts

CELLS = 10_000  # of the probabilities; ties within a cell change the AUC by less than .0001
FIELDS = ("auc_promised", "log_loss_promised", "auc_test", "log_loss_test")


@dataclass
class Promised:
    """Sums over all rows seen so far, in constant memory. churned, stayed: (CELLS + 1,) expected rows."""

    churned: Floats = field(default_factory=lambda: np.zeros(CELLS + 1))
    stayed: Floats = field(default_factory=lambda: np.zeros(CELLS + 1))
    loss: float = 0.0

    def see(self, probability: Floats) -> None:
        """Adds rows. probability: (n,) 0 to 1."""
        cell = (probability * CELLS).astype(np.int64)
        self.churned += np.bincount(cell, probability, CELLS + 1)
        self.stayed += np.bincount(cell, 1 - probability, CELLS + 1)
        p = np.clip(probability, CLIP, 1 - CLIP)
        self.loss -= float((probability * np.log(p) + (1 - probability) * np.log1p(-p)).sum())

    def fields(self, tested: Mapping[str, Any]) -> dict[str, float | None]:
        """The promised figures and those of the test, None if unknown. tested: the metrics of the model."""
        rows = float(self.churned.sum() + self.stayed.sum())
        auc = auc_of_counts(self.churned, self.stayed)
        loss = self.loss / rows if rows else math.nan
        figures = auc, loss, tested.get("auc"), tested.get("log_loss")
        return {
            name: None if figure is None or math.isnan(figure) else float(figure)
            for name, figure in zip(FIELDS, figures, strict=True)
        }
