"""The rows of `score` and `drift`, counted in bins: the sentences about drift, and the customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.arrays import Floats
from churnkit.drift.watch import Watch, WordCounts
from churnkit.models.columns import CATEGORY, NUMBER, Column, category_codes, histogram


def _column(kind: str, values: Floats, categories: tuple[str, ...] = ()) -> Column:
    column = Column("x", kind, categories)
    return Column("x", kind, categories, None, histogram(column, values))


def _ids(customers: int, rows: int) -> pl.Series:
    return pl.Series([f"c{k}" for k in range(customers) for _ in range(rows)])


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (lambda x: x + 2, "x: mean"),
        (lambda x: np.where(np.arange(len(x)) % 2, np.nan, x), "50% now"),
    ],
    ids=["its mean", "its gaps"],
)
def test_a_number_that_has_drifted_is_reported(moved, words: str) -> None:  # type: ignore[no-untyped-def]
    values = np.random.default_rng(1).normal(size=2_000)
    watch = Watch([_column(NUMBER, values)], 2_000)
    watch.see(moved(values)[:, None])
    assert words in watch.moved()[0]


def test_only_a_category_that_has_drifted_is_reported() -> None:
    values = np.arange(1_000) % 2.0
    column = _column(CATEGORY, values, ("a", "b"))
    still, moved = Watch([column], 1_000), Watch([column], 1_000)
    still.see(values[:, None])
    moved.see(np.zeros((1_000, 1)))
    assert still.moved() == []
    assert "share of a: 50% in training, 100% now" in moved.moved()[0]


def test_a_few_rows_do_not_raise_an_alarm() -> None:
    values = np.random.default_rng(1).normal(size=2_000)
    watch = Watch([_column(NUMBER, values)], 2_000)
    watch.see(values[:5, None])
    assert watch.moved() == []


def test_rows_of_sixty_customers_count_as_sixty_however_they_are_split() -> None:
    """Twelve equal rows of a customer weigh no more than one."""
    rng = np.random.default_rng(2)
    base, new = rng.normal(size=60), rng.normal(size=60) + 0.3
    often = Watch([_column(NUMBER, np.repeat(base, 12))], 60)
    for rows, ids in zip(
        np.array_split(np.repeat(new, 12), 7), np.array_split(_ids(60, 12).to_numpy(), 7), strict=True
    ):
        often.see(rows[:, None], pl.Series(ids, dtype=pl.String))
    once = Watch([_column(NUMBER, base)], 60)
    once.see(new[:, None], _ids(60, 1))
    assert often.shift(often.columns[0]).p == pytest.approx(once.shift(once.columns[0]).p)
    assert often.shift(often.columns[0]).psi == pytest.approx(once.shift(once.columns[0]).psi)


def test_a_base_without_a_number_of_customers_is_compared_by_rows() -> None:
    values = np.random.default_rng(3).normal(size=600)
    column = _column(NUMBER, values)
    with_ids, without = Watch([column], None), Watch([column], 600)
    with_ids.see(values[:300, None], _ids(30, 10))
    without.see(values[:300, None])
    assert with_ids.shift(column) == without.shift(column)


@pytest.mark.parametrize("rows_each", ["12", "geometric", "zipf"])
def test_unchanged_customers_raise_few_alarms(rows_each: str) -> None:
    """By rows, nearly each of the 25 runs alarms; by customers, one would be too many but for chance."""
    alarms = {"customers": 0, "rows": 0}
    for seed in range(25):
        rng = np.random.default_rng(seed)
        sides = []
        for _ in range(2):
            rows = {
                "12": np.full(60, 12),
                "geometric": rng.geometric(0.1, 60),
                "zipf": np.minimum(rng.zipf(1.6, 60), 1_000),
            }[rows_each]
            table = np.repeat(rng.normal(size=(60, 10)), rows, axis=0)
            ids = pl.Series(np.repeat(np.arange(60), rows)).cast(pl.String)
            sides.append((table, ids, rows.sum() ** 2 / (rows**2).sum()))
        (base, _, customers), (new, ids, _) = sides
        columns = [
            Column(f"x{k}", NUMBER, histogram=histogram(Column("x", NUMBER), base[:, k])) for k in range(10)
        ]
        for name, watch in (("customers", Watch(columns, customers)), ("rows", Watch(columns, None))):
            watch.see(new, ids)
            alarms[name] += bool(watch.moved())
    assert alarms["customers"] <= 2
    assert alarms["rows"] >= 19


@given(st.lists(st.sampled_from(["Yes", "no", "true", "x", "", None]), min_size=1))
def test_words_that_are_counted_first_fall_into_the_bins_of_their_rows(texts: list[str | None]) -> None:
    values = pl.Series("x", texts, dtype=pl.String)
    column = Column("x", CATEGORY, ("Yes", "no"), None, {"rows": [1, 1, 0], "missing": 0})
    watch = Watch([column])
    by_row = watch.count({"x": category_codes(values, column)}, len(texts))
    by_word = watch.count({"x": WordCounts.of(values)}, len(texts))
    assert by_word.rows["x"].tolist() == by_row.rows["x"].tolist()


def _side(rng: np.random.Generator, columns: int, spread: float = 1.0) -> Floats:
    """(400, columns) of customers; the spread changes the first column alone."""
    return rng.normal(size=(400, columns)) * np.append(spread, np.ones(columns - 1))


@pytest.mark.parametrize("columns", [1, 30])
def test_a_column_moves_where_its_chance_is_below_five_of_a_thousand_over_the_columns(columns: int) -> None:
    """The help promises .005 / columns, for the PSI and for the values outside; scipy has both tails."""
    special = pytest.importorskip("scipy.special")
    k = np.arange(401)
    ways = special.gammaln(401) - special.gammaln(k + 1) - special.gammaln(401 - k)
    chance = np.exp(ways + special.betaln(k + 2, 799 - k) - special.betaln(2, 399))  # of k values outside
    rng = np.random.default_rng(6)
    decided = []
    for spread in np.linspace(1, 1.5, 20):
        base, new = _side(rng, columns), _side(rng, columns, spread)
        watch = Watch([replace(_column(NUMBER, x), name=f"x{k}") for k, x in enumerate(base.T)], 400)
        watch.see(new)
        column = watch.columns[0]
        shift, outside = watch.shift(column, 0), watch.outside(column, 0)
        p = special.chdtrc(9, shift.psi / (2 / 398))
        beyond = np.count_nonzero((new[:, 0] < base[:, 0].min()) | (new[:, 0] > base[:, 0].max()))
        p_outside = chance[beyond:].sum()
        assert shift.drifted == (p < 0.005 / columns)
        assert outside is not None
        assert outside.drifted == (p_outside < 0.005 / columns)
        decided.append((p < 0.005, p < 0.005 / 30, p_outside < 0.005, p_outside < 0.005 / 30))
    often = np.sum(decided, axis=0)
    assert often[0] > often[1] > 0  # some are decided by the number of columns
    assert often[2] > often[3] > 0
