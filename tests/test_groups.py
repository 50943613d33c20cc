"""One number per combination, and back."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import groups, hash_index
from churnkit.errors import ChurnkitError
from churnkit.groups import (
    COUNTED,
    are_enough,
    combine_codes,
    first_of_runs,
    group_names,
    renumber,
    select_texts,
)

ROWS = st.integers(0, 40).flatmap(
    lambda rows: st.lists(
        st.tuples(
            st.integers(1, 9), st.lists(st.integers(0, 8), min_size=rows, max_size=rows)
        ).map(lambda column: (column[0], [code % column[0] for code in column[1]])),
        max_size=4,
    ).map(lambda columns: (rows, columns))
)  # fmt: skip


@given(ROWS)
def test_each_row_gets_its_own_values_as_name(given: tuple[int, list[tuple[int, list[int]]]]) -> None:
    rows, columns = given
    words = [[f"{place}.{code}" for code in range(size)] for place, (size, _) in enumerate(columns)]
    codes = [np.array(column, dtype=np.int64) for _, column in columns]
    numbers = combine_codes(codes, words, rows)
    there, (places,) = renumber(numbers)
    names = group_names(there, words)
    for row in range(rows):
        assert names[places[row]] == [f"{place}.{column[row]}" for place, (_, column) in enumerate(columns)]
    assert len({*numbers.tolist()}) == len(there)


@pytest.mark.parametrize("far", [5, COUNTED, 2**60])
def test_positions_are_the_same_for_small_and_large_numbers(far: int) -> None:
    one, other = np.array([far, 0, far]), np.array([3, far])
    there, (first, second) = renumber(one, other)
    assert there.tolist() == [0, 3, far]
    assert (first.tolist(), second.tolist()) == ([2, 0, 2], [1, 2])


@pytest.mark.parametrize("wide", [[range(2**21)] * 3, [range(1)] * 32], ids=["values", "columns"])
def test_more_combinations_than_numbers_are_refused(wide: list[range]) -> None:
    with pytest.raises(ChurnkitError, match="too many different values"):
        combine_codes([np.zeros(1, dtype=np.int64)] * len(wide), wide, 1)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 3).map(lambda k: k * 21_001**k) | st.integers(0, 2**62), max_size=40))
def test_the_order_of_rows_is_that_of_a_stable_sort(keys: list[int]) -> None:
    array = np.array(keys, dtype=np.int64)
    assert groups.stable_order(array).tolist() == np.argsort(array, kind="stable").tolist()


@given(st.lists(st.integers(0, 9), max_size=40))
def test_enough_customers_are_five_however_many_rows_each_has(groups: list[int]) -> None:
    most = max((groups.count(one) for one in groups), default=1)
    assert are_enough(np.array(groups, dtype=np.int64), most) == (len(set(groups)) >= 5)


@given(st.lists(st.one_of(st.none(), st.text("abc", max_size=3))), st.integers(1, 9))
def test_equal_texts_have_one_number(texts: list[str | None], rows: int) -> None:
    before, hash_index.CACHED_ROWS = hash_index.CACHED_ROWS, rows
    try:
        numbers = groups.number_texts(pl.Series(texts, dtype=pl.String)).tolist()
    finally:
        hash_index.CACHED_ROWS = before
    assert len(set(zip(texts, numbers, strict=True))) == len(set(texts)) == len(set(numbers))
    assert set(numbers) == set(range(len(set(texts))))


@given(st.lists(st.one_of(st.none(), st.text("abc", max_size=3))))
def test_distinct_texts_are_those_of_a_set_and_each_row_finds_its_own(texts: list[str | None]) -> None:
    firsts, codes = groups.distinct_texts(pl.Series(texts, dtype=pl.String))
    words = [texts[row] for row in firsts.tolist()]
    assert len(words) == len(set(words))
    assert [words[code] for code in codes.tolist()] == texts


def test_distinct_texts_with_one_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "hash_texts", lambda texts, seed: texts.hash(2).to_numpy() * (seed - 1))
    firsts, codes = groups.distinct_texts(pl.Series(["b", "a", None, "b"]))
    assert codes[0] == codes[3]
    assert sorted({codes[0], codes[1], codes[2]}) == [0, 1, 2] == list(range(len(firsts)))


def test_selected_texts_are_those_at_the_places_in_chunks_as_well() -> None:
    texts = pl.concat([pl.Series(["a", None, "b"]), pl.Series(["c", "a"])], rechunk=False)
    assert select_texts(texts, np.array([1, 2, 4])).to_list() == [None, "b", "a"]
    assert select_texts(texts, np.array([], dtype=np.intp)).to_list() == []


@given(st.lists(st.sampled_from(["a", "b", "", None]), max_size=12))
def test_runs_begin_where_a_text_differs_from_the_one_before(texts: list[str | None]) -> None:
    starts = [row for row, text in enumerate(texts) if row == 0 or text != texts[row - 1]]
    assert first_of_runs(pl.Series(texts, dtype=pl.String)).tolist() == starts
