"""Reasons are the largest contributions of a row, with the values from the table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.explanation.reasons import find_reasons, shown_value
from churnkit.models.columns import CATEGORY, NUMBER, Column

COLUMNS = [
    Column("x", NUMBER, fill=3.0),
    Column("plan", CATEGORY, ("a", "b"), fill="b"),
    Column("y", NUMBER, fill=None),
    Column("z", NUMBER, fill=0.5),
]
ROW = st.lists(st.integers(-3, 3).map(float), min_size=4, max_size=4)


@given(st.lists(ROW, min_size=1, max_size=6), st.integers(0, 5))
def test_reasons_are_the_largest_contributions_and_equal_ones_keep_column_order(
    added: list[list[float]], most: int
) -> None:
    reasons_by_row = find_reasons(COLUMNS, np.zeros((len(added), 4)), np.array(added), most)
    for reasons, parts in zip(reasons_by_row, added, strict=True):
        order = sorted(range(4), key=lambda k: -abs(parts[k]))[: most or 4]
        assert [r["feature"] for r in reasons] == [COLUMNS[k].name for k in order]
        assert [r["contribution"] for r in reasons] == [parts[k] for k in order]


def test_a_reason_has_the_value_of_its_row_and_the_typical_value() -> None:
    (reasons,) = find_reasons(
        COLUMNS, np.array([[7.0, 0.0, np.nan, 0.25]]), np.array([[4.0, 3.0, 2.0, 1.0]]), 0
    )
    values = [(r["value"], r["typical"]) for r in reasons]
    assert values == [(7, 3), ("a", "b"), (None, None), (0.25, 0.5)]
    assert [type(value) for value, _ in values] == [int, str, type(None), float]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [(1, 1.0, "b"), (1, 2.0, "other"), (1, np.nan, None), (0, -2.0, -2), (0, 1e300, 1e300), (0, 0.1, 0.1)],
)
def test_a_value_is_shown_as_in_the_table(column: int, value: float, shown: object) -> None:
    assert shown_value(COLUMNS[column], value) == shown
