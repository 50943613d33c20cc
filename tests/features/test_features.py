"""A feature's name is its definition: each name reads back as its feature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import features
from churnkit.errors import ChurnkitError
from tests.one_log import past_of, value_of

SLUGS = st.from_regex(r"[a-z0-9]+(_[a-z0-9]+)*", fullmatch=True)


@given(family=st.sampled_from(features.FEATURES), of=SLUGS, days=st.integers(1, 999_999))
def test_every_feature_reads_back_from_its_own_name(family: features.Family, of: str, days: int) -> None:
    feature = features.Feature(family, of if family.of else "", days if "{days}" in family.pattern else 0)
    read = features.parse(str(feature))
    assert read is not None
    assert str(read) == str(feature)
    if read != feature:  # an event called `event`, say, stands for all events; such names are refused
        assert features.FEATURES.index(read.family) < features.FEATURES.index(family)


@pytest.mark.parametrize(
    "name", ["event_count", "event_count_0d", "event_count_030d", "Plan_last", "sum_30d", "_last"]
)
def test_other_names_are_not_features(name: str) -> None:
    assert features.parse(name) is None


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(ChurnkitError, match="did you mean 'event_count_30d'"):
        features.parse_all(["event_conut_30d"])


@pytest.mark.parametrize("family", features.FEATURES, ids=lambda f: f.pattern)
def test_every_family_states_formula_unit_and_when_it_is_empty(family: features.Family) -> None:
    assert family.formula
    assert family.unit
    assert family.null


def test_without_such_an_event_recency_is_empty_and_counts_are_zero() -> None:
    past = past_of([(1.0, "login", None)], 10)
    assert value_of(past, "purchase_recency_days") is None
    assert value_of(past, "purchase_count_30d") == 0
    assert value_of(past, "amount_sum_30d") == 0.0
    assert value_of(past, "amount_mean_30d") is None


def test_an_event_on_the_observation_date_changes_no_feature() -> None:
    events = [(1.0, "a", 1.0), (2.5, "b", 2.0)]
    names = [f.pattern.format(event="a", value="amount", column="note", days=7) for f in features.FEATURES]
    past, more = past_of(events, 10), past_of([*events, (10.0, "a", 50.0)], 10)
    assert [value_of(past, name) for name in names] == [value_of(more, name) for name in names]


@pytest.mark.parametrize(
    ("name", "is_a_label", "is_like_one"),
    [
        ("churned", True, True),
        ("churned_30d", True, True),
        ("churned_cancel_30d_after_7d", True, True),
        ("churned_reason", True, True),
        ("churned_count_30d", False, False),
        ("churned_recency_days", False, False),
        ("churnedFlag", False, True),
        ("churn", False, False),
        ("recency_days", False, False),
    ],
)
def test_a_label_is_told_from_a_feature_by_its_name(name: str, is_a_label: bool, is_like_one: bool) -> None:
    assert features.is_label(name) == is_a_label
    assert features.is_like_label(name) == is_like_one
