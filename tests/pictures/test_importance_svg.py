"""The most important features as a slide: one bar per feature, as long as its importance."""

from __future__ import annotations

from churnkit.pictures import importance_svg
from tests.pictures.drawn import NASTY, shapes_of, words_of


def test_each_feature_has_a_bar_as_long_as_its_importance() -> None:
    records = [
        {"feature": NASTY, "importance": 0.5, "direction": "more speaks for leaving"},
        {"feature": "b", "importance": 0.25, "direction": None},
    ]
    svg = importance_svg.draw(records, NASTY)
    widths = [float(shape["width"]) for shape in shapes_of(svg, "rect")]
    assert widths == [importance_svg.BAR, importance_svg.BAR / 2]
    assert [word for word in words_of(svg) if word in (NASTY, "b")] == [NASTY, NASTY, "b"]


def test_features_without_influence_are_left_out_and_each_direction_has_its_colour() -> None:
    directions = ["more speaks for leaving", "more speaks for staying", "mixed", "more speaks for leaving"]
    records = [
        {"feature": f"f{k}", "importance": 0.5, "direction": words} for k, words in enumerate(directions)
    ]
    svg = importance_svg.draw([*records, {"feature": "none", "importance": 0.0, "direction": None}], "all")
    fills = [shape["fill"] for shape in shapes_of(svg, "rect")]
    assert len(fills) == 4
    assert fills[0] == fills[3]
    assert len(set(fills)) == 3
    assert "none" not in words_of(svg)


def test_a_manager_reads_shares_and_directions_but_neither_log_odds_nor_column_names() -> None:
    records = [
        {"feature": "recency_days", "importance": 0.3, "direction": "more speaks for leaving"},
        {"feature": "event_count_30d", "importance": 0.1, "direction": "mixed"},
    ]
    svg = importance_svg.draw(records, "Who leaves: churned_14d")
    words = words_of(svg)
    assert words[0] == "Who leaves: no event in the next 14 days"
    assert "75%  more raises the risk" in words
    assert "25%  depends on the value" in words
    assert "event count in 30 days" in words
    assert "odds" not in svg
    assert "churned_14d" not in svg
