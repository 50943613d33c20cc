"""The type of a column fits all of its texts, whichever function decides it."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import casts, notations, types

NUMBERS = ["1", "-2", "+3", "007", "0", "0.5", "00.5", "1e3", " 4", "12345678901234567890123", "NaN"]
TIMES = ["2024-05-01", "2024-02-30", "2024-05-01T10:00:00Z"]
WORDS = st.sampled_from([*NUMBERS, *TIMES, "true", "False", "yes", "no", "x", " "])
COLUMN = st.lists(WORDS, min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-2", "+3"], types.INTEGER),
        (["1", "2.5"], types.FLOAT),
        (["12345678901234567890123"], types.INTEGER),
        (["00123", "124"], types.TEXT),
        (["0", "0.5", "-0.5"], types.FLOAT),
        (["01.5"], types.TEXT),
        (["0", "1"], types.INTEGER),
        (["true", "FALSE"], types.BOOLEAN),
        (["true", "no"], types.TEXT),
        (["2024-05-01", "2024-05-01T10:00:00Z"], types.TIMESTAMP),
        (["2024-02-30"], types.TEXT),
        (["2024-05-01 10:00:00+00", " 2024-05-01 10:00:00.25 UTC"], types.TIMESTAMP),
        (["1" for _ in range(500)] + ["x"], types.TEXT),
        ([None, None], types.TEXT),
        (["NaN"], types.TEXT),
    ],
)  # fmt: skip
def test_a_type_fits_every_value(texts: list[str | None], kind: str) -> None:
    assert types.type_of(pl.Series(texts, dtype=pl.String)) == kind


def test_texts_among_numbers_are_counted() -> None:
    texts = pl.Series(["1", "2", " ", " ", "NA", None])
    assert types.numeric_share(texts) == (2, [" ", "NA"])


@given(st.lists(COLUMN, min_size=1, max_size=4))
def test_columns_have_the_same_types_together_and_alone(columns: list[list[str]]) -> None:
    sizes = [len(column) for column in columns]
    judged = types.text_traits(pl.Series([text for column in columns for text in column]))
    judged = judged.with_columns(pl.Series("column", np.repeat(np.arange(len(columns)), sizes)))
    alone = [types.type_of(pl.Series(column)) for column in columns]
    assert [kind for kind, _ in types.types_of(judged, list(accumulate(sizes)))] == alone


@given(st.lists(st.integers(-(10**25), 10**25), min_size=1, max_size=9), st.data())
def test_whole_numbers_keep_all_their_digits(numbers: list[int], data: st.DataObject) -> None:
    signs = [data.draw(st.sampled_from(["", "+"])) if number >= 0 else "" for number in numbers]
    texts = pl.Series([f"{sign}{number}" for sign, number in zip(signs, numbers, strict=True)])
    assert types.are_whole(texts)
    assert types.whole_ends(texts) == (min(numbers), max(numbers))


@pytest.mark.parametrize(
    ("text", "zero_led", "zeros_before_digits"),
    [("007", True, True), ("00.5", True, False), ("-01", True, True), ("0", False, False), ("0.5", False, False)],
)  # fmt: skip
def test_a_leading_zero_is_a_zero_before_another_digit(
    text: str, zero_led: bool, zeros_before_digits: bool
) -> None:
    column = pl.Series(["12", text])
    assert types.has_leading_zero(column) is zero_led
    assert types.has_zeros_before_digits(column) is zeros_before_digits


@pytest.mark.parametrize("name", ["created_at", "ts", "eventTime", "Order Date", "timestamp"])
def test_a_column_is_named_like_a_time(name: str) -> None:
    assert types.is_time_name(name)


@pytest.mark.parametrize("name", ["amount", "rate", "category", "times_called", "data"])
def test_other_columns_are_not_named_like_a_time(name: str) -> None:
    assert not types.is_time_name(name)


@given(
    st.lists(
        st.one_of(WORDS, st.sampled_from(["1e400", ".5", "5.", "+1.5e-3", "1_0", "inf"]), st.none()),
        min_size=1,
        max_size=5,
    )
)
def test_plain_numbers_are_a_shortcut_to_a_type_of_numbers(texts: list[str | None]) -> None:
    column = pl.Series("x", texts, dtype=pl.String)
    values, kind = types.plain_numbers(column), types.type_of(column)
    is_plain = not any(text and text != text.strip() for text in texts)
    if any(text is not None for text in texts):
        assert (values is not None) == (kind in (types.INTEGER, types.FLOAT) and is_plain)
    if values is not None:
        assert values.equals(types.cast_numbers(column).values)


@given(st.lists(st.sampled_from(["1.2E+12", "E+", "1E+7", "12", "-1,5E+11 ", "a", "1.2e+12"])))
def test_a_rounded_number_is_found_among_texts(texts: list[str]) -> None:
    series = pl.Series(texts, dtype=pl.String)
    assert types.has_rounded(series) == bool(series.str.contains(types.ROUNDED).any())


ODD = [
    "39,27",
    "€ 5",
    "5 €",
    "kr 5",
    "1'570.69",
    "(12.50)",
    "\u22123,5",
    "1.23457E+12",
    ".5",
    "x ",
    "\u00a0x",
    "\tx",
    "00123",
]


@given(st.lists(st.one_of(WORDS, st.sampled_from(ODD), st.text("cx1 .", max_size=4)), min_size=1, max_size=4))
def test_words_are_no_numbers_in_any_notation_and_have_no_flag(texts: list[str]) -> None:
    known = pl.Series(texts)
    if types.are_words(known):
        assert not any(notations.are_numbers(known, decimal).any() for decimal in notations.DECIMALS)
        assert casts.cast_numbers(known).values.null_count() == len(texts)
        assert not types.has_rounded(known)
        assert not types.has_zeros_before_digits(known)
        assert [text.strip() for text in texts] == texts


def test_an_id_that_begins_with_a_letter_is_a_word() -> None:
    assert types.are_words(pl.Series(["c0000001", "x-1", "A 2", ""]))
    assert not types.are_words(pl.Series(["c0000001", "kr 5"]))


@pytest.mark.parametrize("name", ["*", "", "text"])
def test_leading_zeros_are_found_whatever_the_name_of_the_column(name: str) -> None:
    texts = [pl.Series(name, ["12", "0.5", None, *more]) for more in ([], ["00.5"])]
    assert [types.plain_numbers(each) is None for each in texts] == [False, True]
