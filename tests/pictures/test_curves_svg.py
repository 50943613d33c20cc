"""Curves as a slide: a dot per bin on one scale, a bar as high as the share of the customers, words for the turn."""

from __future__ import annotations

import math

import pytest

from churnkit.pictures import curves_svg
from tests.pictures.drawn import NASTY, shapes_of, words_of


def _bin(feature: str, value: float | str | None, rows: int, added: float) -> dict[str, object]:
    return {
        "feature": feature, "from": None, "below": None, "value": value, "rows": rows, "contribution": added,
    }  # fmt: skip


RECORDS = [
    _bin("recency_days", 3.0, 10, 0.5),
    _bin("recency_days", 38.04, 30, -1.0),
    _bin("recency_days", 60.0, 20, 0.25),
    _bin("recency_days", None, 40, 0.1),
    _bin(NASTY, NASTY, 70, 0.2),
    _bin(NASTY, "other", 30, -0.2),
]


def test_dots_are_above_the_line_where_the_risk_is_higher_all_on_one_scale() -> None:
    svg = curves_svg.draw(RECORDS, "Title")
    lines = [float(shape["d"][1:].split("h")[0].split()[1]) for shape in shapes_of(svg, "path")]
    dots = [float(shape["cy"]) for shape in shapes_of(svg, "circle")]
    for record, y in zip(RECORDS, dots, strict=True):
        middle = lines[0 if record["feature"] == "recency_days" else 1]
        expected = -float(str(record["contribution"])) * curves_svg.CURVE_HEIGHT / 2
        assert y - middle == pytest.approx(expected, abs=0.1)


def test_only_numbers_are_joined_by_a_line() -> None:
    (line,) = shapes_of(curves_svg.draw(RECORDS, "Title"), "polyline")
    assert len(line["points"].split()) == 3


def test_bars_are_as_high_as_the_shares_of_the_customers() -> None:
    svg = curves_svg.draw(RECORDS, "Title")
    heights = [float(shape["height"]) for shape in shapes_of(svg, "rect")]
    assert heights[:4] == pytest.approx([curves_svg.BARS_HEIGHT * n / 40 for n in (10, 30, 20, 40)], abs=0.1)
    assert [word for word in words_of(svg) if word.endswith("%")] == [
        "10.0%", "30.0%", "20.0%", "40.0%", "70.0%", "30.0%",
    ]  # fmt: skip


def test_words_say_where_the_odds_are_lowest_and_how_much_higher_they_are_elsewhere() -> None:
    words = words_of(curves_svg.draw(RECORDS, "Title"))
    assert f"odds lowest at 38, {math.exp(1.5):.1f} times as high at 3" in words


def test_without_rows_there_is_a_title_and_more_than_nine_features_are_counted() -> None:
    assert words_of(curves_svg.draw([], "Title"))[0] == "Title"
    many = curves_svg.draw([_bin(f"f{k}", 1.0, 5, 0.1) for k in range(11)], "Title")
    assert "and 2 less important features" in words_of(many)
    assert len(shapes_of(many, "circle")) == 9
