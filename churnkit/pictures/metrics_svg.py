"""An evaluation as a slide: the main metrics, the gains curve and the calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.intervals import LEVEL
from churnkit.pictures.svg import INK, SOFT, sheet, text

WIDTH, HEIGHT = 960, 540
SIDE = 270  # side of a square plot, px
TOP = 180
LINE, CHANCE = "#0b5cad", "#8c959f"
SHOWN = {
    "auc": "Ranking (AUC; chance is 0.5)",
    "lift_top_10pct": "Churn in the top 10 %, vs. all",
    "observed_over_expected": "Churned, vs. predicted",
    "base_rate": "Share that churned",
}
GAINS_WORDS = (  # title, axis below, axis at the side
    "Churners reached",
    "customers contacted, highest risk first (dashed: random order)",
    "share of all churners",
)
CALIBRATION_WORDS = (
    "Predicted and actual churn",
    "predicted probability (dashed: exactly as predicted)",
    "share that churned",
)
Point = tuple[float, float]


def draw(record: dict[str, Any]) -> str:
    """record: of `evaluate_scores`. Colours also differ in lightness, for printing in grey."""
    gains = [(0.0, 0.0), *((p["share"], p["recall"]) for p in record["gains"])]
    bins = [b for b in record["calibration"] if b["observed"] is not None]
    dots = [(b["mean_probability"], b["observed"]) for b in bins]
    intervals = [(b["mean_probability"], b["observed_low"], b["observed_high"]) for b in bins]
    parts = [
        text(40, 48, "How good the scores are", 24, INK, weight="bold"),
        text(40, 72, f"{record['rows']:,} scored rows; {LEVEL} intervals", 14, SOFT),
        *_figures(record),
        *_axes(90, *GAINS_WORDS),
        _path(90, gains, LINE),
        *_axes(560, *CALIBRATION_WORDS),
        *(_bar(560, *ends) for ends in intervals),
        _path(560, dots, LINE),
        *(_dot(560, point) for point in dots),
    ]
    return sheet(WIDTH, HEIGHT, "How good the scores are", parts)


def _figures(record: dict[str, Any]) -> list[str]:
    parts = []
    for place, (name, title) in enumerate(SHOWN.items()):
        x = 40 + place * 225
        low, high = record[f"{name}_low"], record[f"{name}_high"]
        parts.append(text(x, 102, title, 13, SOFT))
        parts.append(text(x, 130, _figure(name, record[name]), 24, INK, weight="bold"))
        parts.append(text(x + 85, 130, f"{_figure(name, low)} to {_figure(name, high)}", 13, SOFT))
    return parts


def _figure(name: str, value: float) -> str:
    return f"{value:.1%}" if name == "base_rate" else f"{value:.3f}" if name == "auc" else f"{value:.2f}"


def _axes(left: int, title: str, below: str, beside: str) -> list[str]:
    """A square from 0 to 1 with its diagonal: a random order, or a perfect calibration."""
    bottom = TOP + SIDE
    parts = [text(left, TOP - 14, title, 16, INK, weight="bold")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + share * SIDE, bottom - share * SIDE
        parts.append(f'<path d="M{left} {y:g}H{left + SIDE}" stroke="#eaeef2"/>')
        parts.append(text(left - 8, y + 4, f"{share:.0%}", 11, SOFT, anchor="end"))
        parts.append(text(x, bottom + 18, f"{share:.0%}", 11, SOFT, anchor="middle"))
    diagonal = f"M{left} {bottom}L{left + SIDE} {TOP}"
    parts.append(f'<path d="{diagonal}" stroke="{CHANCE}" stroke-dasharray="5 4" fill="none"/>')
    parts.append(text(left + SIDE / 2, bottom + 42, below, 12, SOFT, anchor="middle"))
    turned = f'transform="rotate(-90 {left - 52} {TOP + SIDE / 2})"'
    parts.append(text(left - 52, TOP + SIDE / 2, beside, 12, SOFT, anchor="middle", more=turned))
    return parts


def _path(left: int, points: Sequence[Point], colour: str) -> str:
    if not points:
        return ""
    steps = "L".join(f"{left + x * SIDE:.1f} {TOP + SIDE - y * SIDE:.1f}" for x, y in points)
    return f'<path d="M{steps}" stroke="{colour}" stroke-width="2.5" fill="none"/>'


def _bar(left: int, x: float, low: float, high: float) -> str:
    at = left + x * SIDE
    return (
        f'<path d="M{at:.1f} {TOP + SIDE - low * SIDE:.1f}V{TOP + SIDE - high * SIDE:.1f}" stroke="{LINE}" '
        'stroke-opacity=".35" stroke-width="5"/>'
    )


def _dot(left: int, point: Point) -> str:
    x, y = left + point[0] * SIDE, TOP + SIDE - point[1] * SIDE
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{LINE}"/>'
