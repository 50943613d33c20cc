"""An evaluation as a slide: its metrics, and points of gains and calibration at the right place."""

from __future__ import annotations

import re

import pytest

from churnkit.evaluation.record import evaluate_scores
from churnkit.pictures import metrics_svg
from tests.pictures.drawn import shapes_of, words_of
from tests.scored import simulated

RECORD = evaluate_scores(*simulated(600, 4), None, 0)
SVG = metrics_svg.draw(RECORD)


def test_the_main_figures_are_written_with_their_intervals() -> None:
    words = words_of(SVG)
    assert f"{RECORD['auc']:.3f}" in words
    assert f"{RECORD['auc_low']:.3f} to {RECORD['auc_high']:.3f}" in words
    assert f"{RECORD['base_rate']:.1%}" in words


def _axis(words: str) -> list[tuple[float, float]]:
    """Pixel and share of the labels 0 %, 25 %, … of one side of a plot."""
    return [(float(p), float(s) / 100) for p, s in re.findall(words, SVG)]


def test_each_bin_with_rows_has_a_dot_at_its_probability_and_its_rate() -> None:
    dots = [(float(d["cx"]), float(d["cy"])) for d in shapes_of(SVG, "circle")]
    bins = [b for b in RECORD["calibration"] if b["observed"] is not None]
    assert len(dots) == len(bins) > 3
    across = _axis(r'<text x="([\d.]+)"[^>]*text-anchor="middle"[^>]*>(\d+)%<')[5:]
    upward = _axis(r'<text x="[\d.]+" y="([\d.]+)"[^>]*text-anchor="end"[^>]*>(\d+)%<')[5:]
    for places, name, axis in ((0, "mean_probability", across), (1, "observed", upward)):
        (start, _), *_, (end, _) = axis
        shift = 4 if places else 0  # a label stands a little below its line
        for dot, bin_ in zip(dots, bins, strict=True):
            assert dot[places] == pytest.approx(start - shift + bin_[name] * (end - start), abs=0.1)


def test_the_curve_of_gains_rises_from_corner_to_corner() -> None:
    path = next(p["d"] for p in shapes_of(SVG, "path") if p.get("stroke-width") == "2.5")
    points = [tuple(map(float, point.split())) for point in path.removeprefix("M").split("L")]
    assert len(points) == 1 + len(RECORD["gains"])
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert points[-1][0] - points[0][0] == pytest.approx(points[0][1] - points[-1][1])
