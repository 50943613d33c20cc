"""Reasons in words: the size of a contribution, its direction, and which columns may be reasons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.explanation.reason_words import matching_places, reason_in_words, reason_with_direction
from churnkit.explanation.reasons import Reason

NAMES = ["login_count_30d", "support_call_count_30d", "plan_last", "support_call_recency_days"]


def _reason(contribution: float) -> Reason:
    return Reason(feature="login_recency_days", value=33.2, typical=7.24, contribution=contribution)


@pytest.mark.parametrize(
    ("contribution", "words"),
    [
        (1.0, "raises risk: last login 33 days ago (typical: 7.2), strongly"),
        (-0.5, "lowers risk: last login 33 days ago (typical: 7.2), clearly"),
        (0.01, "raises risk: last login 33 days ago (typical: 7.2), a little"),
        (0.0, None),
    ],
)
def test_a_reason_says_fact_direction_and_size(contribution: float, words: str | None) -> None:
    assert reason_with_direction(_reason(contribution)) == words


def test_a_value_that_is_typical_says_so() -> None:
    reason = Reason(feature="plan_last", value="basic", typical="basic", contribution=0.4)
    assert reason_in_words(reason) == "plan is basic (as is typical), clearly"


@pytest.mark.parametrize(
    ("patterns", "places"),
    [((), [0, 1, 2, 3]), (("support*",), [1, 3]), (("*_30d", "plan_last"), [0, 1, 2]), (("plan_last",), [2])],
)
def test_patterns_choose_columns(patterns: tuple[str, ...], places: list[int]) -> None:
    assert matching_places(NAMES, patterns) == places


@given(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_names_are_patterns_of_themselves(names: list[str]) -> None:
    assert [NAMES[place] for place in matching_places(NAMES, names)] == sorted(names, key=NAMES.index)


def test_a_pattern_without_a_column_is_an_error() -> None:
    with pytest.raises(ChurnkitError, match=r"no column of the model matches 'suport\*'; they are: login"):
        matching_places(NAMES, ["login*", "suport*"])
