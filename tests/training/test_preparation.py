"""A table becomes features: columns are numbers, categories, or left out as ids, leaks and so on."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.models.columns import CATEGORY, NUMBER, encode_rows
from churnkit.training.preparation import PreparedColumns, prepare

ROWS = 400
RNG = np.random.default_rng(0)
TRUTH = (RNG.random(ROWS) < 0.3).astype(float)


def _prepare_column(name: str, texts: list[str | None], **more: object) -> PreparedColumns:
    rows = pl.DataFrame(
        {name: texts, "other": [str(i % 7) for i in range(ROWS)]}, schema_overrides={name: pl.String}
    )
    return prepare(rows, TRUTH, {}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        ([f"{i / 7:.3f}" for i in range(ROWS)], NUMBER),
        ([None if i % 3 else str(i % 50) for i in range(ROWS)], NUMBER),
        (["yes" if i % 3 else "no" for i in range(ROWS)], CATEGORY),
        ([f"00{i % 9}" for i in range(ROWS)], CATEGORY),
        (["a" if i % 2 else f"rare {i}" for i in range(ROWS)], CATEGORY),
    ],
    ids=["floats", "with gaps", "yes and no", "leading zeros", "one frequent word"],
)
def test_a_column_is_a_feature(texts: list[str | None], kind: str) -> None:
    prepared = _prepare_column("x", texts)
    assert [(c.name, c.type) for c in prepared.columns] == [("x", kind), ("other", NUMBER)]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([None] * ROWS, "empty in every row"),
        (["5"] * ROWS, "constant"),
        ([str(1000 + i) for i in range(ROWS)], "probably an id"),
        ([f"a remark, number {i}" for i in range(ROWS)], "free text"),
        (["2024-05-01"] * 9 + ["2024-05-02"] * (ROWS - 9), "a time"),
        ([" "] * 3 + [f"{i / 7:.3f}" for i in range(ROWS - 3)], "397 of 400 values are numbers"),
        ([None if t == 0 else "moved" if i % 2 else "price" for i, t in enumerate(TRUTH)], "filled only for customers who churned"),
        ([f"{t + RNG.random() / 3:.4f}" for t in TRUTH], "predicts churn almost perfectly"),
    ],
    ids=["empty", "constant", "id", "text", "time", "numbers and blanks", "filled for churners", "leak"],
)  # fmt: skip
def test_a_column_is_left_out_with_a_reason(texts: list[str | None], why: str) -> None:
    prepared = _prepare_column("x", texts)
    assert [c.name for c in prepared.columns] == ["other"]
    assert why in prepared.left_out["x"]


def test_a_leak_is_used_when_allowed() -> None:
    texts = [f"{t + RNG.random() / 3:.4f}" for t in TRUTH]
    assert "x" in _prepare_column("x", texts).leaks
    assert [c.name for c in _prepare_column("x", texts, allowed_leaks=["x"]).columns] == ["x", "other"]


def test_a_reserved_or_dropped_column_is_not_a_feature() -> None:
    rows = pl.DataFrame({"x": [str(i % 5) for i in range(ROWS)], "y": [str(i % 3) for i in range(ROWS)]})
    prepared = prepare(rows, TRUTH, {"x": "the id"})
    assert (prepared.left_out, [c.name for c in prepared.columns]) == ({"x": "the id"}, ["y"])
    assert [c.name for c in prepare(rows, TRUTH, {}, drop=["x"]).columns] == ["y"]
    assert [c.name for c in prepare(rows, TRUTH, {}, only=["x"]).columns] == ["x"]
    with pytest.raises(ChurnkitError, match="did you mean"):
        prepare(rows.rename({"x": "amount"}), TRUTH, {}, drop=["amont"])
    with pytest.raises(ChurnkitError, match="no column is left"):
        prepare(rows, TRUTH, {}, drop=["x", "y"])


def test_rows_are_encoded_as_they_were_prepared() -> None:
    rows = pl.DataFrame({"n": ["1", None, "3"] * 50, "c": ["a", "b", None] * 50})
    prepared = prepare(rows, np.array([0.0, 1.0] * 75), {})
    again = encode_rows(rows.with_columns(pl.col("n").cast(pl.Float64)), prepared.columns)
    assert np.array_equal(again, prepared.matrix, equal_nan=True)
    assert prepared.matrix[:3, 1].tolist()[:2] == [0.0, 1.0]


def test_a_column_in_another_notation_is_a_number_with_its_decimal_mark() -> None:
    rows = pl.DataFrame({"price": [f"{k % 7},5" for k in range(len(TRUTH))]})
    words = prepare(rows, TRUTH, {}, allowed_leaks=["price"])
    assert [column.type for column in words.columns] == ["category"]
    assert words.notations["price"].values == len(TRUTH)
    numbers = prepare(rows, TRUTH, {}, allowed_leaks=["price"], decimal=",")
    assert [column.type for column in numbers.columns] == ["number"]
    assert numbers.matrix[:, 0].tolist() == [k % 7 + 0.5 for k in range(len(TRUTH))]
    assert not numbers.notations


def test_a_category_is_known_if_five_customers_have_it() -> None:
    """One customer at six dates had it as well, when rows were counted."""
    customers = np.array([0] * 6 + [1, 2, 3, 4, 5] + [6, 7, 8, 9] + list(range(10, ROWS - 5)))
    words = ["private"] * 6 + ["rare"] * 5 + ["rarer"] * 4 + ["a", "b"] * ((ROWS - 15) // 2) + ["a"]
    (column, _) = _prepare_column("x", words, customers=customers).columns
    assert column.categories == ("a", "b", "rare")
    (by_row, _) = _prepare_column("x", words).columns
    assert by_row.categories == ("a", "b", "private", "rare")


def test_a_word_of_few_customers_is_not_told_in_the_reason() -> None:
    numbers = [f"{i / 7:.3f}" for i in range(ROWS - 6)]
    of_one, of_six = (
        _prepare_column("x", ["secret"] * 6 + numbers, customers=customers).left_out["x"]
        for customers in (np.maximum(np.arange(ROWS), 5), np.arange(ROWS))
    )
    assert "others are text; if that means missing: --null WORD" in of_one
    assert "others are text like 'secret'; if that means missing: --null 'secret'" in of_six
