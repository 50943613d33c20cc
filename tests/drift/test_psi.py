"""How far a column has moved: the index by its formula, and what chance passes."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.drift.psi import chance_limit, chi_square_above, psi
from churnkit.drift.watch import Watch
from churnkit.models.columns import CATEGORY, NUMBER, Column, histogram


def test_the_index_is_the_symmetric_divergence_of_the_shares() -> None:
    base, new = np.array([100.0, 300.0, 600.0]), np.array([300.0, 300.0, 400.0])
    p, q = (base + 0.5) / 1001.5, (new + 0.5) / 1001.5
    assert psi(base, new) == pytest.approx((p * np.log(p / q)).sum() + (q * np.log(q / p)).sum())
    assert psi(base, base * 3) == pytest.approx(0, abs=1e-6)


def test_chance_alone_passes_the_limit_as_often_as_said() -> None:
    rng = np.random.default_rng(5)
    shares = np.full(10, 0.1)
    limit = chance_limit(10, 2_000, 500, 0.05)
    draws = 2_000
    passed = sum(
        psi(rng.multinomial(2_000, shares), rng.multinomial(500, shares)) > limit for _ in range(draws)
    )
    assert passed / draws == pytest.approx(0.05, abs=0.015)


def _column(kind: str, values: np.ndarray, categories: tuple[str, ...] = ()) -> Column:
    column = Column("x", kind, categories)
    return Column("x", kind, categories, None, histogram(column, values))


@pytest.mark.parametrize(
    ("moved", "words"),
    [(lambda x: x + 2, "mean"), (lambda x: np.where(np.arange(len(x)) % 2, np.nan, x), "missing")],
    ids=["its mean", "its gaps"],
)
def test_a_number_that_has_moved_is_told(moved, words: str) -> None:  # type: ignore[no-untyped-def]
    values = np.random.default_rng(1).normal(size=2_000)
    watch = Watch([_column(NUMBER, values)])
    watch.see(moved(values)[:, None])
    assert words in watch.moved()[0]


def test_a_category_that_has_moved_is_told_and_one_that_has_not_is_not() -> None:
    values = np.arange(1_000) % 2.0
    column = _column(CATEGORY, values, ("a", "b"))
    still, moved = Watch([column]), Watch([column])
    still.see(values[:, None])
    moved.see(np.zeros((1_000, 1)))
    assert still.moved() == []
    assert "a was 50% of the rows, now 100%" in moved.moved()[0]


def test_a_few_rows_say_nothing() -> None:
    values = np.random.default_rng(1).normal(size=2_000)
    watch = Watch([_column(NUMBER, values)])
    watch.see(values[:5, None])
    assert watch.moved() == []


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 10, 51, 400, 5_001])
def test_the_tail_of_chi_square_is_that_of_scipy(freedom: int) -> None:
    chdtrc = pytest.importorskip("scipy.special").chdtrc
    for x in (0.0, 1e-9, 0.3, 1.0, freedom / 2, freedom, 1.5 * freedom, 3.0 * freedom + 9, 1e4, 1e7):
        assert chi_square_above(x, freedom) == pytest.approx(chdtrc(freedom, x), rel=1e-9, abs=1e-300)
