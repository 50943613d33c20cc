"""How a model ages: each date scored by the models of one, two, three … dates before."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.backtest.reading import LabelledPanel
from churnkit.backtest.walk_forward import DateScores, score_rows
from churnkit.evaluation import metrics
from churnkit.evaluation.outcomes import LEAST_DATES
from churnkit.intervals import student_t
from churnkit.windows import DAY

FIELDS = (
    "age", "age_days", "target", "model", "dates", "customers", "auc", "auc_low", "auc_high", "auc_change",
    "auc_change_low", "auc_change_high", "observed_over_expected", "observed_over_expected_low",
    "observed_over_expected_high", "observed_over_expected_fresh",
)  # fmt: skip
LEAST_DATES_TRAINED = 3  # of a model that ages: with fewer, `fit` cannot tell a clock from a feature
LEAST_AUC_CHANGE = 0.005  # a smaller loss does not justify a refit
LEAST_MISS = 0.05  # nor is a smaller error of the sum


def age_records(
    panel: LabelledPanel, scores: Sequence[DateScores], progress: Callable[[str, int, int], None]
) -> list[dict[str, Any]]:
    """One record per age in dates, 0 is the model of the date itself. progress: called after each age.

    Only models of 3 or more dates count. auc: the mean over the dates. auc_change: beside the model of the
    date itself, on the same dates. observed_over_expected: of the sums over the dates;
    observed_over_expected_fresh: of the model of the date itself, on the same dates. Intervals are over
    dates, so they hold what differs from date to date; None with fewer than 3 dates.
    """
    usable = [each for each in scores if each.dates_trained >= LEAST_DATES_TRAINED]
    return [_record(panel, usable, age, progress) for age in range(len(usable))]


def _record(
    panel: LabelledPanel, scores: Sequence[DateScores], age: int, progress: Callable[[str, int, int], None]
) -> dict[str, Any]:
    tested, models = scores[age:], [each.model for each in scores[: len(scores) - age]]
    fresh = [each.probability for each in tested]
    pairs = list(zip(tested, models, strict=True))
    said = [score_rows(panel, model, each.rows) for each, model in pairs] if age else fresh
    aucs, own = (
        np.array([_auc(panel, each, p) for each, p in zip(tested, probabilities, strict=True)])
        for probabilities in (said, fresh)
    )
    expected, observed, customers = _sums(panel, tested, said)
    days = [(each.as_of - made.as_of) / DAY for each, made in zip(tested, scores, strict=False)]
    progress("backtest: age", age + 1, len(scores))
    return {
        "age": age,
        "age_days": round(median(days)),
        "target": panel.rows.target,
        "model": scores[0].model.fitted.kind,
        "dates": len(tested),
        "customers": int(customers) if customers.is_integer() else customers,
        **_mean("auc", aucs),
        **_mean("auc_change", aucs - own),
        **_ratio("observed_over_expected", observed, expected),
        "observed_over_expected_fresh": _share(observed, _sums(panel, tested, fresh)[0]),
    }


def _auc(panel: LabelledPanel, scores: DateScores, probability: Floats) -> float:
    """The AUC of a date; NaN if its rows have one class."""
    return metrics.auc(panel.rows.truth[scores.rows], probability, panel.counts[scores.rows])


def _sums(
    panel: LabelledPanel, scores: Sequence[DateScores], said: Sequence[Floats]
) -> tuple[Floats, Floats, float]:
    """(d,) expected and observed customers of each date, and all customers. said: probabilities by date."""
    counts = [panel.counts[each.rows] for each in scores]
    expected = np.array([c @ p for c, p in zip(counts, said, strict=True)])
    observed = np.array([c @ panel.rows.truth[each.rows] for c, each in zip(counts, scores, strict=True)])
    return expected, observed, float(sum(c.sum() for c in counts))


def _mean(name: str, values: Floats) -> dict[str, float | None]:
    """The mean over the dates where it is known, with its interval."""
    known = values[~np.isnan(values)]
    low = high = None
    if len(known) >= LEAST_DATES:
        reach = student_t(len(known) - 1) * float(known.std(ddof=1)) / math.sqrt(len(known))
        low, high = float(known.mean()) - reach, float(known.mean()) + reach
    return {name: float(known.mean()) if len(known) else None, f"{name}_low": low, f"{name}_high": high}


def _share(observed: Floats, expected: Floats) -> float | None:
    return float(observed.sum() / expected.sum()) if expected.sum() else None


def _ratio(name: str, observed: Floats, expected: Floats) -> dict[str, float | None]:
    """The ratio of two sums over the dates, with its interval on the logarithm.

    Source: Cochran (1977), Sampling techniques, 6.3: the variance of a ratio of sums.
    """
    ratio, low, high = _share(observed, expected), None, None
    dates = len(expected)
    if ratio and dates >= LEAST_DATES:
        squares = float(((observed - ratio * expected) ** 2).sum())
        error = math.sqrt(squares * dates / (dates - 1)) / float(observed.sum())
        reach = student_t(dates - 1) * error
        low, high = ratio * math.exp(-reach), ratio * math.exp(reach)
    return {name: ratio, f"{name}_low": low, f"{name}_high": high}


def ranks_worse(record: dict[str, Any]) -> bool:
    """Whether a model of this age ranks clearly worse than a new one."""
    high = record["auc_change_high"]
    return high is not None and high < 0 and record["auc_change"] < -LEAST_AUC_CHANGE


def misses_more(record: dict[str, Any]) -> bool:
    """Whether the sum of a model of this age is clearly wrong, and more so than that of a new one."""
    low, high = record["observed_over_expected_low"], record["observed_over_expected_high"]
    if low is None or low <= 1 <= high:
        return False
    miss, fresh = (
        abs(math.log(ratio)) if ratio else math.inf
        for ratio in (record["observed_over_expected"], record["observed_over_expected_fresh"])
    )
    return miss > fresh + LEAST_MISS


def refit_age(records: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The first age that is clearly worse, if the next one is too; None if no age is.

    One age of many is worse by chance; two in a row rarely are.
    """
    judged = [each for each in records[1:] if each["dates"] >= LEAST_DATES]
    worse = [ranks_worse(each) or misses_more(each) for each in judged]
    for place, each in enumerate(judged):
        if all(worse[place : place + 2]) and (place + 1 < len(judged) or place == 0):
            return each
    return None
