"""Blocks of a log put together are the log: by customer, the rows of each in the order of the input."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.eventlog import log_blocks
from churnkit.eventlog.log_blocks import BlocksOfLog, block_of
from churnkit.hash_index import hash_texts

IDS = st.lists(
    st.lists(st.sampled_from(["b", "a", "0", "00", "long-name-of-a-customer"]), max_size=9), max_size=5
)


def _check(ids: list[list[str]], most_rows: int | None) -> None:
    blocks, line, rows = BlocksOfLog(), 0, list[tuple[str, int]]()
    for own in ids:
        lines = list(range(line, line + len(own)))
        line += len(own)
        rows += zip(own, lines, strict=True)
        blocks.add(
            block_of(
                pl.Series(own, dtype=pl.String), pl.DataFrame({"line": lines}, schema={"line": pl.Int64})
            )
        )
    parts = blocks.take_parts(most_rows)
    found = [
        (part.customers[owner], line)
        for part in parts
        for owner, line in sorted(
            zip(part.owner.tolist(), part.rows["line"], strict=True), key=lambda row: row[0]
        )
    ]
    assert found == sorted(rows, key=lambda row: row[0])
    names = [name for part in parts for name in part.customers]
    assert names == sorted({name for name, _ in rows})
    assert len(parts) <= 1 if most_rows is None else all(part.rows.height for part in parts)


@given(IDS, st.none() | st.integers(1, 20))
def test_parts_hold_the_rows_of_all_blocks_by_customer(ids: list[list[str]], most_rows: int | None) -> None:
    _check(ids, most_rows)


@pytest.mark.parametrize("bits", [0, 1], ids=["one hash for all", "two hashes"])
def test_customers_whose_ids_have_the_same_hash_stay_apart(
    bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(texts: pl.Series, seed: int) -> np.ndarray:
        return hash_texts(texts, seed) & np.uint64(bits) if seed == 1 else hash_texts(texts, seed)

    monkeypatch.setattr(log_blocks, "hash_texts", few)
    _check([["b", "a", "0"], ["a", "a", "a", "c", "c"], ["0", "b", "c", "d"]], 4)


def test_a_column_is_text_if_only_some_blocks_have_few_words() -> None:
    blocks = BlocksOfLog()
    blocks.add(block_of(pl.Series(["b"]), pl.DataFrame({"x": ["u"]})))
    blocks.add(block_of(pl.Series(["a"]), pl.DataFrame({"x": pl.Series(["v"], dtype=pl.Categorical)})))
    (part,) = blocks.take_parts(None)
    assert dict(zip(part.customers.gather(part.owner), part.rows["x"], strict=True)) == {"a": "v", "b": "u"}
