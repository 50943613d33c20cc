"""Reasons in words: the size of a contribution, its direction, and which columns may be reasons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.explanation.reason_words import (
    ToldReasons,
    matching_places,
    reason_in_words,
    reason_with_direction,
)
from churnkit.explanation.reasons import Reason
from churnkit.models import Fitted
from churnkit.models.calibration import Calibration
from churnkit.models.columns import NUMBER, Column
from churnkit.models.curves import LINEAR, Curve
from churnkit.models.logistic import LogisticParameters

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


@pytest.mark.parametrize("places", [[0, 1, 2], [2], [1, 2]], ids=str)
def test_the_reasons_of_a_table_are_of_the_chosen_columns_the_largest_first(places: list[int]) -> None:
    columns = [Column(name, NUMBER, fill=0.0) for name in ("a", "b", "c")]
    curves = tuple(Curve(LINEAR, -9.0, 9.0, 0.0, 1.0, slope, 0.0) for slope in (3.0, -1.0, 2.0))
    fitted = Fitted("logistic", LogisticParameters(0.0, curves, 1.0), Calibration())
    matrix = np.array([[1.0, 5.0, 2.0], [0.0, 0.0, -1.0]])
    told = ToldReasons(columns, places, 2).columns_of(fitted, matrix)
    assert [column.name for column in told] == ["reason_1", "reason_2"]
    for row, values in enumerate(matrix):
        added = {place: slope * values[place] for place, slope in ((0, 3.0), (1, -1.0), (2, 2.0))}
        ranked = sorted(places, key=lambda place: (-abs(added[place]), place))
        expected = [
            reason_with_direction(
                Reason(feature="abc"[k], value=values[k], typical=0.0, contribution=added[k])
            )
            for k in ranked[:2]
        ]
        assert [column[row] for column in told] == [*expected, None][:2]
