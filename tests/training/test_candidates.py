"""Candidate kinds: the options each supports, the number of search steps, and their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnkit.errors import ChurnkitError
from churnkit.evaluation import bootstrap
from churnkit.evaluation.splits import Split
from churnkit.models import MODELS, kind_of
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.training import candidates, fitting, test_plan
from churnkit.training.baselines import report_test

ROWS = 360
BY_DATE = test_plan.TestPlan(Split(np.arange(240), np.arange(240, ROWS)), "by date", {})
IN_FOLDS = test_plan.TestPlan(None, test_plan.IN_FOLDS, {})


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "REPEATS", 50)


def _data() -> TrainingRows:
    """Churn rises with x; the plan is noise."""
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=ROWS), rng.integers(0, 2, ROWS)]).astype(float)
    truth = (rng.random(ROWS) < 1 / (1 + np.exp(-2 * matrix[:, 0]))).astype(float)
    columns = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b"))]
    return TrainingRows(columns, matrix, truth, np.arange(ROWS), np.ones(ROWS))


def _choice(kind: str, tune: int = 0, **directions: Any) -> candidates.FitChoice:
    given = {"rising": (), "falling": (), "first": None, **directions}
    return candidates.FitChoice(kind, 4, tune=tune, seed=0, **given)


def _fitted(
    choice: candidates.FitChoice, plan: test_plan.TestPlan = BY_DATE
) -> tuple[list[candidates.Candidate], list[tuple[int, int]]]:
    """The candidates, and the steps that were reported: done, of."""
    steps: list[tuple[int, int]] = []

    def note(what: str, done: int, of: int) -> None:
        if what.endswith("trial"):
            steps.append((done, of))

    results = candidates.fit_candidates(_data(), plan, choice, note)
    return results, steps


def test_kinds_are_sorted_by_their_auc_on_the_test_rows() -> None:
    results, _ = _fitted(_choice(candidates.ALL, rising=("x",), first="plan"))
    assert {candidate.kind for candidate in results} == {*MODELS}
    truth = _data().truth[240:]
    aucs = [roc_auc_score(truth, candidate.scores.probability) for candidate in results]
    assert aucs == sorted(aucs, reverse=True)
    assert [candidate.report.figures["auc"] for candidate in results] == pytest.approx(aucs)
    of_kind = {candidate.kind: candidate.settings for candidate in results}
    assert of_kind == {
        "logistic": {"rising": ["x"]},
        "tree": {"max_leaves": 4, "rising": ["x"], "first": "plan"},
        "xgboost": {"rising": ["x"]},
    }  # fmt: skip
    assert [candidate.searched for candidate in results] == [None] * len(results)


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(IN_FOLDS, id="folds"),
        pytest.param(BY_DATE, id="date"),
    ],
)
def test_the_last_search_step_equals_the_announced_total(plan: test_plan.TestPlan) -> None:
    _, steps = _fitted(_choice("tree", tune=1), plan)
    of = len(steps)
    assert sorted(steps) == [(done, of) for done in range(1, of + 1)]


def test_a_test_in_folds_searches_once_per_fold_and_once_for_the_final_model() -> None:
    _, steps = _fitted(_choice("tree", tune=1), IN_FOLDS)
    assert len(steps) == (5 + 1) * (3 + 2 + 1)  # two shapes and one at random, then the better ones


def test_the_searched_settings_do_not_contain_the_fixed_ones() -> None:
    (candidate,), _ = _fitted(_choice("tree", tune=3))
    assert candidate.searched is not None
    assert {"max_leaves": 4, **candidate.searched} == candidate.settings
    assert {"leaves"} <= candidate.searched.keys() <= {"leaves", "leaf_share", "looks_ahead"}


@pytest.mark.parametrize(
    ("kind", "directions", "words"),
    [
        (
            "logistic",
            {"falling": ("x",)},
            "--falling does not work with logistic; use --model tree or xgboost",
        ),
        ("tree", {"rising": ("plan",)}, "--rising: no column 'plan'"),
        ("all", {"falling": ("X",)}, "--falling: no column 'X'"),
        ("xgboost", {"first": "x"}, "--first does not work with xgboost; use --model tree"),
        ("best", {"first": "X"}, "--first: no column 'X'"),
    ],
)
def test_a_direction_and_a_first_question_need_a_column_and_a_kind_that_supports_them(
    kind: str, directions: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind_of("logistic"), "OPTIONS", ())  # as of a kind that has no directions
    with pytest.raises(ChurnkitError, match=words):
        _fitted(_choice(kind, **directions))


def _candidate(kind: str, probability: np.ndarray, data: TrainingRows) -> candidates.Candidate:
    scores = fitting.TestScores(np.arange(ROWS), probability, None, {})
    return candidates.Candidate(kind, {}, scores, report_test(scores, data, 0), None)


def test_the_best_is_the_simplest_within_a_standard_error_of_the_lowest_log_loss() -> None:
    data = _data()
    truth = 1 / (1 + np.exp(-2 * data.matrix[:, 0]))
    nearly = np.clip(truth + np.random.default_rng(0).normal(0, 0.01, ROWS), 0.01, 0.99)
    flat = np.full(ROWS, 0.5) + data.matrix[:, 1] / 100
    kinds = {"logistic": flat, "tree": nearly, "xgboost": truth}
    tested = [_candidate(kind, probability, data) for kind, probability in kinds.items()]
    assert candidates.choose_best(tested, data).kind == "tree"
    assert candidates.choose_best([tested[0], tested[2]], data).kind == "xgboost"


def test_best_puts_the_chosen_kind_first() -> None:
    results, _ = _fitted(_choice(candidates.BEST))
    assert {candidate.kind for candidate in results} == {*MODELS}
    by_kind = sorted(results, key=lambda candidate: [*MODELS].index(candidate.kind))
    assert results[0] is candidates.choose_best(by_kind, _data())
