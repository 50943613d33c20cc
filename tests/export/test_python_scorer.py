"""A scorer in Python, imported, against the model itself."""

from __future__ import annotations

import ast
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.export.languages import LANGUAGES, write
from churnkit.export.scorer import scorer_of
from churnkit.models import Fitted
from churnkit.models.columns import CATEGORY, Column
from churnkit.models.forest import Forest
from churnkit.models.tree import NodeCounts, TreeParameters
from tests.export.scoring import dicts_of, python_module
from tests.export.test_model_sql import HOSTILE
from tests.export.written import BY_RATE, CALIBRATION, PARAMETERS, matrix_of, model_of, rows_of
from tests.models.fitted import COLUMNS, fitted, near_borders


@pytest.mark.parametrize("kind", PARAMETERS)
def test_each_row_has_the_probability_of_score_on_beside_and_half_a_step_from_each_border(kind: str) -> None:
    model = model_of(kind)
    rows = rows_of(model)
    found = [*python_module(model).score_rows(dicts_of(rows))]
    expected = model.fitted.probability(matrix_of(model, rows))
    assert found == pytest.approx(expected, rel=0, abs=1e-15)


@pytest.mark.parametrize("kind", PARAMETERS)
def test_fitted_models_with_pairs_and_bends_score_as_in_the_model(kind: str) -> None:
    model = replace(model_of(kind), fitted=Fitted(kind, fitted(kind), CALIBRATION))
    matrix = near_borders()
    words = np.array(["a", "b", "new", None], dtype=object)
    values = [[x, words[0 if np.isnan(code) else int(code)], y] for x, code, y in matrix.tolist()]
    rows = [dict(zip(["x", "plan", "y"], row, strict=True)) for row in values]
    found = [*python_module(model).score_rows(rows)]
    assert found == pytest.approx(model.fitted.probability(matrix), rel=0, abs=1e-12)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6)
def test_random_trees_with_missing_values_on_either_side_score_as_in_the_model(seed: int) -> None:
    for kind in ("tree", "xgboost"):
        model = model_of(kind, seed=seed)
        rows = rows_of(model, 15)
        found = [*python_module(model).score_rows(dicts_of(rows))]
        assert found == pytest.approx(model.fitted.probability(matrix_of(model, rows)), rel=0, abs=1e-15)


@pytest.mark.parametrize("kind", PARAMETERS)
def test_hostile_names_and_words_are_only_names_and_words(kind: str) -> None:
    model = model_of(kind, HOSTILE)
    rows = rows_of(model, 20)
    found = [*python_module(model, "it's\n\"").score_rows(dicts_of(rows))]
    assert found == pytest.approx(model.fitted.probability(matrix_of(model, rows)), rel=0, abs=1e-15)


@pytest.mark.parametrize("kind", PARAMETERS)
def test_the_file_is_python_3_8(kind: str) -> None:
    text = write(scorer_of(model_of(kind, HOSTILE), None, 6), LANGUAGES["python"], ['a """ comment', "\\"])
    ast.parse(text, feature_version=(3, 8))
    newer = ("removeprefix", "removesuffix", "zip(row, CURVES, strict", " | None")
    assert not [word for word in newer if word in text]


def test_numbers_may_be_texts_and_null_words_are_missing_as_texts_and_as_numbers() -> None:
    model = model_of("logistic", null=("NA", "-999"))
    score = python_module(model).score
    assert score({"x": " 1.5e0 ", "plan": "a", "y": True}) == score({"x": 1.5, "plan": "a", "y": 1})
    missing = score({"x": None, "plan": None, "y": float("nan")})
    for x, plan, y in (("NA", "NA", "-999"), (-999, "", -999.0), (np.nan, float("nan"), "")):
        assert score({"x": x, "plan": plan, "y": y}) == missing


@pytest.mark.parametrize("text", ["1,5", "nan", "inf", "1_000", "0x10", "", "1e999", "١"])
def test_a_text_that_is_no_number_is_an_error_with_the_column(text: str) -> None:
    score = python_module(model_of("tree")).score
    if text == "":
        assert score({"x": text, "plan": "a", "y": 1}) == score({"x": None, "plan": "a", "y": 1})
        return
    with pytest.raises(ValueError, match="column 'x': "):
        score({"x": text, "plan": "a", "y": 1})


def test_a_row_without_a_column_is_an_error_and_a_row_of_sqlite_is_read_by_its_names() -> None:
    score = python_module(model_of("tree")).score
    with pytest.raises(KeyError, match="no column 'y'"):
        score({"x": 1, "plan": "a"})
    with sqlite3.connect(":memory:") as database:
        database.row_factory = sqlite3.Row
        row = database.execute("SELECT 'b' AS plan, 2.5 AS y, NULL AS x").fetchone()
    assert score(row) == score({"x": None, "plan": "b", "y": 2.5})
    with pytest.raises(KeyError, match="no column 'x'"):
        score(database.execute("SELECT 1 AS y").fetchone())


@pytest.mark.parametrize("words", [("No", "Yes"), ("False", "True"), ("F", "T"), ("false", "true")])
def test_a_boolean_means_the_word_of_the_model(words: tuple[str, str]) -> None:
    score = python_module(
        model_of("logistic", [COLUMNS[0], Column("plan", CATEGORY, words), COLUMNS[2]])
    ).score
    for value, word in zip((False, True), words, strict=True):
        expected = score({"x": 0, "plan": word, "y": 0})
        assert score({"x": 0, "plan": value, "y": 0}) == expected
        assert score({"x": 0, "plan": str(value).upper(), "y": 0}) == expected
    assert score({"x": 0, "plan": True, "y": 0}) != score({"x": 0, "plan": "new", "y": 0})


def chain(depth: int) -> Forest:
    """A tree of questions x < 1, x < 2, …, each below the one before."""
    inner, size = np.arange(depth), 2 * depth + 1
    column, left, right = (np.full(size, -1, dtype=np.int32) for _ in range(3))
    threshold, at = np.zeros(size, dtype=np.float32), 2 * inner
    column[at], threshold[at], left[at], right[at] = 0, inner + 1, at + 1, at + 2
    return Forest(
        np.zeros(1, dtype=np.int32), column, threshold, left, right, np.zeros(size, dtype=bool),
        np.arange(size) / size, np.ones(size),
    )  # fmt: skip


def test_a_tree_of_a_thousand_questions_in_a_row_is_read() -> None:
    forest = chain(1_000)
    counts = NodeCounts(*(np.ones(len(forest.column)) for _ in range(3)))
    model = replace(
        model_of("tree"), fitted=Fitted("tree", TreeParameters(BY_RATE, forest, counts), CALIBRATION)
    )
    rows = {"x": np.array([-5.0, 0.5, 500.5, 999.5, 1e9]), "plan": np.array(["a"] * 5), "y": np.zeros(5)}
    found = [*python_module(model).score_rows(dicts_of(rows))]
    assert found == pytest.approx(model.fitted.probability(matrix_of(model, rows)), rel=0, abs=1e-15)
