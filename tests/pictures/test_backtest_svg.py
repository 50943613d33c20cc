"""A backtest as a slide: what happened is filled inside its interval, hollow and named outside."""

from __future__ import annotations

from churnkit.pictures import backtest_svg
from tests.pictures.drawn import shapes_of, words_of
from tests.pictures.test_backtest_text import MONEY, RECORD


def _drawn(*observed: int, money: bool = False) -> str:
    records = [{**RECORD, **(MONEY if money else {}), "observed": number} for number in observed]
    return backtest_svg.draw(records, ["what was said", "what was lost"])


def test_a_date_outside_its_interval_is_hollow_and_named() -> None:
    svg = _drawn(50, 94)
    circles = shapes_of(svg, "circle")[2:]  # after the two of the legend
    assert [circle["fill"] for circle in circles] == [backtest_svg.OBSERVED, "#ffffff"]
    assert "94" in words_of(svg)
    assert {"what was said", "what was lost"} <= {*words_of(svg)}


def test_heights_are_proportional_from_zero() -> None:
    inside, outside = (float(circle["cy"]) for circle in shapes_of(_drawn(50, 75), "circle")[2:])
    assert (640 - outside) / (640 - inside) == 75 / 50


def test_money_has_its_own_panel() -> None:
    assert "Value lost" in words_of(_drawn(50, money=True))
    assert "Value lost" not in words_of(_drawn(50))


def test_many_dates_leave_out_names_that_do_not_fit() -> None:
    names = [word for word in words_of(_drawn(*[50] * 60)) if word == "2024-03-01"]
    assert 5 < len(names) < 60
