"""Customers gained and lost as a slide: bars to one scale, groups added up."""

from __future__ import annotations

from typing import Any

import pytest

from churnkit.pictures import movements_svg
from tests.pictures.drawn import shapes_of, words_of


def _record(
    period: str, new: int, returned: int, churned: int, complete: bool = True, lost: float | None = None
) -> dict[str, Any]:
    return {"period": period, "complete": complete, "customers_start": 1_000, "new": new, "returned": returned,
            "churned": churned, "customers_end": 1_000 + new + returned - churned, "revenue_churned": lost,
            "revenue_start": None if lost is None else 9_999.0}  # fmt: skip


RECORDS = [
    _record("2024-01-01", 100, 20, 50),
    _record("2024-02-01", 60, 0, 80),
    _record("2024-03-01", 30, 40, 10, False),
]


def _bars(svg: str) -> dict[str, list[float]]:
    """The heights of the bars by their colour, without the legend."""
    found: dict[str, list[float]] = {}
    for shape in shapes_of(svg, "rect")[3:]:
        found.setdefault(shape["fill"], []).append(float(shape["height"]))
    return found


def test_bars_are_as_high_as_customers_to_one_scale() -> None:
    heights = list(_bars(movements_svg.draw(RECORDS, [], "1mo")).values())
    counts = [[record[name] for record in RECORDS] for name in ("new", "returned", "churned")]
    scale = heights[0][0] / counts[0][0]
    assert scale > 0
    for bars, rows in zip(heights, counts, strict=True):
        assert bars == pytest.approx([rows_ * scale for rows_ in rows], abs=0.11)


def test_groups_are_added_up() -> None:
    split = [{**record, "plan": plan} for record in RECORDS for plan in ("a", "b")]
    added = [
        {
            name: value * 2 if isinstance(value, int) and name != "complete" else value
            for name, value in record.items()
        }
        for record in RECORDS
    ]
    assert movements_svg.draw(split, ["plan"], "1mo") == movements_svg.draw(added, [], "1mo")


def test_an_unfinished_period_is_paler_and_has_no_rate() -> None:
    svg = movements_svg.draw(RECORDS, [], "1mo")
    assert sum("fill-opacity" in shape for shape in shapes_of(svg, "rect")) == 3
    assert [word for word in words_of(svg) if word in ("5.0%", "8.0%", "1.0%")].count("1.0%") == 0
    assert len(shapes_of(svg, "circle")) == 2


def _months(number: int, customers: int, lost: float | None = None) -> list[dict[str, Any]]:
    days = [f"{2020 + k // 12}-{1 + k % 12:02d}-01" for k in range(number)]
    return [_record(day, customers, 0, customers, lost=lost) for day in days]


def test_the_names_of_periods_stand_below_while_there_is_room() -> None:
    names = [word for word in words_of(movements_svg.draw(RECORDS, [], "1mo")) if " 2024" in word]
    assert names[-3:] == ["Jan 2024", "Feb 2024", "Mar 2024"]
    many = words_of(movements_svg.draw(_months(100, 5), [], "1mo"))
    assert 8 <= sum(" 20" in word for word in many[1:]) <= 25


def test_two_years_keep_their_numbers_and_more_digits_get_an_axis() -> None:
    assert words_of(movements_svg.draw(_months(24, 1_234), [], "1mo")).count("1,234") == 48
    crowded = words_of(movements_svg.draw(_months(24, 1_234_567), [], "1mo"))
    assert "1,234,567" not in crowded
    assert {"0", "1,000,000"} <= set(crowded)


def test_the_revenue_lost_has_bars_and_a_sum_where_there_is_revenue() -> None:
    svg = movements_svg.draw(_months(2, 10, lost=250.0), [], "1mo")
    assert any("500 of revenue lost" in word for word in words_of(svg))
    assert words_of(svg).count("250") == 2
    assert (
        len(shapes_of(svg, "rect"))
        == len(shapes_of(movements_svg.draw(_months(2, 10), [], "1mo"), "rect")) + 2
    )
    assert not any("evenue" in word for word in words_of(movements_svg.draw(RECORDS, [], "1mo")))


def test_without_a_period_the_sheet_says_so() -> None:
    assert "no periods" in words_of(movements_svg.draw([], [], "1mo"))


def test_the_bars_of_a_period_stand_over_its_label_and_beside_the_next() -> None:
    svg = movements_svg.draw(RECORDS, [], "1mo")
    bars = shapes_of(svg, "rect")[3:]
    centers = [float(bar["x"]) + float(bar["width"]) / 2 for bar in bars]
    labels = [
        float(label["x"]) for label in shapes_of(svg, "text") if label["y"] == shapes_of(svg, "text")[-1]["y"]
    ]
    assert centers == pytest.approx([label for label in labels for _ in range(3)], abs=0.11)
    assert float(bars[0]["width"]) < labels[1] - labels[0]
