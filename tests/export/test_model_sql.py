"""The SELECT of a model, run in DuckDB, against the model itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.export.model_sql import Wanted, wanted
from churnkit.models.columns import CATEGORY, NUMBER, Column
from tests.export.written import PARAMETERS, matrix_of, model_of, rows_of, run, sql_of
from tests.models.fitted import COLUMNS
from tests.models.trees_by_hand import grown

HOSTILE = [
    Column('x"; DROP TABLE rows; --', NUMBER),
    Column("it's \\ {{ y }}\n", CATEGORY, ("a'); DROP TABLE rows; --", 'b\\\n{{ "z" }} ${HOME}')),
    Column("y */ /*", NUMBER),
]


@pytest.mark.parametrize("kind", PARAMETERS)
def test_each_row_has_the_probability_of_score_on_beside_and_half_a_step_from_each_border(kind: str) -> None:
    model = model_of(kind)
    rows = rows_of(model)
    found = run(sql_of(model), rows)
    assert found["id"] == sorted(rows["id"])
    expected = model.fitted.probability(matrix_of(model, rows))
    assert np.abs(np.array(found["churn_probability"]) - expected).max() <= 1e-12


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6)
def test_random_trees_with_missing_values_on_either_side_score_as_in_the_model(seed: int) -> None:
    for kind in ("tree", "xgboost"):
        model = model_of(kind, seed=seed)
        rows = rows_of(model, 15)
        expected = model.fitted.probability(matrix_of(model, rows))
        assert run(sql_of(model), rows)["churn_probability"] == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("kind", PARAMETERS)
def test_hostile_names_and_words_are_only_names_and_words(kind: str) -> None:
    model = model_of(kind, HOSTILE)
    rows = rows_of(model, 20)
    rows[HOSTILE[1].name] = np.array([*HOSTILE[1].categories, None] * len(rows["id"]), dtype=object)[
        : len(rows["id"])
    ]
    expected = model.fitted.probability(matrix_of(model, rows))
    found = run(sql_of(model), rows)["churn_probability"]
    assert found == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("kind", ["logistic", "tree"])
def test_null_words_of_the_model_are_missing_as_texts_and_as_numbers(kind: str) -> None:
    model = model_of(kind, null=("NA", "-999", "it's"))
    texts = np.array(["1.5", "NA", "-999", "", "-2", "0.3", "it's"], dtype=object)
    words = np.array(["a", "NA", "b", "it's", "", "new", "-999"], dtype=object)
    numbers = np.array([1.5, -999.0, np.nan, 0.1, 3.0, 7.0, -999.0])
    rows = {"id": np.array([*"abcdefg"], dtype=object), "x": texts, "plan": words, "y": numbers}
    missing = {"", *model.null}
    known = {
        "x": np.array([np.nan if text in missing else float(text) for text in texts]),
        "plan": np.array([None if word in missing else word for word in words], dtype=object),
        "y": np.where(numbers == -999, np.nan, numbers),
    }
    expected = model.fitted.probability(matrix_of(model, known))
    assert run(sql_of(model), rows)["churn_probability"] == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("words", [("No", "Yes"), ("False", "True"), ("F", "T"), ("false", "true")])
def test_a_boolean_column_means_the_words_of_the_model(words: tuple[str, str]) -> None:
    columns = [COLUMNS[0], Column("plan", CATEGORY, words), COLUMNS[2]]
    model = model_of("logistic", columns)
    rows = {
        "id": np.array(["1", "2"], dtype=object),
        "x": np.zeros(2),
        "plan": np.array([False, True]),
        "y": np.zeros(2),
    }
    expected = model.fitted.probability(matrix_of(model, {**rows, "plan": np.array(words, dtype=object)}))
    found = run(sql_of(model), rows)["churn_probability"]
    assert found == pytest.approx(expected, rel=0, abs=1e-12)


def test_probabilities_far_out_do_not_overflow() -> None:
    model = model_of("logistic")
    steep = replace(
        model, fitted=replace(model.fitted, calibration=replace(model.fitted.calibration, slope=3_000.0))
    )
    rows = rows_of(model, 5)
    expected = steep.fitted.probability(matrix_of(steep, rows))
    assert {0.0, 1.0} < {*expected.tolist()}
    assert run(sql_of(steep), rows)["churn_probability"] == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("table", ["input", "Log_Odds", "contributions", "rules"])
@pytest.mark.parametrize("kind", PARAMETERS)
def test_a_column_or_table_may_have_the_name_of_a_cte_or_of_its_column(kind: str, table: str) -> None:
    names = [
        Column("log_odds", NUMBER),
        Column("trees_1_to_10", CATEGORY, ("a", "b")),
        Column("rule", NUMBER),
    ]
    model = model_of(kind, names)
    rows = rows_of(model, 5)
    expected = model.fitted.probability(matrix_of(model, rows))
    found = run(sql_of(model, table=table), rows, table)["churn_probability"]
    assert found == pytest.approx(expected, rel=0, abs=1e-12)


def test_a_tree_reads_only_the_columns_that_it_tests() -> None:
    model = model_of("tree")
    one = grown(3, trees=1, columns=1, depth=2)
    parameters = replace(model.fitted.parameters, forest=one)
    sql = sql_of(replace(model, fitted=replace(model.fitted, parameters=parameters)))
    assert '"x"' in sql
    assert '"plan"' not in sql


def test_the_date_is_returned_where_the_model_was_trained_with_dates() -> None:
    model = model_of("tree")
    dated = replace(
        model, facts={**model.facts, "trained_on": {**model.facts["trained_on"], "dates": ["2024-01-01"]}}
    )
    assert wanted(model, None, None, None).heads == ["id"]
    assert wanted(dated, "key", 6, 0) == Wanted("key", True, 6, 3)


def test_a_model_without_an_id_needs_one() -> None:
    with pytest.raises(ChurnkitError, match="--id"):
        wanted(replace(model_of("tree"), id=None), None, None, None)


def test_reasons_of_boosted_trees_are_refused() -> None:
    with pytest.raises(ChurnkitError, match="Shapley"):
        sql_of(model_of("xgboost"), reasons=1)
