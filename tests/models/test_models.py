"""Every kind of model keeps the same laws, and answers as the library that fitted it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.arrays import Floats
from churnkit.models import MODELS, logistic, tree, xgboost
from churnkit.models import encoding as designs
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows

COLUMNS = [Column("x", NUMBER), Column("plan", CATEGORY, ("a", "b")), Column("y", NUMBER)]


def _data(rows: int = 400, seed: int = 1) -> TrainingRows:
    """Who leaves depends on x, on whether it is known, and on plan and y together."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.random(rows), rng.integers(0, 2, rows), rng.gamma(1, 9, rows)]).astype(
        float
    )
    risk = np.where(matrix[:, 1] == 1, matrix[:, 0], matrix[:, 2] / 50)
    matrix[: rows // 15, 0] = np.nan
    risk[: rows // 15] = 0.9
    truth = (rng.random(rows) < risk).astype(float)
    return TrainingRows(COLUMNS, matrix, truth, np.arange(rows), np.ones(rows))


FITTED = {kind: MODELS[kind].fit(_data(), {}, 0) for kind in MODELS}
NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.floats(0, 1), st.just(float("nan")))
CODES = st.sampled_from([0.0, 1.0, 2.0, float("nan")])  # 2: a category not seen at fit
ROWS = st.lists(st.tuples(NUMBERS, CODES, NUMBERS), min_size=1, max_size=80)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=60)
@given(rows=ROWS)
def test_base_and_contributions_add_up_with_missing_and_unseen_values(
    kind: str, rows: list[tuple[float, float, float]]
) -> None:
    matrix = np.array(rows)
    base, added = MODELS[kind].contributions(FITTED[kind], matrix)
    assert base + added.sum(axis=1) == pytest.approx(MODELS[kind].log_odds(FITTED[kind], matrix), abs=1e-9)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=60)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_a_row_has_the_same_answer_and_reasons_to_the_last_bit_whatever_rows_are_beside_it(
    kind: str, rows: list[tuple[float, float, float]], seed: int
) -> None:
    matrix = np.vstack([rows, _data(100, seed).matrix])
    order = np.random.default_rng(seed).permutation(len(matrix))[: 1 + seed]
    base, added = MODELS[kind].contributions(FITTED[kind], matrix)
    base_of_some, added_of_some = MODELS[kind].contributions(FITTED[kind], matrix[order])
    assert base == base_of_some
    assert np.array_equal(added[order], added_of_some)
    whole = MODELS[kind].log_odds(FITTED[kind], matrix)
    assert np.array_equal(whole[order], MODELS[kind].log_odds(FITTED[kind], matrix[order]))


@pytest.mark.parametrize("kind", MODELS)
def test_json_keeps_every_bit(kind: str) -> None:
    text = json.dumps({"slope": 1, "offset_of_calibration": 0, **MODELS[kind].to_plain(FITTED[kind])})
    plain = msgspec.json.decode(text, type=MODELS[kind].FILE)
    unseen = np.vstack([_data().matrix, [[0.5, 2.0, 1.0], [np.nan, np.nan, np.nan]]])
    again = MODELS[kind].from_plain(plain, COLUMNS)
    assert np.array_equal(MODELS[kind].log_odds(again, unseen), MODELS[kind].log_odds(FITTED[kind], unseen))


def _kept(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    """What the library fitted, as it is handed to the function of this name that takes it over."""
    original, kept = getattr(module, name), []

    def watched(given: Any, *more: Any) -> Any:
        kept.append(given)
        return original(given, *more)

    monkeypatch.setattr(module, name, watched)
    return kept


def _tried() -> Floats:
    """Rows like those of the training, on and beside the borders of trees, missing, and unseen."""
    near = np.concatenate([m.forest.threshold for m in (FITTED["tree"], FITTED["xgboost"])])
    near = np.unique(near[np.abs(near) < 1e30])
    x = np.concatenate([near, np.nextafter(near, np.float32(-9)), near.astype(float) + 1e-9])
    return np.vstack([_data(500, 2).matrix, np.column_stack([x, np.arange(len(x)) % 2, x])])


def test_xgboost_scores_and_contributions_are_those_of_xgboost_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import xgboost as library

    boosters = _kept(monkeypatch, xgboost, "forest_of")
    model = xgboost.fit(_data(), {}, 0)
    seen = library.DMatrix(designs.encode(model.design, _tried()))
    margin = boosters[-1].predict(seen, output_margin=True)
    assert xgboost.log_odds(model, _tried()) == pytest.approx(margin, abs=2e-5)
    theirs = boosters[-1].predict(seen, pred_contribs=True)
    base, added = xgboost.contributions(model, _tried())
    assert base == pytest.approx(theirs[0, -1], abs=2e-5)
    by_column = designs.sum_by_feature(model.design, theirs[:, :-1].astype(float), len(COLUMNS))
    assert added == pytest.approx(by_column, abs=1e-4)


def test_a_tree_sends_rows_where_scikit_learn_does(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = _kept(monkeypatch, tree, "_forest")
    data = _data()
    model = tree.fit(data, {}, 0)
    theirs = grown[-1]
    paths = theirs.decision_path(designs.encode(model.design, _tried())).tocsr()
    nodes = np.array(
        [
            paths[row].indices[paths[row].indices < len(model.forest.column)].max()
            for row in range(len(_tried()))
        ]
    )
    rows, share = theirs.weighted_n_node_samples[nodes], theirs.value[nodes, 0, 1]
    smoothed = (share * rows + tree.PRIOR_ROWS * data.base_rate) / (rows + tree.PRIOR_ROWS)
    assert tree.log_odds(model, _tried()) == pytest.approx(np.log(smoothed / (1 - smoothed)))


def test_logistic_scores_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 2, (600, 4)).astype(float)  # of 0 and 1, nothing is bent or clipped
    truth = (rng.random(600) < 1 / (1 + np.exp(1 - matrix @ [2, -1, 0.5, 0]))).astype(float)
    columns = [Column(name, NUMBER) for name in "abcd"]
    model = logistic.fit(
        TrainingRows(columns, matrix, truth, np.arange(600), np.ones(600)), {"strength": 0.1}, 0
    )
    scaled = StandardScaler().fit_transform(matrix)
    theirs = LogisticRegression(C=0.1, tol=1e-8).fit(scaled, truth).decision_function(scaled)
    assert logistic.log_odds(model, matrix) == pytest.approx(theirs, abs=1e-4)
