"""Importance and curves of a model: means of its contributions, by numpy and pandas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from churnkit.explanation.importance import (
    curve_records,
    importance_of_model,
    importance_of_rows,
    importance_records,
    pair_records,
    trace_curves,
)
from churnkit.models import MODELS, Fitted, kind_of
from churnkit.models.calibration import Calibration
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows, histogram, typical_value
from churnkit.models.pairs import Pair


def _fitted(kind: str) -> tuple[list[Column], Fitted, np.ndarray]:
    """x raises the risk, y lowers it, z does nothing, plan b has the highest risk."""
    rng = np.random.default_rng(0)
    matrix = np.column_stack([rng.normal(size=(900, 3)), rng.integers(0, 3, 900)]).astype(float)
    matrix[:50, 0] = np.nan
    odds = np.nan_to_num(matrix[:, 0]) - matrix[:, 1] + 2.0 * (matrix[:, 3] == 1)
    truth = (rng.random(900) < 1 / (1 + np.exp(-odds))).astype(float)
    plain = [*(Column(name, NUMBER) for name in "xyz"), Column("plan", CATEGORY, ("a", "b", "c"))]
    columns = [
        Column(
            c.name, c.type, c.categories, typical_value(c, matrix[:, k]), histogram(c, matrix[:, k]), 0.1 * k
        )
        for k, c in enumerate(plain)
    ]
    data = TrainingRows(columns, matrix, truth, np.arange(900), np.ones(900))
    return columns, Fitted(kind, kind_of(kind).fit(data, {}, 0), Calibration(0.9, 0.1)), matrix


@pytest.mark.parametrize("kind", MODELS)
def test_importance_is_the_mean_absolute_contribution_for_any_blocks(kind: str) -> None:
    columns, fitted, matrix = _fitted(kind)
    importances = importance_of_rows(columns, trace_curves(columns, fitted, [matrix[:100], matrix[100:]]))
    expected = np.abs(fitted.contributions(matrix)[1]).mean(axis=0)
    assert [weight.importance for weight in importances] == pytest.approx(expected.tolist())
    assert [weight.direction for weight in importances][:2] == [
        "more raises the risk",
        "more lowers the risk",
    ]
    assert importances[3].direction == "b raises the risk most"


@pytest.mark.parametrize("kind", MODELS)
def test_a_curve_is_the_mean_contribution_of_each_bin(kind: str) -> None:
    columns, fitted, matrix = _fitted(kind)
    records = curve_records(columns, trace_curves(columns, fitted, [matrix]))
    added = fitted.contributions(matrix)[1]
    for place, column in enumerate(columns):
        table = pd.DataFrame({"value": matrix[:, place], "added": added[:, place]})
        edges = [-np.inf, *(column.histogram or {}).get("edges", [0.5, 1.5]), np.inf]
        table["bin"] = pd.cut(table["value"], edges, right=False)
        expected = table.groupby("bin", observed=True)["added"].agg(["size", "mean"]).to_numpy().tolist()
        missing = table[table["value"].isna()]["added"]
        expected += [[len(missing), missing.mean()]] if len(missing) else []
        bins = [[r["rows"], r["contribution"]] for r in records if r["feature"] == column.name]
        assert np.array(bins) == pytest.approx(np.array(expected))


def test_without_rows_the_importance_comes_from_training() -> None:
    columns, fitted, matrix = _fitted("tree")
    curves = trace_curves(columns, fitted, [matrix[:0]])
    assert importance_of_rows(columns, curves) == importance_of_model(columns)
    assert [weight.importance for weight in importance_of_model(columns)] == [c.importance for c in columns]


def test_the_most_important_feature_comes_first_and_equal_ones_by_name() -> None:
    columns, fitted, _ = _fitted("tree")
    changed = [
        Column(c.name, c.type, c.categories, importance=0.5 if c.name in "zy" else 0.1) for c in columns
    ]
    records = importance_records(changed, fitted, importance_of_model(changed))
    assert [r["feature"] for r in records] == ["y", "z", "plan", "x"]


def test_an_odds_ratio_is_what_the_calibrated_log_odds_gain() -> None:
    columns, fitted, matrix = _fitted("logistic")
    records = {r["feature"]: r for r in importance_records(columns, fitted, importance_of_model(columns))}
    for place, column in enumerate(columns[:3]):
        lower, upper = (column.histogram or {})["quartiles"]
        rows = np.repeat(matrix[100:101], 2, axis=0)
        rows[:, place] = lower, upper
        gained = float(np.diff(fitted.log_odds(rows))[0])
        assert np.log(records[column.name]["odds_ratio_quartiles"]) == pytest.approx(gained)
        if records[column.name]["odds_ratio_per_unit"] is not None:
            per_unit = np.log(records[column.name]["odds_ratio_per_unit"])
            assert per_unit * (upper - lower) == pytest.approx(gained)
    assert records["plan"]["odds_ratio_quartiles"] is None


def test_a_curve_that_turns_has_the_place_of_the_lowest_and_the_highest_odds() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 100, 4_000).round()
    truth = (rng.random(4_000) < 1 / (1 + np.exp(2 - (x - 40) ** 2 / 500))).astype(float)
    plain = Column("x", NUMBER)
    column = Column("x", NUMBER, fill=50.0, histogram=histogram(plain, x))
    data = TrainingRows([column], x[:, None], truth, np.arange(4_000), np.ones(4_000))
    fitted = Fitted("logistic", kind_of("logistic").fit(data, {}, 0), Calibration(0.9, 0.1))
    (record,) = importance_records([column], fitted, importance_of_model([column]))
    assert record["lowest_at"] == pytest.approx(40, abs=12)
    assert record["highest_at"] >= 85
    ends = np.array([[record["lowest_at"]], [record["highest_at"]]])
    gained = float(np.diff(fitted.log_odds(ends))[0])
    assert record["odds_ratio_lowest_to_highest"] == pytest.approx(np.exp(gained))
    assert record["odds_ratio_per_unit"] is None


def test_features_that_act_together_are_named_in_their_records() -> None:
    columns, fitted, _ = _fitted("logistic")
    alone = importance_records(columns, fitted, importance_of_model(columns))
    assert all("together_with" not in record for record in alone)
    pairs = (Pair(0, 1, (0.0, 1.0), (0.0, 1.0), ((0.0,) * 2,) * 2, 0.0, 0.2),)
    pairs += (replace(pairs[0], second=2, importance=0.6),)
    together = replace(fitted, parameters=replace(fitted.parameters, pairs=pairs))
    slope, names = fitted.calibration.slope, [column.name for column in columns]
    assert pair_records(columns, together) == [
        {"features": [names[0], names[2]], "importance": pytest.approx(0.6 * slope)},
        {"features": names[:2], "importance": pytest.approx(0.2 * slope)},
    ]
    records = importance_records(columns, together, importance_of_model(columns))
    told = {record["feature"]: record["together_with"] for record in records}
    assert [told[name] for name in names] == [f"{names[2]}, {names[1]}", names[0], names[0], None]
