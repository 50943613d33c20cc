"""Ablation measures what the model loses without a group of columns, on the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnkit.evaluation import bootstrap
from churnkit.training import fitting
from churnkit.training.ablation import ablate
from tests.training.causes import rows_with_causes


def test_the_group_with_the_largest_loss_comes_first() -> None:
    data = rows_with_causes(600)
    whole = fitting.score_test_rows("logistic", data, None, lambda _: {}, 0)
    groups = {"recency": ["recency_days"], "x": ["x"], "plan": ["plan"]}
    ablations = ablate("logistic", data, None, lambda _: {}, 0, whole, groups, lambda: None)
    assert ablations[0].group == "x"
    assert ablations[0].high < 0
    without = fitting.score_test_rows("logistic", data.only([1, 2]), None, lambda _: {}, 0).probability
    wanted = roc_auc_score(data.truth, without) - roc_auc_score(data.truth, whole.probability)
    assert ablations[0].difference == pytest.approx(wanted)


def test_a_group_of_all_columns_is_skipped_and_a_noise_column_costs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "REPEATS", 100)
    data = rows_with_causes(400)
    data.matrix[:, 2] = np.random.default_rng(9).normal(size=400)
    whole = fitting.score_test_rows("logistic", data, None, lambda _: {"strength": 1.0}, 0)
    steps: list[int] = []
    groups = {"all": ["x", "plan", "recency_days"], "noise": ["recency_days"]}
    ablations = ablate(
        "logistic", data, None, lambda _: {"strength": 1.0}, 0, whole, groups, lambda: steps.append(1)
    )
    assert [(ablation.group, ablation.columns) for ablation in ablations] == [("noise", 1)]
    assert ablations[0].low <= ablations[0].difference <= ablations[0].high
    assert ablations[0].high > 0
    assert len(steps) == 2
