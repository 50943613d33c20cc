"""Rows chosen by a column: whole customers, and the same share of each value."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.sampling import by_column, drawing
from churnkit.sampling.by_column import LeftOut
from tests.sampled import IDS, TABLES, fields, sampled, written


@given(TABLES, st.integers(1, 5), st.integers(0, 9), st.floats(0, 1))
def test_shards_are_disjoint_and_complete_and_a_sample_has_shards_too(
    path: str, rows: list[tuple[str, str, str]], shards: int, seed: int, rate: float
) -> None:
    data = written(rows)
    parts = [
        fields(sampled(path, data, by="customer_id", rate=rate, seed=seed, shard=(k, shards)))[1:]
        for k in range(1, shards + 1)
    ]
    whole = fields(sampled(path, data, by="customer_id", rate=rate, seed=seed))[1:]
    assert Counter(tuple(row) for part in parts for row in part) == Counter(map(tuple, whole))
    ids = [{row[1] for row in part} for part in parts]
    assert sum(len(some) for some in ids) == len({row[1] for row in whole})


@given(TABLES, st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_sample_of_customers_is_a_subset_of_a_larger_one(
    path: str, rows: list[tuple[str, str, str]], one: float, other: float
) -> None:
    small, large = (
        {row[1] for row in fields(sampled(path, written(rows), by="customer_id", rate=rate))[1:]}
        for rate in sorted((one, other))
    )
    assert small <= large


@given(TABLES, st.integers(0, 12), st.integers(0, 9))
def test_exactly_n_customers_are_kept_with_all_their_rows_in_order(
    path: str, rows: list[tuple[str, str, str]], size: int, seed: int
) -> None:
    found = fields(sampled(path, written(rows), by="customer_id", size=size, seed=seed))[1:]
    kept = {row[1] for row in found}
    ids = {row[1] for row in rows}
    assert len(kept) == min(size, len(ids))
    assert found == [list(row) for row in rows if row[1] in kept]
    assert kept == set(sorted(ids, key=lambda i: drawing.hash_customer(i.encode(), seed)[0])[:size])


@given(TABLES, st.integers(0, 50), st.integers(0, 9))
def test_n_rows_keep_each_value_at_its_share(
    path: str, rows: list[tuple[str, str, str]], size: int, seed: int
) -> None:
    found = fields(sampled(path, written(rows), stratify="customer_id", size=size, seed=seed))[1:]
    counts = Counter(row[1] for row in rows)
    kept = Counter(row[1] for row in found)
    assert len(found) == min(size, len(rows))
    for value, rows_of in counts.items():
        assert abs(kept[value] - min(size, len(rows)) * rows_of / len(rows)) < 1


@given(TABLES, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 9))
def test_the_share_is_kept_for_each_value_and_in_total(
    path: str, rows: list[tuple[str, str, str]], rate: float, seed: int
) -> None:
    found = fields(sampled(path, written(rows), stratify="customer_id", rate=rate, seed=seed))[1:]
    counts = Counter(row[1] for row in rows)
    kept = Counter(row[1] for row in found)
    assert abs(len(found) - rate * len(rows)) <= 0.5
    for value, rows_of in counts.items():
        assert abs(kept[value] - rate * rows_of) < 1
    left = iter([list(row) for row in rows])
    assert all(row in left for row in found)  # in their order


def test_a_column_with_too_many_values_cannot_be_stratified(path: str) -> None:
    data = "customer_id\n" + "".join(f"{i}\n" for i in range(by_column.MOST_STRATA + 1))
    with pytest.raises(ChurnkitError, match="--by"):
        sampled(path, data.encode(), stratify="customer_id")


def test_decisions_are_the_same_after_the_cache_is_emptied(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (
        "customer_id,x\n" + "".join(f"{random.Random(i).randrange(300)},{i}\n" for i in range(3_000))
    ).encode()
    whole = sampled(path, data, by="customer_id", rate=0.4)
    monkeypatch.setattr(by_column, "MOST_DECISIONS", 7)
    assert sampled(path, data, by="customer_id", rate=0.4) == whole


@given(
    TABLES,
    st.sets(IDS, max_size=4),
    st.sampled_from([{}, {"size": 3}, {"rate": 0.5}, {"shard": (2, 3)}, {"size": 2, "shard": (1, 2)}]),
)
def test_without_some_customers_a_table_gives_what_it_gives_when_their_rows_are_cut_out(
    path: str, rows: list[tuple[str, str, str]], ids: set[str], how: dict[str, object]
) -> None:
    left_out = LeftOut(frozenset(one.encode() for one in ids))
    others = [row for row in rows if row[1] not in ids]
    found = sampled(path, written(rows), by="customer_id", left_out=left_out, **how)
    assert found == sampled(path, written(others), by="customer_id", **how)
    assert left_out.found == {one.encode() for one in ids & {row[1] for row in rows}}
