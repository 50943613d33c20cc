"""What drives churn, as a slide: one bar per feature, as long as it matters."""

from __future__ import annotations

from churnkit.pictures import importance_svg
from tests.pictures.drawn import NASTY, shapes_of, words_of


def test_the_slide_of_drivers_has_a_bar_a_feature_by_importance() -> None:
    records = [
        {"feature": NASTY, "importance": 0.5, "direction": "more speaks for leaving"},
        {"feature": "b", "importance": 0.25, "direction": None},
    ]
    svg = importance_svg.draw(records, NASTY)
    widths = [float(shape["width"]) for shape in shapes_of(svg, "rect")]
    assert widths == [importance_svg.ROOM, importance_svg.ROOM / 2]
    assert [word for word in words_of(svg) if word in (NASTY, "b")] == [NASTY, NASTY, "b"]


def test_features_that_do_not_matter_are_left_out_and_colours_part_the_directions() -> None:
    told = ["more speaks for leaving", "more speaks for staying", "mixed", "more speaks for leaving"]
    records = [{"feature": f"f{k}", "importance": 0.5, "direction": words} for k, words in enumerate(told)]
    svg = importance_svg.draw([*records, {"feature": "none", "importance": 0.0, "direction": None}], "all")
    fills = [shape["fill"] for shape in shapes_of(svg, "rect")]
    assert len(fills) == 4
    assert fills[0] == fills[3]
    assert len(set(fills)) == 3
    assert "none" not in words_of(svg)
