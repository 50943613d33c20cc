"""A curve in SQL adds what the curve adds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.export import syntax
from churnkit.export.curves_sql import curve_sql
from churnkit.export.dialects import DIALECTS
from churnkit.models.columns import CATEGORY, NUMBER, Column
from churnkit.models.curves import LINEAR, Curve, contribution
from tests.export.written import BENT, LOGARITHM, ODD, WORDS, run

LINE = Curve(LINEAR, -2.0, 3.5, 0.25, 1.7, -0.9, 0.4)
EIGHTHS = st.integers(-4_000, 4_000).map(lambda whole: whole / 8)
FLAT = Curve(missing=0.3)


def _added(curve: Curve, column: Column, values: np.ndarray) -> list[float]:
    query = syntax.select([syntax.named(curve_sql(curve, column), "added")], syntax.table("rows"))
    return run(syntax.render(query, DIALECTS["duckdb"]), {column.name: values})["added"]


@pytest.mark.parametrize("curve", [BENT, LINE, LOGARITHM, FLAT], ids=["bent", "line", "logarithm", "flat"])
def test_a_curve_adds_the_same_on_and_beside_its_knots(curve: Curve) -> None:
    at = np.array([*(curve.points or [()])[0], curve.low, curve.high, np.expm1(curve.high), 1.0, -3.0])
    values = np.concatenate([at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf), ODD])
    expected = contribution(curve, values)
    assert _added(curve, Column("x", NUMBER), values) == pytest.approx(expected, rel=1e-14, abs=1e-14)


@given(
    at=st.lists(EIGHTHS, min_size=2, max_size=6, unique=True).map(sorted),
    values=st.lists(EIGHTHS, min_size=1, max_size=20),
    data=st.data(),
)
@settings(max_examples=10)
def test_any_bent_curve_adds_the_same_to_the_last_bits(
    at: list[float], values: list[float], data: st.DataObject
) -> None:
    added = data.draw(st.lists(EIGHTHS, min_size=len(at), max_size=len(at)))
    curve = Curve(points=(tuple(at), tuple(added)), missing=0.5)
    rows = np.array([*values, *at, np.nan])
    assert _added(curve, Column("x", NUMBER), rows) == pytest.approx(contribution(curve, rows), abs=1e-12)


def test_words_with_one_level_share_a_branch_and_other_words_have_the_last() -> None:
    column = Column("plan", CATEGORY, ("a", "b", "c"))
    curve = Curve(levels=(0.5, 0.1, 0.5, -0.2), missing=0.9)
    rows = np.array(["a", "b", "c", "new", "A", None], dtype=object)
    assert _added(curve, column, rows) == [0.5, 0.1, 0.5, -0.2, -0.2, 0.9]
    assert "IN ('a', 'c')" in curve_sql(curve, column).sql("duckdb")
    assert _added(WORDS, Column("plan", CATEGORY, ("a", "b")), rows) == [0.4, -0.3, 0.2, 0.2, 0.2, -0.1]


def test_a_category_without_words_has_only_others() -> None:
    rows = np.array(["a", None], dtype=object)
    assert _added(Curve(levels=(0.5,), missing=0.1), Column("plan", CATEGORY), rows) == [0.5, 0.1]
