"""The target is found by its name, and its values become 1 and 0."""

from __future__ import annotations

import shlex

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.features import is_label
from churnkit.target import TargetError, other_values, parse_target, target_column


@pytest.mark.parametrize(
    ("names", "asked", "target"),
    [
        (["a", "churned"], None, "churned"),
        (["churned", "churned_30d"], None, "churned"),
        (["a", "churned_30d"], None, "churned_30d"),
        (["churned_30d", "left"], "left", "left"),
        (["churned_count_30d", "churned_recency_days", "churned_churned_30d"], None, "churned_churned_30d"),
    ],
)
def test_a_target_is_found(names: list[str], asked: str | None, target: str) -> None:
    assert target_column(names, asked, is_label) == target


@pytest.mark.parametrize(
    ("names", "asked"),
    [
        (["a"], None),
        (["churned_30d", "churned_60d"], None),
        (["churned"], "Churned"),
        (["churned_count_30d", "churnedflag"], None),
    ],
)
def test_an_ambiguous_target_is_refused(names: list[str], asked: str | None) -> None:
    with pytest.raises(ChurnkitError):
        target_column(names, asked, is_label)


@pytest.mark.parametrize(
    "texts",
    [
        ["1", "0", None],
        ["1.0", "0.0", None],
        ["True", "false", None],
        [" True.", " False.", None],
        [" Yes", "NO", None],
        ["Y", "N", None],
    ],
    ids=str,
)
def test_a_target_is_read_from_many_words(texts: list[str | None]) -> None:
    assert parse_target(pl.Series("t", texts)).to_list() == [1, 0, None]


def test_with_a_positive_value_all_others_mean_stayed() -> None:
    texts = pl.Series("t", ["Churned", "Stayed", "Joined", None])
    assert parse_target(texts, "Churned").to_list() == [1, 0, 0, None]
    with pytest.raises(ChurnkitError, match="--positive"):
        parse_target(texts, "churned")


def test_the_error_lists_each_value_as_what_to_type() -> None:
    texts = pl.Series("t", ["It's over"] * 2 + ["Existing Customer"] * 3)
    with pytest.raises(TargetError) as error:
        parse_target(texts)
    typed = [shlex.split(part)[0] for part in str(error.value).split("--positive ")[1:]]
    assert typed == ["Existing Customer", "It's over"]
    assert "(3 of 5)" in str(error.value)
    assert parse_target(texts, typed[1]).sum() == 2


def test_several_values_that_mean_stayed_are_counted() -> None:
    told = "all values but 'Yes' mean stayed: 'No' 5, 'Pending' 2", 7
    assert other_values({"No": 5, "Yes": 3, "Pending": 2}, "Yes") == told
    assert other_values({"No": 5, "Yes": 3}, "Yes") is None


def test_another_word_in_the_target_is_an_error_with_its_row() -> None:
    with pytest.raises(TargetError, match="'maybe'") as error:
        parse_target(pl.Series("t", ["1", None, "maybe", "x"]))
    assert error.value.row == 2
