"""The notes of a forecast, and the sentence with its totals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from churnkit.forecast.findings import find, interval_in_words, sentence
from churnkit.forecast.records import WILD, GroupForecast, forecast
from tests.bench.forecasts import known_process
from tests.measured import history


def _forecast(rates: list[float], ahead: int = 3, group: tuple[str, ...] = ()) -> GroupForecast:
    known = replace(history([(80, 0, rate) for rate in rates]), group=group)
    return forecast(known, ["plan"] * len(group), "1mo", ahead, 3)


def _codes(*forecasts: GroupForecast) -> dict[str, str]:
    return {finding.code: finding.text for finding in find(forecasts, 3, "1mo")}


def test_score_knows_more_is_always_said() -> None:
    assert list(_codes(_forecast([0.1] * 9))) == ["score-knows-more"]
    assert "score --customer-value" in _codes(_forecast([0.1] * 9))["score-knows-more"]


def test_too_few_periods_are_counted() -> None:
    assert _codes(_forecast([0.1] * 5))["too-short"].startswith("5 complete periods: too short to tell")
    of_groups = _codes(_forecast([0.1] * 9, group=("a",)), _forecast([0.1], group=("b",)))["too-short"]
    assert of_groups.startswith("1 complete period: ")
    assert "in 1 of 2 groups" in of_groups


def test_wild_figures_are_counted() -> None:
    text = _codes(_forecast([0.02, 0.3] * 6))["too-wild"]
    assert text.startswith("4 of 4 figures of customers and 4 of 4 figures of revenue: too wild to say")


def test_far_ahead_is_said_beyond_six_periods() -> None:
    assert "far-ahead" not in _codes(_forecast([0.1] * 9, 6))
    assert _codes(_forecast([0.1] * 9, 7))["far-ahead"].startswith("more than 6 months ahead")


def test_seasons_are_said_whether_used_or_not() -> None:
    texts = []
    for height in (0.4, 0.0):
        known = known_process(np.random.default_rng(1), 30, 0.0, height)[0]
        texts.append(_codes(forecast(known, [], "1mo", 6, 3))["seasons"])
    assert texts[0].startswith("seasons: last year's ratios are used; they make the squared past errors ")
    assert texts[1].startswith("no seasons: ")


def test_the_sentence_has_the_totals() -> None:
    said = _forecast([0.1] * 9)
    total = said.records[-1]
    assert sentence(said, "1mo").startswith(
        f"expected to be lost in the 3 months from 2020-10-01 on: {total['churned']:,.0f} customers"
        f" ({total['churned_low']:,.0f} to {total['churned_high']:,.0f}) and "
    )


def test_a_word_stands_for_an_interval_that_says_nothing() -> None:
    record = {"churned_low": 1_000.4, "churned_high": 2_000.0}
    assert interval_in_words(record, "churned", "") == "1,000 to 2,000"
    assert interval_in_words(record, "churned", WILD) == WILD
    assert interval_in_words({"churned_low": None, "churned_high": None}, "churned", "") == ""
