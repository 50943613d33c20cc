"""The PSI by its definition, and no alarm if nothing has changed."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.arrays import Floats
from churnkit.drift.psi import SIGNIFICANCE
from churnkit.drift.records import (
    TOO_FEW,
    DriftBase,
    UnseenValues,
    base_of_model,
    base_of_profile,
    drift_records,
)
from churnkit.drift.watch import Watch
from churnkit.models.columns import CATEGORY, NUMBER, Column, histogram
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.profile import Profile

RNG = np.random.default_rng(0)


def _columns(matrix: Floats) -> list[Column]:
    """Numbers, the last one a category of three values."""
    numbers = [Column(f"x{k}", NUMBER) for k in range(matrix.shape[1] - 1)]
    plain = [*numbers, Column("plan", CATEGORY, ("a", "b", "c"))]
    return [
        Column(c.name, c.type, c.categories, histogram=histogram(c, matrix[:, k]))
        for k, c in enumerate(plain)
    ]


def _records(
    base: Floats, new: Floats, customers: float | None = None, ids: pl.Series | None = None
) -> list[dict[str, object]]:
    """customers: of the base, its rows where not said. ids: of the new rows."""
    known = DriftBase(_columns(base), len(base) if customers is None else customers, {}, frozenset())
    watch = Watch(known.columns, known.customers)
    watch.see(new, ids)
    return drift_records(known, watch, UnseenValues(known.columns))


def _table(rows: int, rng: np.random.Generator) -> Floats:
    """Counts, amounts with many zeros, gaps, and a category."""
    matrix = np.column_stack(
        [rng.poisson(3, rows), rng.gamma(1, 9, rows), rng.normal(size=rows), rng.integers(0, 3, rows)]
    )
    matrix = matrix.astype(float)
    matrix[rng.random(rows) < 0.8, 1] = 0
    matrix[rng.random(rows) < 0.1, 2] = np.nan
    return matrix


def test_psi_is_the_sum_over_bins_of_its_definition() -> None:
    base, new = _table(5_000, RNG), _table(4_000, RNG)
    new[:, 0] += 1
    for record in _records(base, new):
        place = ["x0", "x1", "x2", "plan"].index(str(record["column"]))
        old, now = base[:, place], new[:, place]
        if record["kind"] == "category":
            bins = [(part == k) for k in range(3) for part in (old, now)]
        else:
            edges = [-np.inf, *(histogram(Column("x", NUMBER), old)["edges"]), np.inf]
            bins = [
                (part >= low) & (part < high)
                for low, high in itertools.pairwise(edges)
                for part in (old, now)
            ]
        if record["kind"] == "category":  # missing has no rows, and is folded into the others
            bins += [np.zeros(len(old), bool), np.zeros(len(now), bool)]
        else:
            bins += [np.isnan(old), np.isnan(now)]
        bins = [b for pair in zip(bins[::2], bins[1::2], strict=True) if any(map(np.any, pair)) for b in pair]
        p = np.array([b.sum() + 0.5 for b in bins[::2]])
        q = np.array([b.sum() + 0.5 for b in bins[1::2]])
        p, q = p / p.sum(), q / q.sum()
        assert record["psi"] == pytest.approx(float(np.sum((q - p) * np.log(q / p))))


def test_unchanged_tables_alarm_in_less_than_two_in_a_hundred() -> None:
    alarms, tables = 0, 150
    for seed in range(tables):
        rng = np.random.default_rng(seed)
        records = _records(_table(rng.integers(60, 400), rng), _table(rng.integers(60, 400), rng))
        alarms += any(record["drifted"] for record in records)
    assert alarms <= 0.02 * tables


def test_the_rows_of_one_customer_are_counted_once() -> None:
    rng = np.random.default_rng(1)
    base, new = _table(120, rng), _table(120, rng)
    panel = [np.repeat(part, 20, axis=0) for part in (base, new)]
    by_rows = [r["p"] for r in _records(*panel)]
    ids = pl.Series(np.repeat(np.arange(120), 20)).cast(pl.String)
    by_customers = [r["p"] for r in _records(*panel, 120, ids)]
    assert min(by_rows) < SIGNIFICANCE / 4  # type: ignore[type-var]
    assert min(by_customers) > SIGNIFICANCE / 4  # type: ignore[type-var]


def test_a_real_shift_is_found_and_too_few_rows_are_reported() -> None:
    rng = np.random.default_rng(2)
    base, new = _table(3_000, rng), _table(3_000, rng)
    new[:, 2] += 0.8
    found = {r["column"]: r for r in _records(base, new)}
    assert found["x2"]["drifted"]
    assert not found["x0"]["drifted"]
    few = _records(base[:60], base[60:120])
    assert all(r["note"] == TOO_FEW for r in few if r["kind"] == "number" and r["psi"] <= 0.25)


@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.5, -3.0]) | st.floats(-1e9, 1e9), min_size=1, max_size=80)
)
def test_a_profile_and_a_model_have_the_same_bins(numbers: list[float]) -> None:
    array = np.array(numbers)
    by_profile = Distribution.of(array, np.ones((1, len(array)), dtype=np.int64)).tenths()
    by_model = histogram(Column("x", NUMBER), array)
    assert by_profile == {name: by_model[name] for name in ("edges", "rows")}
    heaviest = max(numbers.count(number) for number in numbers)
    if heaviest > len(numbers) / 10 and len(set(numbers)) > 1:
        assert len(by_profile["rows"]) > 2


def test_values_that_the_base_does_not_have_are_counted() -> None:
    column = Column("plan", CATEGORY, ("a", "b"))
    unseen = UnseenValues([column])
    unseen.see(pl.DataFrame({"plan": ["a", "x", "x", "y", None]}))
    unseen.see(pl.DataFrame({"plan": ["x", "b"]}))
    assert unseen.counts["plan"] == {"x": 3, "y": 1}


@given(st.permutations([*"cdefghij", "z", "z"]))
def test_new_values_come_by_their_rows_and_equal_ones_by_their_text(values: list[str]) -> None:
    column = Column("plan", CATEGORY, ("a", "b"))
    unseen = UnseenValues([column])
    unseen.see(pl.DataFrame({"plan": values}))
    assert unseen.most(column, 4) == ["z", "c", "d", "e"]


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=60))
def test_a_profile_counts_its_customers_as_the_new_rows_are_counted(ids: list[str | None]) -> None:
    profile = Profile()
    for step in profile.steps(pl.DataFrame({"id": pl.Series(ids, dtype=pl.String), "x": "1"})).values():
        step()
    base = base_of_profile(profile.records(0, ""), "id")
    rows = [ids.count(word) for word in set(ids)]
    assert base.customers == pytest.approx(sum(rows) ** 2 / sum(k * k for k in rows))
    watch = Watch(base.columns, base.customers)
    watch.see(np.ones((len(ids), 1)), pl.Series(ids, dtype=pl.String))
    assert watch.customers.effective == pytest.approx(base.customers)


def test_the_profile_and_the_model_of_an_older_version_are_still_a_base() -> None:
    profile = Profile()
    for step in profile.steps(pl.DataFrame({"id": ["a", "a", "b"], "x": ["1", "2", "3"]})).values():
        step()
    records = [{k: v for k, v in r.items() if k != "distinct_effective"} for r in profile.records(0, "")]
    assert base_of_profile(records, "id").customers == 2
    columns = _columns(_table(60, RNG))
    assert base_of_model(columns, {"rows": 60, "customers": 5}).customers is None
    assert base_of_model(columns, {"effective_customers": 4.5}).customers == 4.5


def test_what_reveals_the_date_is_named_and_not_compared() -> None:
    profile = Profile()
    dates = [f"2024-0{1 + row // 40}-01" for row in range(160)]
    table = {"as_of": dates, "id": [f"c{row % 40}" for row in range(160)]}
    table["tenure_days"] = [str(30 * (row // 40) + row % 5) for row in range(160)]
    table["amount"] = [str(row % 13) for row in range(160)]
    for step in profile.steps(pl.DataFrame(table)).values():
        step()
    base = base_of_profile(profile.records(0, ""), "id")
    assert [column.name for column in base.columns] == ["amount"]
    assert base.left_out["tenure_days"] == "it reveals the date, so it always moves"
    known = _columns(_table(60, RNG))
    model = base_of_model(known, {"effective_customers": 60}, clocks=[known[0].name])
    assert known[0] not in model.columns
    assert known[0].name in model.left_out
