"""Scores against what happened: every metric with its interval, as one record."""

from __future__ import annotations

from typing import Any

from churnkit import metrics
from churnkit.errors import ChurnkitError
from churnkit.schema import Truth
from churnkit.splitting import Groups

REPEATS = 1000


def record(truth: Truth, probability: Truth, groups: Groups | None, seed: int) -> dict[str, Any]:
    """rows, each metric with its interval, calibration, and how many bootstraps were dropped.

    truth: (n,) 0 and 1. probability: (n,) 0 to 1. groups: (n,) a number a customer, or None.
    Raises ChurnkitError where there is no row, or one class only.
    """
    if not len(truth):
        raise ChurnkitError("no rows with a known truth to evaluate")
    if truth.min() == truth.max():
        what = "left" if truth[0] else "stayed"
        raise ChurnkitError(f"all {len(truth):,} rows {what}: ranking needs some of both")
    made: dict[str, Any] = {"rows": len(truth)}
    intervals, dropped = metrics.intervals(truth, probability, groups, REPEATS, seed)
    for name, value in metrics.figures(truth, probability).items():
        made[name] = value
        made[f"{name}_low"], made[f"{name}_high"] = intervals[name]
    made["calibration"] = metrics.calibration(truth, probability)
    made["bootstraps_dropped"] = dropped
    return made
