"""One record per date: what was expected, what was observed, the interval, and simple ways to expect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.arrays import Floats
from churnkit.backtest.reading import LabelledPanel
from churnkit.backtest.walk_forward import DateScores
from churnkit.evaluation import metrics
from churnkit.evaluation.outcomes import LEAST_CUSTOMERS, Ends, Outcome, earned_ends
from churnkit.training.fitting import TestScores
from churnkit.training.test_plan import embargo

FIELDS = (
    "as_of", "trained_until", "target", "model", "rows_trained", "customers", "observed", "expected",
    "expected_low", "expected_high", "interval", "within", "chance_sd", "expected_last_rate",
    "expected_recency", "auc", "auc_recency", "log_loss", "log_loss_last_rate",
)  # fmt: skip
RECENCY_PROBABILITY = "recency_probability"
BASELINE_FIELDS = ("expected_baseline", "auc_baseline")
MONEY_FIELDS = (
    "value", "observed_loss", "expected_loss", "expected_loss_low", "expected_loss_high", "chance_sd_loss",
    "expected_loss_last_rate",
)  # fmt: skip


def fields(panel: LabelledPanel) -> tuple[str, ...]:
    """The columns of the records of a panel."""
    baseline = BASELINE_FIELDS if panel.baseline is not None else ()
    return (*FIELDS, *baseline, *(MONEY_FIELDS if panel.values is not None else ()))


def date_records(panel: LabelledPanel, scores: Sequence[DateScores]) -> list[dict[str, Any]]:
    """The records, by date; an interval uses the dates whose label windows had ended by then.

    With weights, a row counts as many customers as its weight.
    """
    customers = [customer_outcome(panel, each) for each in scores]
    money = [money_outcome(panel, each) for each in scores]
    records = []
    for place, each in enumerate(scores):
        until = embargo(each.as_of, panel.days)
        known = [number for number, other in enumerate(scores) if other.as_of <= until]
        record = _about_customers(panel, each, customers[place], [customers[number] for number in known])
        if panel.baseline is not None:
            record |= _about_baseline(panel, each)
        if panel.values is not None:
            record |= _about_money(panel, each, money[place], [money[number] for number in known])
        records.append({name: _or_none(value) for name, value in record.items()})
    return records


def judged_rows(
    panel: LabelledPanel, scores: Sequence[DateScores], kept: Sequence[str | None]
) -> pl.DataFrame:
    """All judged rows, for `evaluate`, with recency_probability, if there is one at all dates.

    kept: names of columns, or None.
    """
    rows = np.concatenate([each.rows for each in scores])
    probability = np.concatenate([each.probability for each in scores])
    recency = [each.recency for each in scores if each.recency is not None]
    table = panel.rows.with_scores(TestScores(rows, probability, None, {}), [name for name in kept if name])
    if not panel.rows.id:
        table = table.with_columns(pl.Series("row", panel.order[rows] + 1))
    if len(recency) == len(scores):
        table = table.with_columns(pl.Series(RECENCY_PROBABILITY, np.concatenate(recency)))
    return table


def customer_outcome(panel: LabelledPanel, scores: DateScores) -> Outcome:
    """The customers who were expected to leave at a date, and those who did."""
    counts = panel.counts[scores.rows]
    return _outcome(counts, scores.probability, panel.rows.truth[scores.rows])


def money_outcome(panel: LabelledPanel, scores: DateScores) -> Outcome:
    """The same for their value; nothing without values."""
    values = np.zeros(len(panel.counts)) if panel.values is None else panel.values
    lost = (panel.counts * values)[scores.rows]
    return _outcome(lost, scores.probability, panel.rows.truth[scores.rows])


def _outcome(amounts: Floats, probability: Floats, truth: Floats) -> Outcome:
    """amounts: (t,) what is lost if the row churns. Rows churn independently: chance adds their variances."""
    chance = float((amounts * amounts) @ (probability * (1 - probability)))
    return Outcome(float(amounts @ probability), float(amounts @ truth), chance)


def customer_ends(outcome: Outcome, past: Sequence[Outcome], customers: float) -> Ends:
    """The interval of the number of customers who leave."""
    return earned_ends(outcome.expected, outcome.chance, past, LEAST_CUSTOMERS, customers)


def _about_customers(
    panel: LabelledPanel, scores: DateScores, outcome: Outcome, past: Sequence[Outcome]
) -> dict[str, Any]:
    counts, truth = panel.counts[scores.rows], panel.rows.truth[scores.rows]
    customers = float(counts.sum())
    ends = customer_ends(outcome, past, customers)
    recency = scores.recency
    return {
        "as_of": str(scores.day),
        "trained_until": str(windows.day_of(scores.trained_until)),
        "target": panel.rows.target,
        "model": scores.model.fitted.kind,
        "rows_trained": scores.rows_trained,
        "customers": _whole(customers),
        "observed": _whole(outcome.observed),
        "expected": outcome.expected,
        "expected_low": ends.low,
        "expected_high": ends.high,
        "interval": ends.source,
        "within": ends.low <= outcome.observed <= ends.high,
        "chance_sd": math.sqrt(outcome.chance),
        "expected_last_rate": scores.last_rate * customers,
        "expected_recency": None if recency is None else float(counts @ recency),
        "auc": metrics.auc(truth, scores.probability, counts),
        "auc_recency": None if recency is None else metrics.auc(truth, recency, counts),
        "log_loss": metrics.log_loss(truth, scores.probability, counts),
        "log_loss_last_rate": metrics.log_loss(truth, np.full(len(truth), scores.last_rate), counts),
    }


def _about_baseline(panel: LabelledPanel, scores: DateScores) -> dict[str, Any]:
    """The baseline: the sum of its values if they are probabilities of all rows; its AUC where known."""
    baseline = np.asarray(panel.baseline)[scores.rows]
    counts, truth = panel.counts[scores.rows], panel.rows.truth[scores.rows]
    known = ~np.isnan(baseline)
    is_probability = bool(known.all() and ((baseline >= 0) & (baseline <= 1)).all())
    auc = metrics.auc(truth[known], baseline[known], counts[known]) if known.any() else None
    return {"expected_baseline": float(counts @ baseline) if is_probability else None, "auc_baseline": auc}


def _about_money(
    panel: LabelledPanel, scores: DateScores, outcome: Outcome, past: Sequence[Outcome]
) -> dict[str, Any]:
    values = (panel.counts * np.asarray(panel.values))[scores.rows]
    total = float(values.sum())
    most = total if (values >= 0).all() else math.inf
    ends = earned_ends(outcome.expected, outcome.chance, past, most=most)
    return {
        "value": total,
        "observed_loss": outcome.observed,
        "expected_loss": outcome.expected,
        "expected_loss_low": ends.low,
        "expected_loss_high": ends.high,
        "chance_sd_loss": math.sqrt(outcome.chance),
        "expected_loss_last_rate": (scores.last_loss_rate or 0.0) * total,
    }


def _whole(number: float) -> float | int:
    """A number of customers; a fraction only with weights."""
    return int(number) if number.is_integer() else number


def _or_none(value: Any) -> Any:
    """The value; None for NaN, as the AUC of one class is."""
    return None if isinstance(value, float) and math.isnan(value) else value
