"""Scores against what happened: every metric with its interval, as one record."""

from __future__ import annotations

from typing import Any

from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError
from churnkit.evaluation import bootstrap, metrics

RANKING = ("auc", "pr_auc", "lift_top_10pct", "recall_top_10pct")  # metrics of any score
TENTHS = tuple(k / 10 for k in range(1, 11))


def refuse_one_kind(truth: Floats) -> None:
    """Raises ChurnkitError where there is no row, or all left or all stayed."""
    if not len(truth):
        raise ChurnkitError("no rows with a known truth to evaluate")
    if truth.min() == truth.max():
        what = "left" if truth[0] else "stayed"
        raise ChurnkitError(f"all {len(truth):,} rows {what}: ranking needs some of both")


def evaluate_scores(
    truth: Floats, probability: Floats, groups: Ints | None, seed: int, baseline: Floats | None = None
) -> dict[str, Any]:
    """rows, each metric with its interval, calibration, gains, and how many bootstraps were dropped.

    truth: (n,) 0 and 1, at least one. probability: (n,) 0 to 1. groups: (n,) a number a customer, or None.
    baseline: (n,) another score, for the paired differences (of the ranking metrics alone where it is not in
    0 to 1). What needs some who left and some who stayed is nan without them.
    """
    made: dict[str, Any] = {"rows": len(truth)}
    scores = [probability] if baseline is None else [probability, baseline]
    resamples = bootstrap.resample(truth, scores, groups, bootstrap.REPEATS, seed)
    intervals, figures = resamples.intervals(), metrics.figures(truth, probability)
    for name, value in figures.items():
        made[name] = value
        made[f"{name}_low"], made[f"{name}_high"] = intervals[name]
    if baseline is not None:
        is_probability = bool(((baseline >= 0) & (baseline <= 1)).all())
        differences, others = resamples.differences(), metrics.figures(truth, baseline)
        for name in metrics.METRICS if is_probability else RANKING:
            if name == "base_rate":
                continue
            made[f"baseline_{name}"] = others[name]
            made[f"{name}_difference"] = figures[name] - others[name]
            made[f"{name}_difference_low"], made[f"{name}_difference_high"] = differences[name]
    made["calibration"] = metrics.calibration(truth, probability)
    made["gains"] = metrics.gains(truth, probability, TENTHS)
    made["bootstraps_dropped"] = resamples.dropped
    return made
