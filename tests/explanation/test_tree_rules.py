"""A tree's words and rules say exactly what the tree does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from churnkit.explanation.tree_rules import (
    ABOVE,
    BELOW,
    KNOWN,
    Condition,
    describe_tree,
    leaf_paths,
    rule_records,
    shorten,
)
from churnkit.models import tree
from churnkit.models.calibration import Calibration
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows, histogram
from churnkit.models.tree_growth import LARGEST

PLANS = ("basic", 'it\'s "odd"', "plus")
X = 'the "x"'


def _tree(seed: int) -> tuple[tree.TreeParameters, list[Column], np.ndarray]:
    """A tree of a number with gaps, a whole number and a category, and rows near its thresholds."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(size=600), rng.integers(0, 9, 600), rng.integers(0, 3, 600)]).astype(
        float
    )
    matrix[:40, 0] = np.nan
    odds = np.exp(np.nan_to_num(matrix[:, 0], nan=1.0) + (matrix[:, 1] > 4) + (matrix[:, 2] == 1) - 1)
    truth = (rng.random(600) < odds / (1 + odds)).astype(float)
    columns = [
        Column(X, NUMBER),
        Column("event_count_30d", NUMBER),
        Column("plan_last", CATEGORY, PLANS),
    ]
    columns = [
        Column(c.name, c.type, c.categories, histogram=histogram(c, matrix[:, k]))
        for k, c in enumerate(columns)
    ]
    model = tree.fit(TrainingRows(columns, matrix, truth, np.arange(600), np.ones(600)), {"max_leaves": 9}, 0)
    borders = model.forest.threshold[model.forest.column == 0].astype(float)
    near = np.concatenate(
        [borders, np.nextafter(borders, -9), borders - 1e-9, borders - 3e-8, borders + 1e-9]
    )
    tried = np.column_stack([near, np.full(len(near), 5.0), np.arange(len(near)) % 4])
    odd = np.array([[np.nan, np.nan, np.nan], [0.1, np.nan, 3.0], [1e300, -1e300, 3.0]])
    return model, columns, np.vstack([matrix, tried, odd])


@pytest.mark.parametrize("seed", range(6))
def test_the_sql_of_a_rule_selects_the_rows_of_its_leaf_and_every_row_has_one(seed: int) -> None:
    model, columns, matrix = _tree(seed)
    rows = _as_table(matrix)
    calibration = Calibration(0.8, -0.3)
    probability = calibration.probability(tree.log_odds(model, matrix))
    rules = rule_records(describe_tree(model, calibration, columns))
    covered: list[int] = []
    with _database(rows) as database:
        for rule in rules:
            inside = database.execute(f"SELECT row FROM rows WHERE {rule['sql']}").fetchall()
            covered += [row for (row,) in inside]
            assert probability[[row for (row,) in inside]] == pytest.approx(rule["churn_probability"])
    assert sorted(covered) == list(range(len(matrix)))


def _as_table(matrix: np.ndarray) -> pl.DataFrame:
    words = [*PLANS, "new"]
    return pl.DataFrame(
        {
            X: pl.Series(matrix[:, 0]).fill_nan(None),
            "event_count_30d": pl.Series(matrix[:, 1]).fill_nan(None),
            "plan_last": [None if code != code else words[int(code)] for code in matrix[:, 2]],
            "row": np.arange(len(matrix)),
        }
    )


@contextmanager
def _database(rows: pl.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the rows; churned and weight are null where the table has none."""
    with duckdb.connect() as database:
        database.execute(
            'CREATE TABLE rows ("the ""x""" DOUBLE, event_count_30d DOUBLE, plan_last TEXT, row INT,'
            " churned DOUBLE, weight DOUBLE)"
        )
        wide = rows if "churned" in rows.columns else rows.with_columns(churned=None, weight=None)
        columns = [wide[name].to_list() for name in wide.columns]
        types = ("DOUBLE", "DOUBLE", "TEXT", "INT", "DOUBLE", "DOUBLE")
        each = ", ".join(f"unnest(?::{type_}[])" for type_ in types)
        database.execute(f"INSERT INTO rows SELECT {each}", columns)  # row by row takes ten times as long
        yield database


