"""The reasons in SQL are those of `explain`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from churnkit.explanation.reasons import explain_rows, reasons_table
from churnkit.models.columns import CATEGORY, NUMBER, Column
from churnkit.models.model_file import Model
from tests.export.written import matrix_of, model_of, rows_of, run, sql_of

COLUMNS = [
    Column("x", NUMBER, fill=1.5), Column("plan", CATEGORY, ("a", "b"), fill="it's"), Column("y", NUMBER, fill=3.0),
]  # fmt: skip


def _explained(model: Model, values: dict[str, Any], most: int) -> list[dict[str, Any]]:
    matrix = matrix_of(model, values)
    rows = explain_rows(model.fitted, [], matrix)
    return reasons_table(model.columns, rows, most).drop("churn_probability", "base").to_dicts()


def check_reasons(found: dict[str, list[Any]], model: Model, rows: dict[str, Any], most: int) -> None:
    """Checks the columns that a database returned for these rows, with this many reasons."""
    assert [*found][2:] == [*_explained(model, rows, most)[0]]
    by_id = {key: place for place, key in enumerate(found["id"])}
    for key, expected in zip(rows["id"], _explained(model, rows, most), strict=True):
        for name, value in expected.items():
            got = found[name][by_id[key]]
            if isinstance(value, float):
                assert math.isclose(got, value, rel_tol=1e-12, abs_tol=1e-12)
            elif name.startswith("value") and str(value)[-1:].isdigit():
                assert float(got) == float(value)
            else:
                assert got == value


@pytest.mark.parametrize("kind", ["logistic", "tree"])
@pytest.mark.parametrize("most", [1, 2, 4])
def test_reasons_values_and_contributions_are_those_of_explain(kind: str, most: int) -> None:
    model = model_of(kind, COLUMNS)
    rows = rows_of(model, 12)
    check_reasons(run(sql_of(model, reasons=most), rows), model, rows, most)


def test_equal_contributions_are_in_the_order_of_the_columns_and_none_twice() -> None:
    model = model_of("logistic", COLUMNS)
    curves = model.fitted.parameters.curves
    same = tuple(replace(curve, missing=size) for curve, size in zip(curves, (-0.5, 0.5, 0.5), strict=True))
    parameters = replace(model.fitted.parameters, curves=same)
    model = replace(model, fitted=replace(model.fitted, parameters=parameters))
    rows = {
        "id": np.array(["1"], dtype=object),
        "x": np.array([np.nan]),
        "plan": np.array([None], dtype=object),
        "y": np.array([np.nan]),
    }
    found = run(sql_of(model, reasons=3), rows)
    assert [found[f"reason_{k}"] for k in (1, 2, 3)] == [["x"], ["plan"], ["y"]]
    assert [found[f"contribution_{k}"] for k in (1, 2, 3)] == [[-0.4], [0.4], [0.4]]
    assert [found[f"typical_{k}"] for k in (1, 2, 3)] == [["1.5"], ["it's"], ["3"]]


def test_a_model_of_one_column_has_one_reason_and_empty_others() -> None:
    model = model_of("logistic", COLUMNS)
    parameters = replace(model.fitted.parameters, curves=model.fitted.parameters.curves[:1])
    one = replace(model, columns=COLUMNS[:1], fitted=replace(model.fitted, parameters=parameters))
    found = run(sql_of(one, reasons=2), {"id": np.array(["1"], dtype=object), "x": np.array([0.1])})
    assert (found["reason_1"], found["value_1"]) == (["x"], ["0.1"])
    assert (found["reason_2"], found["contribution_2"]) == ([None], [None])


def test_digits_round_contributions_too() -> None:
    model = model_of("tree", COLUMNS)
    found = run(sql_of(model, reasons=1, digits=3), rows_of(model, 3))
    assert all(str(x)[::-1].find(".") == 3 for x in [*found["contribution_1"], *found["churn_probability"]])
