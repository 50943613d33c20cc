"""Customers gained and lost as a slide: bars to one scale, groups added up."""

from __future__ import annotations

from typing import Any

import pytest

from churnkit.pictures import movements_svg
from tests.pictures.drawn import shapes_of, words_of


def _record(period: str, new: int, returned: int, churned: int, complete: bool = True) -> dict[str, Any]:
    return {"period": period, "complete": complete, "customers_start": 1_000, "new": new, "returned": returned,
            "churned": churned, "customers_end": 1_000 + new + returned - churned}  # fmt: skip


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
    heights = list(_bars(movements_svg.draw(RECORDS, [])).values())
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
    assert movements_svg.draw(split, ["plan"]) == movements_svg.draw(added, [])


def test_an_unfinished_period_is_paler_and_has_no_rate() -> None:
    svg = movements_svg.draw(RECORDS, [])
    assert sum("fill-opacity" in shape for shape in shapes_of(svg, "rect")) == 3
    assert [word for word in words_of(svg) if word in ("5.0%", "8.0%", "1.0%")].count("1.0%") == 0
    assert len(shapes_of(svg, "circle")) == 2


def test_every_period_is_labelled_while_there_is_room() -> None:
    assert [word for word in words_of(movements_svg.draw(RECORDS, [])) if word.startswith("2024-")] == [
        record["period"] for record in RECORDS
    ]
    many = [_record(f"day {k:03d}", 5, 1, 3) for k in range(200)]
    assert 8 <= sum(word.startswith("day ") for word in words_of(movements_svg.draw(many, []))) <= 17


def test_without_a_period_the_sheet_says_so() -> None:
    assert "no periods" in words_of(movements_svg.draw([], []))


def test_the_bars_of_a_period_stand_over_its_label_and_beside_the_next() -> None:
    svg = movements_svg.draw(RECORDS, [])
    bars = shapes_of(svg, "rect")[3:]
    centers = [float(bar["x"]) + float(bar["width"]) / 2 for bar in bars]
    labels = [
        float(label["x"]) for label in shapes_of(svg, "text") if label["y"] == shapes_of(svg, "text")[-1]["y"]
    ]
    assert centers == pytest.approx([label for label in labels for _ in range(3)], abs=0.11)
    assert float(bars[0]["width"]) < labels[1] - labels[0]
