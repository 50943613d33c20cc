"""Names that are not there get the nearest one; the target is found by its name."""

from __future__ import annotations

import pytest

from churnkit import columns
from churnkit.errors import ChurnkitError
from churnkit.target import target_column


def test_the_nearest_name_is_suggested() -> None:
    assert columns.suggestion("custmer_id", ["customer_id", "amount"]) == "; did you mean 'customer_id'?"
    assert columns.suggestion("zzz", ["customer_id"]) == ""


def test_of_many_names_twenty_are_listed() -> None:
    names = [f"c{i}" for i in range(25)]
    assert columns.list_names(names).endswith("c19, and 5 more")


@pytest.mark.parametrize(
    ("names", "asked", "target"),
    [
        (["a", "churned"], None, "churned"),
        (["churned", "churned_30d"], None, "churned"),
        (["a", "churned_30d"], None, "churned_30d"),
        (["churned_30d", "left"], "left", "left"),
    ],
)
def test_a_target_is_found(names: list[str], asked: str | None, target: str) -> None:
    assert target_column(names, asked) == target


@pytest.mark.parametrize(
    ("names", "asked"), [(["a"], None), (["churned_30d", "churned_60d"], None), (["churned"], "Churned")]
)
def test_a_target_in_doubt_is_refused(names: list[str], asked: str | None) -> None:
    with pytest.raises(ChurnkitError):
        target_column(names, asked)
