"""Hashes are found again, however they came."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
