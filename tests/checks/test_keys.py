"""Keys that came before."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from churnkit.checks.keys import KeySet, hash_rows, is_in_run


@given(st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=8))
def test_a_repeat_is_what_a_set_has_seen(blocks: list[list[int]]) -> None:
    keys, seen = KeySet(), set[int]()
    for block in blocks:
        expected = []
        for value in block:
            expected.append(value in seen)
            seen.add(value)
        assert keys.repeats(np.array(block, dtype=np.uint64)).tolist() == expected
    assert keys.seen == len(seen)
    assert len(keys.runs) <= 4  # each run is at least twice as long as the next


def test_beyond_the_limit_nothing_repeats() -> None:
    keys = KeySet(most=2)
    keys.repeats(np.array([1, 2], dtype=np.uint64))
    assert keys.is_full
    assert not keys.repeats(np.array([1], dtype=np.uint64)).any()


def test_rows_have_equal_hashes_if_all_their_values_are_equal() -> None:
    a, b = pl.Series(["1", "1", "2"]), pl.Series(["x", "x", "x"])
    one, two, three = hash_rows([a, b]).tolist()
    assert one == two != three
    assert not is_in_run(np.empty(0, dtype=np.uint64), hash_rows([a])).any()
