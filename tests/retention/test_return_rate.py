"""Return rates: the product-limit estimate, compared with loops and calculated by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.arrays import Ints
from churnkit.intervals import wilson
from churnkit.retention import return_rate
from churnkit.retention.return_rate import (
    best_known,
    count_silences,
    longest_proposal,
    propose_inactive,
    return_rates,
    shown_rates,
    silence_lengths,
)
from tests.one_log import EVENTS, Event, log_of, parts_of_log

DAYS = st.lists(st.integers(0, 12), max_size=120)


def _counts(ended: Ints, lasting: Ints) -> tuple[Ints, Ints]:
    """The number of silences of each length, up to the longest."""
    size = int(max(ended.max(initial=0), lasting.max(initial=0))) + 1
    return np.bincount(ended, minlength=size), np.bincount(lasting, minlength=size)


@given(EVENTS, st.data(), st.integers(1, 120), st.booleans())
def test_silences_lie_between_the_events_of_a_customer_and_up_to_the_end(
    events: list[Event], data: st.DataObject, end: int, only_a: bool
) -> None:
    who = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(events), max_size=len(events)))
    log = log_of(who, events)
    ended, lasting = silence_lengths(log, ("a",) if only_a else (), end * windows.DAY)
    expected_ended, expected_lasting = [], []
    for customer in sorted(set(who)):
        own = [event for name, event in zip(who, events, strict=True) if name == customer]
        days = sorted(day for day, name, _ in own if day < end and (name == "a" or not only_a))
        expected_ended += [int(later - day) for day, later in itertools.pairwise(days)]
        expected_lasting += [int(end - days[-1])] if days else []
    assert (ended.tolist(), lasting.tolist()) == (expected_ended, expected_lasting)
    counted = count_silences(parts_of_log(log, 3), ("a",) if only_a else (), end * windows.DAY)
    assert [c.tolist() for c in counted] == [c.tolist() for c in _counts(ended, lasting)]


@given(DAYS, DAYS)
def test_a_return_rate_is_the_product_limit_of_kaplan_and_meier(ended: list[int], lasting: list[int]) -> None:
    records = return_rates(*_counts(np.array(ended, dtype=np.int64), np.array(lasting, dtype=np.int64)))
    survival, k = [1.0], 0
    while sum(day >= k for day in [*ended, *lasting]) >= return_rate.MIN_SILENCES:
        observed = sum(day >= k for day in ended) + sum(day > k for day in lasting)
        survival.append(survival[-1] * (1 - min(1, ended.count(k) / max(observed, 1))))
        k += 1
    assert [record["silent_days"] for record in records] == list(range(1, k))
    for record in records:
        lasts = survival[record["silent_days"]]
        assert record["silences"] == sum(day >= record["silent_days"] for day in [*ended, *lasting])
        assert record["returned"] == sum(day >= record["silent_days"] for day in ended)
        assert record["return_rate"] == pytest.approx(1 - survival[-1] / lasts if lasts else 1.0)


def test_without_censored_silences_the_rate_is_the_share_that_ended_in_the_days_observed() -> None:
    ended = np.repeat([1, 2, 9], [50, 30, 20])  # from day 3 on fewer than 30 are observed
    records = return_rates(*_counts(ended, np.zeros(0, dtype=np.int64)))
    assert [record["return_rate"] for record in records] == pytest.approx([80 / 100, 30 / 50])


def test_the_interval_of_a_return_rate_holds_the_truth_in_93_to_97_of_100() -> None:
    rng, held, repeats = np.random.default_rng(1), 0, 400
    for _ in range(repeats):
        lasts = rng.integers(1, 101, 400)  # days; nobody is silent for longer than 100
        seen = rng.integers(5, 200, 400)  # days until the end of the log
        records = return_rates(*_counts(lasts[lasts < seen], seen[lasts >= seen]))
        last = records[-1]["silent_days"]
        truth = 1 - (100 - last) / (100 - 59)  # of those silent for 60 days; days 60 to `last` can end them
        held += records[59]["low"] <= truth <= records[59]["high"]
    assert 0.93 <= held / repeats <= 0.97


def _records(*rates: float, silences: int = 100) -> list[dict[str, float]]:
    return [
        {"silent_days": day, "return_rate": rate, "silences": silences} for day, rate in enumerate(rates, 1)
    ]


@pytest.mark.parametrize(
    ("rates", "days"),
    [((0.5, 0.2, 0.04, 0.01), 3), ((0.5, 0.04, 0.06, 0.01), 4), ((0.5, 0.05, 0.04, 0.01), 3), ((0.04, 0.01), 1), ((0.5, 0.2), None), ((), None)],
)  # fmt: skip
def test_the_proposed_silence_is_the_first_after_which_fewer_than_one_in_twenty_come_back(
    rates: tuple[float, ...], days: int | None
) -> None:
    assert propose_inactive(_records(*rates), 99) == days


def test_nothing_is_proposed_from_fewer_than_100_silences_or_after_a_third_of_the_log() -> None:
    rates = (0.5, 0.2, 0.04, 0.01)
    assert propose_inactive(_records(*rates, silences=99), 99) is None
    assert propose_inactive(_records(*rates), longest_proposal(0, 9 * windows.DAY)) == 3
    assert propose_inactive(_records(*rates), longest_proposal(0, 9 * windows.DAY - 1)) is None
    assert best_known(_records(*rates), 2) == _records(*rates)[1]
    assert best_known(_records(*rates, silences=99), 2) is None


def test_round_numbers_of_days_are_shown_and_the_proposed_one() -> None:
    shown = [record["silent_days"] for record in shown_rates(_records(*[0.1] * 20), 17)]
    assert shown == [1, 2, 3, 5, 7, 10, 14, 17]


def test_the_interval_is_that_of_wilson_for_as_many_observed_silences_as_have_the_variance_of_greenwood() -> (
    None
):
    """Half of those who are silent for a day come back on each later day, so the terms of Greenwood are large."""
    ended, lasting = np.repeat([1, 2, 3, 9], [128, 64, 32, 10]), np.repeat([2, 12], [16, 25])
    records = return_rates(*_counts(ended, lasting))
    assert [record["silent_days"] for record in records] == [*range(1, 10)]  # 35 are silent for nine days
    for record in records:
        greenwood, rate = 0.0, record["return_rate"]
        for day in range(record["silent_days"], 10):
            at_risk = (ended >= day).sum() + (lasting > day).sum()
            greenwood += (ended == day).sum() / at_risk / (at_risk - (ended == day).sum())
        n = rate * (1 - rate) / ((1 - rate) ** 2 * greenwood)
        assert (record["low"], record["high"]) == pytest.approx(wilson(rate * n, n))
