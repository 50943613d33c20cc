"""A missing name gets the nearest one as a suggestion; a slug is a name inside a feature's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import columns
from tests.texts import ANY_CHARACTER


def test_the_nearest_name_is_suggested() -> None:
    assert columns.suggestion("custmer_id", ["customer_id", "amount"]) == "; did you mean 'customer_id'?"
    assert columns.suggestion("zzz", ["customer_id"]) == ""


def test_of_many_names_twenty_are_listed() -> None:
    names = [f"c{i}" for i in range(25)]
    assert columns.list_names(names).endswith("c19, and 5 more")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Support Call", "support_call"),
        ("a--b", "a_b"),
        ("購入", "購入"),
        ("  x ", "x"),
        ("É_1", "é_1"),
        ("!!!", ""),
    ],
)
def test_a_slug_is_letters_and_digits_joined_by_one_underscore(name: str, short: str) -> None:
    assert columns.slug(name) == short


@given(st.text(ANY_CHARACTER))
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert columns.slug(columns.slug(name)) == columns.slug(name)
