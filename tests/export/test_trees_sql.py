"""A tree in SQL leads each row to its leaf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlglot import exp

from churnkit.errors import ChurnkitError
from churnkit.export import syntax, trees_sql
from churnkit.export.dialects import DIALECTS
from churnkit.models.columns import CATEGORY, NUMBER, Column
from churnkit.models.encoding import EncodedColumn
from churnkit.models.forest import Forest
from tests.export.written import model_of, run
from tests.models.trees_by_hand import grown


def _stump(threshold: float, *, missing_left: bool) -> Forest:
    three = np.arange(3)
    return Forest(
        roots=np.zeros(1, dtype=np.int32), column=np.where(three, -1, 0).astype(np.int32),
        threshold=np.where(three, 0, threshold).astype(np.float32), left=np.array([1, -1, -1], dtype=np.int32),
        right=np.array([2, -1, -1], dtype=np.int32), missing_left=np.array([missing_left, False, False]),
        value=three.astype(float), cover=np.ones(3),
    )  # fmt: skip


def _leaves(forest: Forest, encoded: EncodedColumn, column: Column, values: np.ndarray) -> list[str]:
    tree = trees_sql.tree_sql(forest, 0, (encoded,), [column], lambda leaf: syntax.text("?lr"[leaf]))
    query = syntax.select([syntax.named(tree, "leaf")], syntax.table("rows"))
    return ["".join(run(syntax.render(query, DIALECTS["duckdb"]), {column.name: values})["leaf"])]


@pytest.mark.parametrize("missing_left", [False, True])
@pytest.mark.parametrize(
    ("lookup", "threshold", "expected"),
    [
        ((0.0, 1.0, 2.0), 0.5, "lrr"),  # a alone
        ((0.0, 2.0, 1.0), 1.5, "lrl"),  # a and other words
        ((1.0, 1.0, 0.0), 0.5, "rrl"),  # other words alone
        ((0.0, 0.0, 1.0), 0.5, "llr"),
        ((0.0, 0.0, 0.0), 0.5, "lll"),  # everything known, so the test is for missing values
        ((1.0, 1.0, 1.0), 0.5, "rrr"),
    ],
)
def test_words_are_tested_as_a_set(
    lookup: tuple[float, ...], threshold: float, expected: str, *, missing_left: bool
) -> None:
    column, rows = Column("plan", CATEGORY, ("a", "b")), np.array(["a", "b", "new", None], dtype=object)
    (found,) = _leaves(_stump(threshold, missing_left=missing_left), EncodedColumn(0, lookup), column, rows)
    assert found == expected + "rl"[missing_left]


@pytest.mark.parametrize("missing_left", [False, True])
@pytest.mark.parametrize("threshold", [0.0, 0.3, -1e-45, 3.4028235e38, -3.4028235e38, 16_777_217.0])
def test_a_number_is_compared_as_its_float32_without_one(threshold: float, *, missing_left: bool) -> None:
    single = np.float32(threshold)
    with np.errstate(over="ignore"):
        beside = np.array(
            [single, np.nextafter(single, np.float32(-9e38)), np.nextafter(single, np.float32(9e38))]
        )
        middle = (beside[0].astype(float) + beside[1:].astype(float).clip(-(2.0**128), 2.0**128)) / 2
        values = np.concatenate(
            [beside.astype(float), middle, np.nextafter(middle, -np.inf), np.nextafter(middle, np.inf)]
        )
        values = np.array([value for value in [*values, 1e300, -1e300, -0.0] if np.isfinite(value)])
        expected = "".join("lr"[int(not x < single)] for x in values.astype(np.float32))
    stump = _stump(threshold, missing_left=missing_left)
    (found,) = _leaves(stump, EncodedColumn(0), Column("x", NUMBER), np.append(values, np.nan))
    assert found == expected + "rl"[missing_left]


def test_ten_trees_are_a_column() -> None:
    model = model_of("xgboost")
    parameters = model.fitted.parameters
    chunks = trees_sql.chunks(grown(5, trees=21), parameters.design, model.columns)
    assert len(chunks) == 3
    assert [chunk.sql().count("+") for chunk in chunks] == [9, 9, 0]


def test_a_model_that_is_too_large_or_too_deep_is_refused_in_a_line() -> None:
    forest = grown(5)
    many = np.zeros(trees_sql.MOST_NODES + 1, dtype=np.int32)
    with pytest.raises(ChurnkitError, match=r"64,001 nodes.*up to 64,000.*score"):
        trees_sql.check_size(replace(forest, column=many))
    depth = trees_sql.MOST_DEPTH + 1
    at = np.arange(2 * depth + 1)
    chain = Forest(
        roots=np.zeros(1, dtype=np.int32), column=np.where((at % 2 == 0) & (at < 2 * depth), 0, -1),
        threshold=at.astype(np.float32), left=at + 1, right=at + 2, missing_left=at < 0, value=at / 1.0, cover=at + 1.0,
    )  # fmt: skip
    with pytest.raises(ChurnkitError, match="more than 64 questions"):
        trees_sql.tree_sql(chain, 0, (EncodedColumn(0),), [Column("x", NUMBER)], lambda leaf: exp.Null())
