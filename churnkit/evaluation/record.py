"""The record of an evaluation: every metric with its interval, the calibration and the gains."""

from __future__ import annotations

from typing import Any

from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError
from churnkit.evaluation import bootstrap, metrics
from churnkit.evaluation.calibration_error import calibration_error
from churnkit.evaluation.call_list import compare_list, is_list

RANKING = ("auc", "pr_auc", "lift_top_10pct", "recall_top_10pct")  # for scores of any scale
TENTHS = tuple(k / 10 for k in range(1, 11))


def check_both_classes(truth: Floats) -> None:
    """Raises ChurnkitError if there is no row, or if all rows churned or all stayed."""
    if not len(truth):
        raise ChurnkitError("no rows with a known truth")
    if truth.min() == truth.max():
        what = "churned" if truth[0] else "stayed"
        raise ChurnkitError(
            f"all {len(truth):,} rows {what}: the metrics need churned rows and rows that stayed"
        )


def evaluate_scores(
    truth: Floats,
    probability: Floats,
    groups: Ints | None,
    seed: int,
    baseline: Floats | None = None,
    weights: Floats | None = None,
) -> dict[str, Any]:
    """rows, each metric with its interval, calibration, gains, and the number of dropped bootstraps.

    ece_low and ece_high are the interval of ece_corrected, see `calibration_error`.

    truth: (n,) 0 and 1, at least one. probability: (n,) 0 to 1. groups: (n,) the number of each row's
    customer, or None. baseline: (n,) another score, for paired differences (only of the ranking metrics if it
    is not in 0 to 1); or a yes/no list, see `compare_list`. weights: (n,) of the rows, mean 1. A metric that
    needs both classes is nan with one class.
    """
    record: dict[str, Any] = {"rows": len(truth)}
    is_score = baseline is not None and not is_list(baseline)
    scores = [probability, baseline] if baseline is not None and is_score else [probability]
    resamples = bootstrap.resample(truth, scores, groups, bootstrap.REPEATS, seed, weights)
    tallied = metrics.tally(truth, probability, weights)
    intervals, figures = resamples.intervals(), metrics.figures_of(tallied)
    for name, value in figures.items():
        record[name] = value
        record[f"{name}_low"], record[f"{name}_high"] = intervals[name]
    record.update(calibration_error(truth, probability, groups, weights, seed).fields)
    if baseline is not None and not is_score:
        record.update(compare_list(truth, probability, baseline, groups, weights, seed))
    elif baseline is not None:
        is_probability = bool(((baseline >= 0) & (baseline <= 1)).all())
        differences, others = resamples.differences(), metrics.figures(truth, baseline, weights)
        for name in metrics.METRICS if is_probability else RANKING:
            if name == "base_rate":
                continue
            record[f"baseline_{name}"] = others[name]
            record[f"{name}_difference"] = figures[name] - others[name]
            record[f"{name}_difference_low"], record[f"{name}_difference_high"] = differences[name]
    record["calibration"] = metrics.calibration(tallied, weights)
    record["gains"] = metrics.gains(tallied, TENTHS)
    record["bootstraps_dropped"] = resamples.dropped
    return record
