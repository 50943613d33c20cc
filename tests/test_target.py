"""The target is found by its name, and its values become 1 and 0."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.features import is_label
from churnkit.target import TargetError, parse_target, target_column


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
    "texts", [["1", "0", None], ["True", "false", None], [" Yes", "NO", None], ["y", "n", None]], ids=str
)
def test_a_target_is_read_from_many_words(texts: list[str | None]) -> None:
    assert parse_target(pl.Series("t", texts)).to_list() == [1, 0, None]


def test_with_a_positive_value_all_others_mean_stayed() -> None:
    texts = pl.Series("t", ["Churned", "Stayed", "Joined", None])
    assert parse_target(texts, "Churned").to_list() == [1, 0, 0, None]
    with pytest.raises(ChurnkitError, match="--positive"):
        parse_target(texts, "churned")


def test_another_word_in_the_target_is_an_error_with_its_row() -> None:
    with pytest.raises(TargetError, match="'maybe'") as error:
        parse_target(pl.Series("t", ["1", None, "maybe", "x"]))
    assert error.value.row == 2
