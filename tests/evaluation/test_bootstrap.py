"""Intervals against repetition, and a resample against its rows."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.commands import evaluate
from churnkit.evaluation import bootstrap, metrics
from churnkit.evaluation.bootstrap import NAMES
from tests.scored import PAIRS, arrays, simulated


@given(PAIRS, st.integers(0, 5), st.data())
def test_a_resample_has_the_metrics_of_its_rows(
    pairs: list[tuple[int, float]], seed: int, data: st.DataObject
) -> None:
    truth, said = arrays(sorted(pairs, key=lambda pair: -pair[0]))  # who left first
    who = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(truth), max_size=len(truth))))
    who = np.unique(who, return_inverse=True)[1]
    customers = int(who.max()) + 1
    values, place = np.unique(said, return_inverse=True)
    found = bootstrap._resample(
        [(metrics.Scores(values, place), NAMES)], int(truth.sum()), np.ones(len(truth)), who, [seed, 1]
    )
    drawn = np.random.default_rng([seed, 1]).integers(0, customers, customers, dtype=np.int32)
    rows = np.concatenate([np.flatnonzero(who == customer) for customer in drawn])
    if truth[rows].min() == truth[rows].max():
        assert found is None
    else:
        assert found is not None
        assert found[0] == pytest.approx(list(metrics.figures(truth[rows], said[rows]).values()), nan_ok=True)


def test_only_the_compared_metrics_of_other_scores_are_computed_and_they_are_the_same() -> None:
    truth, said = simulated(300, 1)
    scores = [said, np.round(said, 1)]
    every, few = (bootstrap.resample(truth, scores, None, 50, 3, None, names) for names in (NAMES, ["auc"]))
    assert few.intervals() == every.intervals()
    assert few.differences() == {"auc": every.differences()["auc"]}


def test_the_same_seed_gives_the_same_intervals() -> None:
    truth, said = simulated(300, 1)
    assert bootstrap.percentile_intervals(truth, said, None, 50, 3) == bootstrap.percentile_intervals(
        truth, said, None, 50, 3
    )


def test_a_command_draws_as_many_bootstraps_as_its_help_says() -> None:
    shipped = inspect.signature(bootstrap.percentile_intervals).parameters["repeats"].default
    assert f"percentiles of {shipped:,} bootstraps" in " ".join((evaluate.command.help or "").split())


def test_an_interval_contains_the_truth_about_95_percent_of_the_time() -> None:
    rate = 0.2  # of a beta(1, 4)
    inside = 0
    for seed in range(40):
        truth, said = simulated(100, seed)
        (low, high) = bootstrap.percentile_intervals(truth, said, None, 50, seed)[0]["base_rate"]
        inside += low <= rate <= high
    assert 34 <= inside <= 40


def test_repeated_rows_of_customers_do_not_make_an_interval_narrower() -> None:
    truth, said = simulated(200, 5)
    once, _ = bootstrap.percentile_intervals(truth, said, np.arange(200), 300, 0)
    thrice, _ = bootstrap.percentile_intervals(
        np.tile(truth, 3), np.tile(said, 3), np.tile(np.arange(200), 3), 300, 0
    )
    width = [ends["auc"][1] - ends["auc"][0] for ends in (once, thrice)]
    assert width[1] == pytest.approx(width[0], rel=0.05)


def test_resamples_of_one_class_are_dropped_and_counted() -> None:
    truth, said = np.array([1.0, 0, 0, 0]), np.array([0.9, 0.1, 0.2, 0.3])
    ends, dropped = bootstrap.percentile_intervals(truth, said, None, 200, 0)
    assert 40 < dropped < 90  # (3/4)^4 and a little: 32 %
    assert ends["auc"] == (1.0, 1.0)


def test_merging_many_scores_does_not_change_the_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, said = simulated(2_000, 7)
    apart, _ = bootstrap.percentile_intervals(truth, said, None, 300, 0)
    monkeypatch.setattr(bootstrap, "MAX_SCORES", 500)
    together, _ = bootstrap.percentile_intervals(truth, said, None, 300, 0)
    for name, (low, high) in apart.items():
        assert together[name] == pytest.approx((low, high), abs=0.03 * (high - low) + 1e-4), name


def test_a_score_does_not_differ_from_itself_but_differs_from_noise() -> None:
    truth, said = simulated(1_000, 3)
    noise = np.random.default_rng(0).random(1_000)
    same = bootstrap.resample(truth, [said, said], None, 100, 0).differences()
    assert set(same.values()) == {(0.0, 0.0)}
    low, high = bootstrap.resample(truth, [said, noise], None, 200, 0).differences()["auc"]
    assert 0 < low < metrics.auc(truth, said) - metrics.auc(truth, noise) < high


@given(PAIRS)
def test_merged_rows_have_the_metrics_of_all_rows(pairs: list[tuple[int, float]]) -> None:
    truth, said = arrays(sorted(pairs, key=lambda pair: -pair[0]))
    other = np.round(said * 3)
    scores = [metrics.Scores(*np.unique(score, return_inverse=True)) for score in (said, other)]
    merged, churned, rows = bootstrap._merge_alike(scores, int(truth.sum()))
    assert rows.sum() == len(truth)
    for some, score in zip(merged, (said, other), strict=True):
        found = bootstrap._figures(bootstrap._tally(some, rows.astype(float), churned))
        assert found == pytest.approx(list(metrics.figures(truth, score).values()), nan_ok=True)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_codes_that_are_counted_are_those_that_are_sorted(codes: list[int]) -> None:
    counted = bootstrap._distinct_codes(np.array(codes))
    ordered = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)[1:]
    assert [part.tolist() for part in counted] == [part.tolist() for part in ordered]


def test_rows_drawn_together_vary_as_rows_drawn_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, said = simulated(4_000, 2)
    one_by_one, _ = bootstrap.percentile_intervals(truth, said, None, 400, 0)
    monkeypatch.setattr(bootstrap, "MANY_ROWS", 1_000)
    together, _ = bootstrap.percentile_intervals(truth, said, None, 400, 0)
    for name, (low, high) in one_by_one.items():
        assert together[name] == pytest.approx((low, high), abs=(high - low) * 0.2), name


def test_customers_drawn_in_parts_are_drawn_equally_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MANY_ROWS", 10)
    monkeypatch.setattr(bootstrap, "PART_CUSTOMERS", 4)
    rng = np.random.default_rng(1)
    times = np.array([bootstrap._times_drawn(13, rng) for _ in range(4_000)])
    assert (times.sum(axis=1) == 13).all()
    assert times.mean(axis=0) == pytest.approx(np.ones(13), abs=0.08)
    assert times.var(axis=0) == pytest.approx(np.full(13, 12 / 13), rel=0.15)
    assert np.cov(times[:, 0], times[:, 12])[0, 1] == pytest.approx(-1 / 13, abs=0.06)
