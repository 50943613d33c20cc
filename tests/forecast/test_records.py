"""The records: a total that adds up, ends that hold their figure, seasons chosen by past errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from churnkit.forecast.projection import CarriedRate, project
from churnkit.forecast.records import KNOWN, SHORT, TOTAL, WILD, GroupForecast, fields, forecast
from tests.bench.forecasts import held, known_process
from tests.measured import FIGURES, history


def _forecast(figures: list[tuple[int, int, float]], ahead: int = 4) -> GroupForecast:
    return forecast(history(figures), [], "1mo", ahead, 3)


@given(FIGURES)
def test_the_total_is_the_sum_and_each_interval_holds_its_figure(
    figures: list[tuple[int, int, float]],
) -> None:
    *ahead, total = _forecast(figures).records
    assert total["period"] == TOTAL
    assert total["ahead"] is total["churn_rate"] is total["customers_start"] is None
    for name in ("arriving", "churned", "revenue_churned"):
        assert total[name] == pytest.approx(sum(record[name] for record in ahead))
    for record in [*ahead, total]:
        assert list(record) == fields([])
        for name in ("churned", "revenue_churned"):
            if record[f"{name}_low"] is not None:
                assert record[f"{name}_low"] <= record[name] + 1e-9
                assert record[name] <= record[f"{name}_high"] + 1e-9
    assert all(record["churned_high"] <= record["customers_start"] for record in ahead)


def test_periods_follow_the_last_one() -> None:
    records = _forecast([(50, 0, 0.1)] * 11, 3).records
    assert [record["period"] for record in records] == ["2020-12-01", "2021-01-01", "2021-02-01", TOTAL]
    assert [record["ahead"] for record in records] == [1, 2, 3, None]


def test_a_period_has_the_same_figures_however_far_the_forecast_goes() -> None:
    figures = [(50 + 9 * (k % 5), 0, 0.05 + 0.02 * (k % 3)) for k in range(14)]
    assert _forecast(figures, 2).records[:2] == _forecast(figures, 6).records[:2]


@pytest.mark.parametrize(("rates", "word"), [([0.1] * 5, SHORT), ([0.1] * 9, KNOWN), ([0.02, 0.3] * 6, WILD)])
def test_a_word_says_why_there_is_no_interval(rates: list[float], word: str) -> None:
    said = _forecast([(80, 0, rate) for rate in rates])
    assert set(said.words[:-1]) == {word}
    assert (said.records[0]["churned_low"] is None) == (word == SHORT)


def test_money_of_0_has_a_word_only_where_it_was_not_always_0() -> None:
    known = history([(80, 0, 0.1)] * 9)
    free = replace(known, revenue=np.zeros(9), revenue_churned=np.zeros(9))
    assert set(forecast(free, [], "1mo", 2, 3).money_words) == {KNOWN}
    once = replace(known, revenue_churned=np.array([5.0] * 6 + [0.0] * 3))
    assert set(forecast(once, [], "1mo", 2, 3).money_words) == {WILD}


def test_without_money_its_fields_are_empty() -> None:
    known = replace(history([(80, 0, 0.1)] * 9), revenue=None, revenue_churned=None)
    for record in forecast(known, [], "1mo", 2, 3).records:
        assert {value for name, value in record.items() if name.startswith("revenue")} == {None}


def test_groups_keep_their_names() -> None:
    known = replace(history([(80, 0, 0.1)] * 9), group=("a", None))
    records = forecast(known, ["plan", "region"], "1mo", 2, 3).records
    assert list(records[0]) == fields(["plan", "region"])
    assert {(record["plan"], record["region"]) for record in records} == {("a", None)}


def test_seasons_are_used_from_25_periods_on_where_they_would_have_been_better() -> None:
    waves = [known_process(np.random.default_rng(1), rows, 0.0, 0.4)[0] for rows in (24, 25, 36)]
    said = [forecast(known, [], "1mo", 6, 3) for known in waves]
    assert [each.has_seasons for each in said] == [False, True, True]
    assert [each.gain is not None for each in said] == [False, True, True]
    flat = known_process(np.random.default_rng(1), 36, 0.0)[0]
    assert not forecast(flat, [], "1mo", 6, 3).has_seasons


def test_a_year_of_years_has_no_seasons() -> None:
    known = known_process(np.random.default_rng(1), 36, 0.0, 0.4)[0]
    assert forecast(known, [], "1y", 6, 3).gain is None
    assert forecast(known, [], "1w", 6, 3).gain is None  # 36 weeks are no two years


@pytest.mark.parametrize(("rows", "sd"), [(9, 0.1), (24, 0.1)])
def test_about_95_of_100_intervals_hold_a_known_process(rows: int, sd: float) -> None:
    shares = held(rows, sd, 0.0, seeds=15)
    assert shares["churned"] >= 0.9
    assert shares["revenue_churned"] >= 0.9


def test_both_rules_are_judged_at_the_same_origins_from_the_first_at_which_both_are_known() -> None:
    rates = [0.02, 0.4] * 7 + [0.1 + 0.05 * (month % 12 == 11) for month in range(14, 28)]
    known, squares = history([(400, 0, rate) for rate in rates]), []
    for rule in (CarriedRate(3), CarriedRate(3, 12)):
        said = {origin: project(known, rule, origin, 4).churned for origin in range(15, 28)}
        squares.append(
            sum(
                (known.churned[origin + k] - said[origin][k]) ** 2
                for k in range(4)
                for origin in range(max(15, 28 - k - 12), 28 - k)  # the latest twelve
            )
        )
    assert forecast(known, [], "1mo", 4, 3).gain == pytest.approx(1 - squares[1] / squares[0])