@pytest.mark.parametrize(
    "settings", [{}, {"rising": ("event_count_30d",), "falling": (X,)}], ids=["free", "monotone"]
)
@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_counts_of_a_rule_are_what_its_sql_counts(settings: dict[str, Any], *, is_weighted: bool) -> None:
    _, columns, matrix = _tree(2)
    rng, matrix = np.random.default_rng(0), matrix[:600]
    truth = (rng.random(600) < 0.3 + 0.3 * (matrix[:, 1] > 4)).astype(float)
    weights = np.where(truth > 0, 0.2, 1.3) if is_weighted else np.ones(600)
    rows = TrainingRows(columns, matrix, truth, np.arange(600), weights / weights.mean())
    rules = rule_records(describe_tree(tree.fit(rows, settings, 0), Calibration(), columns))
    table = _as_table(matrix).with_columns(churned=pl.Series(truth), weight=pl.Series(weights))
    assert len(rules) > 2
    with _database(table) as database:
        for rule in rules:
            query = "count(*), sum(churned), sum(weight * churned) / sum(weight)"
            counted = database.execute(f"SELECT {query} FROM rows WHERE {rule['sql']}").fetchone()
            assert (rule["rows"], rule["churned"], rule["churn_rate"]) == pytest.approx(counted)


def test_rules_are_sorted_by_risk_and_cover_every_training_row() -> None:
    model, columns, _ = _tree(1)
    rules = rule_records(describe_tree(model, Calibration(), columns))
    rates = [rule["churn_rate"] for rule in rules]
    assert rates == sorted(rates, reverse=True)
    assert sum(rule["rows"] for rule in rules) == 600
    assert sum(rule["share"] for rule in rules) == pytest.approx(1)


def test_a_box_names_only_categories_that_can_reach_it() -> None:
    column = Column("plan", CATEGORY, ("a", "b", "c"), histogram={"rows": [9, 9, 9, 0], "missing": 0})
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 900).astype(float)
    truth = (rng.random(900) < np.array([0.1, 0.5, 0.9])[codes.astype(int)]).astype(float)
    model = tree.fit(TrainingRows([column], codes[:, None], truth, np.arange(900), np.ones(900)), {}, 0)
    words_by_leaf = [
        [answer.words for answer in answers]
        for _, answers in leaf_paths(describe_tree(model, Calibration(), [column]))
    ]
    assert sorted(words[-1] for words in words_by_leaf) == ["plan is a", "plan is b", "plan is c"]


def test_a_test_for_missing_values_is_described_as_such() -> None:
    rng = np.random.default_rng(0)
    known = rng.random(600) < 0.7
    matrix = np.where(known, rng.random(600), np.nan)[:, None]
    truth = (rng.random(600) < np.where(known, 0.1, 0.9)).astype(float)
    column = Column("call_recency_days", NUMBER, histogram={"missing": 1, "whole": False})
    model = tree.fit(
        TrainingRows([column], matrix, truth, np.arange(600), np.ones(600)), {"max_leaves": 2}, 0
    )
    node = replace(model.forest, threshold=np.where(model.forest.column < 0, 0, LARGEST).astype(np.float32))
    rules = rule_records(describe_tree(replace(model, forest=node), Calibration(), [column]))
    assert [rule["words"] for rule in rules] == ["no call so far", "call_recency_days is known"]
    assert rules[0]["sql"].endswith('"call_recency_days" IS NULL)')


def test_a_condition_that_a_later_one_implies_is_left_out() -> None:
    def condition(words: str, column: str, side: str) -> Condition:
        return Condition(words, words, "TRUE", (column, side))

    path = [
        condition("x is known", "x", KNOWN),
        condition("x 1 or more", "x", ABOVE),
        condition("y below 3", "y", BELOW),
        condition("x below 9", "x", BELOW),
        condition("x 2 or more", "x", ABOVE),
    ]
    assert [kept.words for kept in shorten(path)] == ["y below 3", "x below 9", "x 2 or more"]
