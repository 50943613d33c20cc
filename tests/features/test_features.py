"""A feature's name is its definition: names round-trip, and each family keeps its own words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import features, windows
from churnkit.errors import ChurnkitError
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import build_log
from churnkit.eventlog.log_as_of import LogAsOf

SLUGS = st.from_regex(r"[a-z0-9]+(_[a-z0-9]+)*", fullmatch=True)
DAY = windows.DAY


def _past(
    days: list[float], events: list[str | None], amounts: list[float | None], as_of_day: int
) -> LogAsOf:
    """One customer's log: days since 1970-01-01, event names, amounts."""
    names = name_events([e for e in events if e])
    log = build_log(
        pl.Series(["a"] * len(days)),
        pl.Series([int(day * DAY) for day in days], dtype=pl.Int64),
        pl.Series(events, dtype=pl.String),
        {"amount": pl.Series(amounts, dtype=pl.Float64)},
        {"plan": pl.Series(["x"] * len(days), dtype=pl.String)},
        names,
        "UTC",
    )
    return LogAsOf(log, windows.as_of(windows.day_of(as_of_day * DAY)))


def _value(past: LogAsOf, name: str) -> object:
    return features.compute(past, features.parse_all([name])[0])[0]


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
def test_what_is_no_name_of_a_feature_is_none(name: str) -> None:
    assert features.parse(name) is None


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(ChurnkitError, match="did you mean 'event_count_30d'"):
        features.parse_all(["event_conut_30d"])


@pytest.mark.parametrize("family", features.FEATURES, ids=lambda f: f.pattern)
def test_every_family_states_formula_unit_and_when_it_is_empty(family: features.Family) -> None:
    assert family.formula
    assert family.unit
    assert family.null


def test_never_did_it_is_empty_for_recency_and_zero_for_counts() -> None:
    past = _past([1.0], ["login"], [None], 10)
    assert _value(past, "purchase_recency_days") is None
    assert _value(past, "purchase_count_30d") == 0
    assert _value(past, "amount_sum_30d") == 0.0
    assert _value(past, "amount_mean_30d") is None


def test_an_event_on_the_observation_date_changes_no_feature() -> None:
    known = [(name, _value(_past([1.0, 2.5], ["a", "b"], [1.0, 2.0], 10), name)) for name in _NAMES]
    more = _past([1.0, 2.5, 10.0], ["a", "b", "a"], [1.0, 2.0, 50.0], 10)
    assert known == [(name, _value(more, name)) for name in _NAMES]


def test_a_window_holds_its_first_instant() -> None:
    assert _value(_past([3.0, 9.9], ["a", "a"], [None, None], 10), "event_count_7d") == 2


def test_recency_and_tenure_keep_the_fraction_of_a_day() -> None:
    past = _past([1.25, 7.5], ["a", "a"], [None, None], 10)
    assert (_value(past, "recency_days"), _value(past, "tenure_days")) == (2.5, 8.75)


def test_a_new_customers_rate_is_over_the_days_she_has_existed() -> None:
    assert _value(_past([7.0, 8.0, 9.0], ["a"] * 3, [None] * 3, 10), "event_rate_90d") == 30.0


def test_a_trend_is_defined_when_both_windows_are_empty() -> None:
    assert _value(_past([0.0], ["a"], [None], 100), "event_trend_30d") == 0.0


def test_gaps_are_between_active_days_not_between_events() -> None:
    past = _past([1.0, 1.5, 4.0, 9.0], ["a"] * 4, [None] * 4, 10)
    assert _value(past, "gap_mean_days") == 4.0
    assert _value(past, "gap_std_days") == pytest.approx(np.std([3, 5], ddof=1))


def test_of_two_values_at_one_time_the_later_line_is_the_last() -> None:
    assert _value(_past([1.0, 1.0], ["a", "a"], [1.0, 2.0], 10), "amount_last") == 2.0


def test_equal_values_have_a_deviation_of_exactly_zero() -> None:
    assert _value(_past([1.0, 2.0, 3.0], ["a"] * 3, [0.1] * 3, 10), "amount_std_30d") == 0.0


def test_a_sum_that_no_double_holds_is_an_error() -> None:
    with pytest.raises(ChurnkitError, match="too large"):
        _value(_past([1.0, 2.0], ["a", "a"], [1e308, 1e308], 10), "amount_sum_30d")


_NAMES = [
    f.pattern.format(event="a", value="amount", column="plan", days=7) for f in features.FEATURES
]  # fmt: skip
