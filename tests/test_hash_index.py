"""Hashes are found again, however they came."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from churnkit import hash_index
from churnkit.hash_index import HashIndex


@given(st.lists(st.lists(st.integers(0, 900)), max_size=12))
def test_each_hash_has_one_place_in_the_order_in_which_it_came(parts: list[list[int]]) -> None:
    index, order = HashIndex(), dict[int, int]()
    for part in parts:
        hashes = np.array(part, dtype=np.uint64) << np.uint64(7)  # many begin at the same slot
        assert index.places(hashes).tolist() == [order.get(h, -1) for h in hashes.tolist()]
        for h in hashes.tolist():
            order.setdefault(h, len(order))
        assert index.number(hashes).tolist() == [order[h] for h in hashes.tolist()]
        assert index.known.tolist() == [*order]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5))), st.booleans())
def test_hashes_are_counted_as_by_a_counter(rows: list[tuple[int, int]], are_weighted: bool) -> None:
    hashes = np.array([number for number, _ in rows], dtype=np.uint64) << np.uint64(60)
    weights = np.array([weight if are_weighted else 1 for _, weight in rows], dtype=np.int64)
    expected = Counter[int]()
    for key, weight in zip(hashes.tolist(), weights.tolist(), strict=True):
        expected[key] += weight
    different, counts = hash_index.count_hashes(hashes, weights if are_weighted else None)
    assert list(zip(different.tolist(), counts.tolist(), strict=True)) == sorted(expected.items())
    assert hash_index.distinct_hashes(hashes).tolist() == sorted(expected)


@given(st.lists(st.integers(0, 40)), st.sampled_from([0, 60]), st.sampled_from([0, 1 << 21]))
def test_distinct_hashes_have_a_row_each_and_each_row_its_own(
    numbers: list[int], shift: int, sorted_rows: int
) -> None:
    before, hash_index.SORTED_ROWS = hash_index.SORTED_ROWS, sorted_rows
    try:  # unshifted ones differ in the bits of the row alone
        hashes = np.array(numbers, dtype=np.uint64) << np.uint64(shift)
        firsts, codes = hash_index.distinct_places(hashes)
    finally:
        hash_index.SORTED_ROWS = before
    assert sorted(hashes[firsts].tolist()) == sorted(set(hashes.tolist()))
    assert hashes[firsts][codes].tolist() == hashes.tolist()


@given(st.lists(st.tuples(*[st.sampled_from([None, "", "a", "a longer text", "é"])] * 3), min_size=1))
def test_the_hash_of_a_row_is_made_of_the_hashes_of_its_values(rows: list[tuple[str | None, ...]]) -> None:
    table = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    hashes = hash_index.hash_columns(table)
    assert all((hashes[texts.name] == hash_index.hash_texts(texts)).all() for texts in table)
    of_rows = hash_index.combine_hashes([hashes[name] for name in table.columns])
    assert of_rows.tolist() == table.hash_rows(seed=0).to_list()
