"""Runs of rows of one customer: cut anywhere, they give whole customers, and one who comes again is found."""

from __future__ import annotations

from itertools import groupby, pairwise
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.eventlog import customer_runs
from churnkit.eventlog.customer_runs import ID, SIZE, Runs, SeenCustomers, find_runs, whole_customers

IDS = st.lists(st.sampled_from(["a", "b", "10", "9", "é", ""]), max_size=30)


def _texts(ids: list[str]) -> pl.Series:
    return pl.Series(ids, dtype=pl.String)


def _blocks(ids: list[str], cuts: list[int]) -> list[list[str]]:
    borders = sorted({0, len(ids), *(cut % (len(ids) + 1) for cut in cuts)})
    return [ids[start:end] for start, end in pairwise(borders)]


@given(IDS)
def test_runs_are_the_groups_of_equal_neighbours(ids: list[str]) -> None:
    assert find_runs(_texts(ids)).rows() == [(name, len([*rows])) for name, rows in groupby(ids)]


@given(IDS, st.lists(st.integers(0, 40), max_size=5))
def test_a_customer_who_comes_again_is_found_in_any_blocks(ids: list[str], cuts: list[int]) -> None:
    heads = [(name, len([*rows])) for name, rows in groupby(ids)]
    seen, row, found = SeenCustomers(), 0, None
    for block in _blocks(ids, cuts):
        try:
            seen.check(find_runs(_texts(block)), lambda at, row=row: f"log:{row + at}")  # type: ignore[misc]
        except ChurnkitError as error:
            found = str(error)
            break
        row += len(block)
    again = [place for place, (name, _) in enumerate(heads) if name in dict(heads[:place])]
    if not again:
        assert found is None
    else:
        first = sum(size for _, size in heads[: again[0]])
        assert str(found).startswith(f"log:{first}: the customer {heads[again[0]][0]!r} comes again")


@given(IDS, st.lists(st.integers(0, 40), max_size=5), st.integers(1, 12))
def test_parts_hold_whole_customers_and_all_rows_in_their_order(
    ids: list[str], cuts: list[int], rows: int
) -> None:
    ids = sorted(ids)
    numbered, start = [], 0
    for block in _blocks(ids, cuts):
        numbers = pl.DataFrame({"row": range(start, start + len(block))}, schema={"row": pl.Int64})
        numbered.append(Runs(find_runs(_texts(block)), numbers))
        start += len(block)
    with patch.object(customer_runs, "PART_ROWS", rows):
        parts = [*whole_customers(numbered)]
    rows_of = [
        (part.customers[int(place)], row)
        for part in parts
        for place, row in zip(part.owner, part.rows["row"], strict=True)
    ]
    assert rows_of == [(name, row) for row, name in enumerate(ids)]
    customers = [name for part in parts for name in part.customers]
    assert len(customers) == len(set(customers))


def test_runs_have_an_id_and_a_size() -> None:
    assert find_runs(_texts(["a", "a", "b"])).to_dict(as_series=False) == {ID: ["a", "b"], SIZE: [2, 1]}


def test_one_customer_may_go_on_in_the_next_block() -> None:
    seen = SeenCustomers()
    for ids in (["a", "b"], ["b", "c"], ["c"]):
        seen.check(find_runs(_texts(ids)), str)
    with pytest.raises(ChurnkitError, match="'b' comes again"):
        seen.check(find_runs(_texts(["c", "b"])), str)
