"""Walks forward in time: at each date a model learns from what was known then, and scores that date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.arrays import Floats, Ints
from churnkit.backtest.reading import AS_A_PANEL, BacktestOptions, LabelledPanel
from churnkit.errors import ChurnkitError, quote
from churnkit.evaluation.metrics import smooth_rate
from churnkit.models import Fitted
from churnkit.models.calibration import fit_line
from churnkit.models.columns import Column, encode_rows
from churnkit.tables import casts
from churnkit.training.fitting import SimplestFolds, fit_untested
from churnkit.training.preparation import NoFeaturesError, choose_columns
from churnkit.training.reading import LabelledRows
from churnkit.training.test_plan import embargo, plan_test


@dataclass(frozen=True)
class DatedModel:
    """The model that `fit` would have written at a date. left_out: column → why; leaks, clocks: those of them
    that reveal the target, or the date."""

    fitted: Fitted
    columns: Sequence[Column]
    left_out: dict[str, str]
    leaks: frozenset[str]
    clocks: frozenset[str]


@dataclass(frozen=True)
class DateScores:
    """What was said at a date. as_of, trained_until: instants; the latter of the latest training rows.
    dates_trained: how many dates these have.

    rows: (t,) row numbers in the panel. probability, recency: (t,) of the model, and of recency alone, or
    None. last_rate, last_loss_rate: the share of customers, and of value, lost at trained_until.
    """

    as_of: int
    trained_until: int
    rows_trained: int
    dates_trained: int
    rows: Ints
    probability: Floats
    recency: Floats | None
    last_rate: float
    last_loss_rate: float | None
    model: DatedModel

    @property
    def day(self) -> date:
        """The day of the observation date."""
        return windows.day_of(self.as_of)


@dataclass(frozen=True)
class Walk:
    """scores: by date, ascending. not_judged: the other dates with a label → why."""

    scores: list[DateScores] = field(default_factory=list)
    not_judged: dict[str, str] = field(default_factory=dict)


def walk_forward(
    panel: LabelledPanel, chosen: BacktestOptions, progress: Callable[[str, int, int], None]
) -> Walk:
    """Scores each date of the panel with a model of the rows whose label windows have ended by then.

    progress: called after each date. Raises ChurnkitError for an unknown column, for a value that is not a
    number where all values known until then are, or if no date can be judged.
    """
    walk, folds = Walk(), None
    instants = np.asarray(panel.rows.instants)
    dates = np.unique(instants).tolist()
    for number, instant in enumerate(dates, start=1):
        until = embargo(instant, panel.days)
        train = np.flatnonzero(instants <= until)
        truth = panel.rows.truth[train]
        day = str(windows.day_of(instant))
        if not len(train):
            walk.not_judged[day] = "no label window has ended by then"
        elif truth.min() == truth.max():
            walk.not_judged[day] = f"all rows known by then {'churned' if truth[0] else 'stayed'}"
        else:
            try:
                model, folds = _fit(panel.rows.part(train), chosen, folds)
            except NoFeaturesError as error:
                walk.not_judged[day] = str(error)
            else:
                walk.scores.append(_score(panel, model, instant, train))
        progress("backtest: date", number, len(dates))
    if not walk.scores:
        raise ChurnkitError(
            f"no date can be judged: at {day}, the latest, {walk.not_judged[day]}; a label window has "
            f"{panel.days} days, and a backtest needs dates after it: {AS_A_PANEL}"
        )
    return walk


def _fit(
    known: LabelledRows, chosen: BacktestOptions, earlier: SimplestFolds | None
) -> tuple[DatedModel, SimplestFolds | None]:
    """The model that `fit` would write from these rows, and its folds. The baseline is not a column of it.

    earlier: the folds of the date before. Their rows are what `fit` tests the shape of this model with.
    """
    drop = (*chosen.drop, *([chosen.baseline] if chosen.baseline else []))
    prepared = choose_columns(known, chosen.only, drop, chosen.allow_leak, chosen.allow_clock)
    plan = plan_test(known.target, known.truth, known.instants, chosen.horizon_days, chosen.lead_days)
    data = known.training_rows(prepared)
    fitted, folds = fit_untested(chosen.kind, data, plan.split, {}, chosen.seed, earlier)
    model = DatedModel(
        fitted,
        prepared.columns,
        prepared.left_out,
        frozenset(prepared.leaks),
        frozenset(prepared.clocks),
    )
    return model, folds


def _score(panel: LabelledPanel, model: DatedModel, instant: int, train: Ints) -> DateScores:
    instants = np.asarray(panel.rows.instants)
    rows = np.flatnonzero(instants == instant)
    latest = int(instants[train].max())
    last = np.flatnonzero(instants == latest)
    counts, truth = panel.counts[last], panel.rows.truth[last]
    lost = None
    if panel.values is not None:
        value = counts @ panel.values[last]
        lost = float(counts * truth @ panel.values[last] / value) if value else 0.0
    recency = None
    if panel.recency is not None and not np.isnan(panel.recency[train]).all():
        recency = _score_by_recency(
            panel.recency[train], panel.rows.truth[train], panel.counts[train], panel.recency[rows]
        )
    return DateScores(
        instant,
        latest,
        len(train),
        len(np.unique(instants[train])),
        rows,
        score_rows(panel, model, rows),
        recency,
        float(np.average(truth, weights=counts)),
        lost,
        model,
    )


def score_rows(panel: LabelledPanel, model: DatedModel, rows: Ints) -> Floats:
    """(t,) the probabilities of some rows. rows: (t,) row numbers in the panel."""
    features, texts = model.columns, panel.rows.table[rows]
    read = []
    for column in features:
        series = texts[column.name]
        if not column.is_category:
            cast = casts.cast_numbers(series, panel.rows.decimal)
            if cast.bad is not None:
                raise _not_a_number(panel, int(rows[cast.bad.arg_true()[0]]), column.name)
            series = cast.values
        read.append(series.alias(column.name))
    return model.fitted.probability(encode_rows(pl.DataFrame(read), features))


def _not_a_number(panel: LabelledPanel, row: int, name: str) -> ChurnkitError:
    """The error for a text in a column that has only numbers at earlier dates."""
    table, day = panel.rows.table, windows.day_of(int(np.asarray(panel.rows.instants)[row]))
    who = f" of {quote(str(table[panel.rows.id][row]))}" if panel.rows.id else ""
    return ChurnkitError(
        f"{panel.rows.place(row)}: column {quote(name)}: {quote(table[name][row])}{who} at {day} is not a "
        f"number, and the model of "
        f"that date had only numbers to learn from; --drop {name} leaves the column out"
    )


def _score_by_recency(known: Floats, truth: Floats, weights: Floats, values: Floats) -> Floats:
    """(t,) the probabilities of values (t,) by a logistic regression on the known rows (n,).

    A missing value has the share of the rows without one, drawn to the base rate.
    """
    base = float(np.average(truth, weights=weights))
    is_known = ~np.isnan(known)
    without = weights[~is_known]
    probability = np.full(len(values), float(smooth_rate(without @ truth[~is_known], without.sum(), base)))
    some = truth[is_known]
    if len(some) and some.min() < some.max():
        line = fit_line(known[is_known], some, weights[is_known])
        has_value = ~np.isnan(values)
        probability[has_value] = line.probability(values[has_value])
    else:
        probability[~np.isnan(values)] = base
    return probability
