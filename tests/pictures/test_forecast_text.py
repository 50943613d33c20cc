"""A forecast as text: the past solid, the future with its interval, and words where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from churnkit.forecast.records import GroupForecast, forecast
from churnkit.pictures import forecast_text
from churnkit.pictures.bars import FULL, PALE, PALER
from tests.measured import history


def _forecast(rates: list[float], group: tuple[str | None, ...] = ()) -> GroupForecast:
    known = replace(history([(80, 0, rate) for rate in rates]), group=group)
    return forecast(known, ["plan"] * len(group), "1mo", 3, 3)


def _rows(text: str) -> dict[str, str]:
    return {line[:8].strip(): line for line in text.split("\n")}


def test_a_row_has_its_figures() -> None:
    said = _forecast([0.1, 0.12] * 5)
    rows = _rows(forecast_text.draw([said], [], "1mo"))
    first = said.records[0]
    assert rows["Oct 2020"].split()[2:5] == [
        f"{said.history.customers[-1]:,.0f}",
        "80",
        f"{said.history.churned[-1]:.0f}",
    ]
    low, high = (f"{first[name]:,.0f}" for name in ("churned_low", "churned_high"))
    assert f"{first['churned']:,.0f}  {low} to {high}" in rows["Nov 2020"]
    assert f"{said.records[-1]['churned']:,.0f}" in rows["total"]


def test_the_past_is_solid_and_the_future_is_not() -> None:
    rows = _rows(forecast_text.draw([_forecast([0.1, 0.12] * 5)], [], "1mo"))
    assert FULL in rows["Oct 2020"]
    assert PALE not in rows["Oct 2020"]
    assert {PALE, PALER, "│"} <= {*rows["Nov 2020"]}
    assert FULL not in rows["Nov 2020"]


@pytest.mark.parametrize(
    ("rates", "word"), [([0.1] * 4, "too short to tell"), ([0.02, 0.3] * 6, "too wild to say")]
)
def test_a_word_takes_the_place_of_an_interval(rates: list[float], word: str) -> None:
    text = forecast_text.draw([_forecast(rates)], [], "1mo")
    expected = [line for line in text.split("\n") if "│" in line and "churned:" not in line]
    assert len(expected) == 3
    assert all(word in line and PALER not in line for line in expected)


def test_a_year_of_the_past_is_shown_and_half_a_year_of_a_group() -> None:
    alone = forecast_text.draw([_forecast([0.1] * 20)], [], "1mo")
    groups = forecast_text.draw([_forecast([0.1] * 20, (name,)) for name in ("a", None)], ["plan"], "1mo")
    assert sum(FULL in line for line in alone.split("\n")[:-2]) == 12
    assert sum(FULL in line for line in groups.split("\n")[:-2]) == 12
    assert "plan=a: expected" in groups
    assert "plan=-: expected" in groups


def test_bars_shrink_with_their_scale() -> None:
    assert max(map(len, forecast_text.draw([_forecast([0.1] * 9)], [], "1mo", 0.0).split("\n")[1:-2])) < max(
        map(len, forecast_text.draw([_forecast([0.1] * 9)], [], "1mo").split("\n")[1:-2])
    )
