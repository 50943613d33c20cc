"""Curves in text: one bar per bin, to the right for more risk and to the left for less, all on one scale."""

from __future__ import annotations

import math

from churnkit.pictures import curves_text


def _bin(feature: str, added: float, **more: object) -> dict[str, object]:
    return {
        "feature": feature,
        "from": None,
        "below": None,
        "value": None,
        "rows": 1_234,
        "contribution": added,
        **more,
    }


def test_bars_have_one_scale_and_are_on_the_side_of_their_sign() -> None:
    added = [-0.5, 0.25, 1.0, 0.0]
    records = [_bin("x", a, below=float(k)) for k, a in enumerate(added[:2])] + [
        _bin("y", a) for a in added[2:]
    ]
    lines = [line for line in curves_text.draw(records).splitlines() if "│" in line]
    sizes = [round(abs(a) * curves_text.BAR) for a in added]
    for line, a, size in zip(lines, added, sizes, strict=True):
        left, right = line.split("│")
        assert (left.count("█"), right.count("█")) == ((size, 0) if a < 0 else (0, size))
        assert f"{a:+.3f}" in right
        assert "1,234 rows" in right
    assert len({line.index("│") for line in lines}) == 1


def test_a_bin_is_named_by_its_borders_or_by_its_value() -> None:
    records = [
        _bin("x", 0.1, below=3.0),
        _bin("x", 0.1, **{"from": 3.0, "below": 4.5}),
        _bin("x", 0.1, **{"from": 0.0, "below": math.nextafter(0.0, 1.0)}),
        _bin("x", 0.1, **{"from": 4.5}),
        _bin("x", 0.1, value="gold"),
        _bin("x", 0.1),
    ]
    lines = [line.split("│")[0].strip() for line in curves_text.draw(records).splitlines() if "│" in line]
    assert lines == ["below 3", "3 to below 4.5", "0", "4.5 and above", "gold", "unknown"]


def test_each_bin_has_its_share_of_the_customers_and_a_number_the_place_of_its_lowest_odds() -> None:
    records = [_bin("x", 0.5, value=3.0, rows=250), _bin("x", -0.6, value=38.0, rows=750)]
    text = curves_text.draw(records)
    assert "x: odds lowest at 38, 3.0 times as high at 3" in text.splitlines()
    assert [line.split()[-1] for line in text.splitlines() if "│" in line] == ["25.0%", "75.0%"]


def test_only_the_first_features_are_drawn_and_the_others_counted() -> None:
    records = [_bin(f"f{k:02d}", 0.1) for k in range(curves_text.MAX_FEATURES + 3)]
    text = curves_text.draw(records)
    assert text.count("│") == curves_text.MAX_FEATURES
    assert "3 less important features" in text.splitlines()[-1]
