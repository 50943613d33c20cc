"""A search tries settings on folds, and the better half goes on."""

from __future__ import annotations

from churnkit.training.search import search_settings, trials_on_folds
from tests.models.fitted import simulated


def test_after_each_fold_the_better_half_goes_on() -> None:
    assert trials_on_folds("logistic", 12) == [14, 7, 4]  # two usual shapes
    steps: list[int] = []
    search_settings("logistic", simulated(300), {}, 5, 0, lambda: steps.append(1))
    assert len(steps) == 7 + 4 + 2


def test_a_search_keeps_the_settings_that_are_fixed() -> None:
    fixed = {"strength": 1e-6}
    found = search_settings("logistic", simulated(300), fixed, 3, 0, lambda: None)
    assert found["strength"] == 1e-6


def test_a_search_returns_a_size() -> None:
    found = search_settings("logistic", simulated(300), {}, 3, 0, lambda: None)
    assert 1e-3 <= found["strength"] <= 100
    assert "rounds" in search_settings("xgboost", simulated(300), {}, 1, 0, lambda: None)
