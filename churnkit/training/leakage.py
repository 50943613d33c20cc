"""A test that is too good to be true, and the fewest columns that are enough for its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.evaluation import metrics
from churnkit.evaluation.splits import INNER_FOLDS
from churnkit.models import kind_of
from churnkit.models.columns import TrainingRows
from churnkit.models.paths import total_choice
from churnkit.training.baselines import TestReport

SUSPECT_COLUMN_AUC = 0.95  # one column alone
SUSPECT_TEST_AUC = 0.98
NEAR = 0.005  # below the AUC of all columns in a small tree
FAR = 0.01  # below the AUC of the model: many columns carry its result, as in honest tables
MAX_LEAVES = 30
MAX_COLUMNS = 8  # that are named; with the two fits on all columns, ten fits


@dataclass(frozen=True)
class TooGood:
    """columns: the fewest that are enough. auc: theirs alone, on unseen rows."""

    columns: list[str]
    auc: float

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {"columns": self.columns, "auc": self.auc}


def find_too_good(data: TrainingRows, report: TestReport, seed: int) -> TooGood | None:
    """The fewest columns that are enough for a test result that is too good to be true; None if it is not.

    report: of the best model. A result is too good if one column alone has an AUC above .95, or if the model
    has one above .98 that a small tree of few columns has as well. Columns are added to the tree by their
    importance in the tree of all columns.
    """
    alone = report.best_column
    if alone.auc > SUSPECT_COLUMN_AUC:
        return TooGood([alone.column], alone.auc)
    if not report.figures["auc"] > SUSPECT_TEST_AUC:
        return None
    split = data.folds(INNER_FOLDS, seed)[0]
    train, test = data.part(split.train), data.part(split.test)
    tree, settings = kind_of("tree"), {"max_leaves": MAX_LEAVES}

    def ranking_of(places: list[int]) -> float:
        path = tree.path(train.only(places), test.only(places), settings, seed)
        return metrics.auc(test.truth, path.scores(total_choice([path])), test.weights)

    everything = ranking_of(list(range(len(data.columns))))
    fitted = tree.fit(train, settings, seed)
    importance = np.abs(tree.contributions(fitted, train.matrix)[1]).mean(axis=0)
    by_importance = [int(place) for place in np.argsort(-importance, kind="stable")][:MAX_COLUMNS]
    for number in range(1, len(by_importance) + 1):
        auc = ranking_of(by_importance[:number])
        if auc >= everything - NEAR:
            break
    if auc < report.figures["auc"] - FAR:
        return None
    return TooGood([data.columns[place].name for place in by_importance[:number]], auc)
