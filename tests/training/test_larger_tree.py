"""The AUC of a larger tree is that of a fit with more leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnkit.evaluation import bootstrap
from churnkit.models.columns import TrainingRows
from churnkit.training import test_plan
from churnkit.training.candidates import Candidate, FitChoice, fit_candidates
from churnkit.training.fitting import silent
from churnkit.training.larger_tree import LARGE_LEAVES, try_larger_tree
from tests.models.fitted import simulated

PLAN = test_plan.TestPlan(None, test_plan.IN_FOLDS, {})


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "REPEATS", 20)


def _fitted(data: TrainingRows, leaves: int, **more: Any) -> Candidate:
    given = {"kind": "tree", "rising": (), "falling": (), "first": None, "tune": 0, "seed": 0, **more}
    (candidate,) = fit_candidates(data, PLAN, FitChoice(max_leaves=leaves, **given), silent)
    return candidate


def test_it_is_the_auc_of_a_tree_with_more_leaves_in_the_same_test() -> None:
    data = simulated(900)
    auc = try_larger_tree(_fitted(data, 3, first="y"), data, PLAN, 0, silent)
    assert auc == pytest.approx(_fitted(data, LARGE_LEAVES, first="y").report.figures["auc"])
    assert auc > _fitted(data, 3).report.figures["auc"]


def test_a_tree_that_is_large_itself_and_other_kinds_have_none() -> None:
    data = simulated().part(np.arange(120))
    large = _fitted(data, LARGE_LEAVES)
    assert try_larger_tree(large, data, PLAN, 0, silent) is None
    assert try_larger_tree(_fitted(data, 12, kind="logistic"), data, PLAN, 0, silent) is None
