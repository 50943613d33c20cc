"""A forecast as a slide: bars and intervals to one scale, panels per group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from churnkit.forecast.records import GroupForecast, forecast
from churnkit.pictures import forecast_svg
from tests.measured import history
from tests.pictures.drawn import shapes_of, words_of


def _forecast(rates: list[float], group: tuple[str, ...] = (), has_money: bool = False) -> GroupForecast:
    known = replace(history([(80, 0, rate) for rate in rates]), group=group)
    known = known if has_money else replace(known, revenue=None, revenue_churned=None)
    return forecast(known, ["plan"] * len(group), "1mo", 3, 3)


def test_bars_and_ends_are_to_one_scale() -> None:
    said = _forecast([0.1, 0.12] * 5)
    svg = forecast_svg.draw([said], [], "1mo")
    bars = shapes_of(svg, "rect")[2:]  # after the legend
    figures = [*said.history.churned, *(record["churned"] for record in said.records[:-1])]
    heights = [float(bar["height"]) for bar in bars]
    scale = heights[0] / figures[0]
    assert heights == pytest.approx([figure * scale for figure in figures], abs=0.11)
    assert ["fill-opacity" in bar for bar in bars] == [False] * 10 + [True] * 3
    upright = [
        line
        for line in shapes_of(svg, "line")
        if line.get("stroke-width") == "2" and line["x1"] == line["x2"]
    ]
    lengths = [float(line["y1"]) - float(line["y2"]) for line in upright]
    spans = [record["churned_high"] - record["churned_low"] for record in said.records[:-1]]
    assert lengths == pytest.approx([span * scale for span in spans], abs=0.5)


def test_where_nothing_can_be_said_there_is_a_question_mark_and_no_line() -> None:
    svg = forecast_svg.draw([_forecast([0.02, 0.3] * 6)], [], "1mo")
    assert not [line for line in shapes_of(svg, "line") if line.get("stroke-width") == "2"]
    assert sum(word.endswith(" ?") for word in words_of(svg)) == 3
    assert "customers churned (?: too wild to say)" in words_of(svg)


def test_money_and_each_group_have_a_panel() -> None:
    groups = [_forecast([0.1] * 8, (f"g{k}",), has_money=True) for k in range(10)]
    words = words_of(forecast_svg.draw(groups, ["plan"], "1mo"))
    assert sum(word.endswith("customers churned") for word in words) == 8
    assert sum("revenue lost" in word for word in words) == 8
    assert "10 groups, the 8 largest, each with its own axis" in words
    alone = words_of(forecast_svg.draw([_forecast([0.1] * 8, has_money=True)], [], "1mo"))
    assert any(word.startswith("expected to be lost in the 3 months") for word in alone)


def test_many_periods_get_an_axis_and_fewer_names() -> None:
    known = history([(80, 0, 0.1)] * 30, start=100_000)
    words = words_of(forecast_svg.draw([forecast(known, [], "1mo", 40, 3)], [], "1mo"))
    assert "0" in words
    months = [word for word in words if word[-4:].isdecimal() and word[0].isupper()]
    assert months.count(months[0]) == 2  # customers and revenue
    assert 5 < len(months) < 2 * (18 + 40)
