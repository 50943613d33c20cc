"""Reads the panel of a backtest, and the history that a backtest wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from churnkit import columns, windows
from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError, quote
from churnkit.evaluation.outcomes import LEAST_DATES
from churnkit.tables import casts, streams, types
from churnkit.tables.table import Reading, Table
from churnkit.training.learning_options import LearningOptions
from churnkit.training.reading import LabelledRows, read_labelled
from churnkit.training.test_plan import describe_label, window_days

AS_A_PANEL = "featurize --as-of 2023-01-01..2024-12-01/1mo --horizon 28d"
MONEY = ("expected_loss", "observed_loss", "chance_sd_loss")


@dataclass(frozen=True, kw_only=True)
class BacktestOptions(LearningOptions):
    """The options of backtest. customer_value, baseline: names of columns."""

    customer_value: str | None = None
    baseline: str | None = None


@dataclass(frozen=True)
class LabelledPanel:
    """Labelled rows at several dates, sorted by id and date, so that their order does not matter.

    order: (n,) the number of each row among the labelled rows of the table. days: from as_of to the end of
    the label window. counts: (n,) the customers that each row stands for. values: (n,) money, 0 if unknown.
    unknown_values: the number of rows with an unknown one. baseline, recency: (n,) NaN if unknown. values,
    baseline and recency are None if the table does not have the column.
    """

    rows: LabelledRows
    order: Ints
    days: int
    counts: Floats
    values: Floats | None
    unknown_values: int
    baseline: Floats | None
    recency: Floats | None


def read_panel(files: Sequence[str], reading: Reading, chosen: BacktestOptions) -> LabelledPanel:
    """The panel of a feature table. Raises ChurnkitError, with what to type, if it cannot be one."""
    table = Table(streams.arguments(files), reading)
    table.require(columns.AS_OF, f"make the table with {AS_A_PANEL}")
    wanted = (chosen.weight, chosen.customer_value, chosen.baseline)
    numbers = [table.require(name) for name in wanted if name]
    rows = read_labelled(table, chosen.target, chosen.positive, chosen.id_, chosen.weight, numbers)
    label = describe_label(rows.target, chosen.horizon_days, chosen.lead_days)
    if rows.instants is None or len(np.unique(rows.instants)) < 2:
        raise ChurnkitError(
            f"{table.name} has labels at one date only; a backtest learns from the labels of earlier dates: "
            f"{AS_A_PANEL}"
        )
    days = window_days(label)
    counts = rows.numbers[chosen.weight] if chosen.weight else np.ones(rows.table.height)
    rows = replace(rows, weights=counts)  # `part` divides by their mean: later rows must not change it
    order = _order(rows)
    rows, counts = rows.part(order), counts[order]
    rows = replace(rows, plain=_plain_columns(rows))
    values = rows.numbers[chosen.customer_value] if chosen.customer_value else None
    return LabelledPanel(
        replace(rows, weights=counts),
        order,
        days,
        counts,
        None if values is None else np.nan_to_num(values),
        0 if values is None else int(np.isnan(values).sum()),
        rows.numbers[chosen.baseline] if chosen.baseline else None,
        _recency(rows),
    )


def _plain_columns(rows: LabelledRows) -> dict[str, pl.Series]:
    """The columns of plain numbers: these are the same in the rows of each date."""
    if rows.decimal is not None:
        return {}
    read = {name: types.plain_numbers(rows.table[name]) for name in rows.table.columns}
    return {name: values for name, values in read.items() if values is not None}


def _order(rows: LabelledRows) -> Ints:
    """(n,) the rows by id and date; rows with the same, or without an id, by all their values."""
    first = [pl.Series("\0date", rows.instants)]
    if rows.id:
        first.insert(0, rows.table[rows.id].alias("\0id"))
    keys = pl.DataFrame(first)
    if not rows.id or keys.is_duplicated().any():
        keys = keys.hstack(rows.table.select(sorted(rows.table.columns)))
    return keys.select(pl.arg_sort_by(keys.columns)).to_series().to_numpy().astype(np.int64)


def _recency(rows: LabelledRows) -> Floats | None:
    """The days since the last event, (n,) NaN if unknown or not a number; None without such a column."""
    if columns.RECENCY not in rows.table.columns:
        return None
    values = casts.cast_numbers(rows.table[columns.RECENCY], rows.decimal).values
    return values.fill_null(float("nan")).to_numpy()


def read_history(path: str, target: str, kind: str) -> list[dict[str, Any]]:
    """The dates that `backtest` wrote, ascending: as_of, expected, observed, chance_sd, and those of money.

    Raises ChurnkitError if a column is missing or bad, if the rows are of another target or model kind, or if
    there are fewer than 3.
    """
    table = Table([path], Reading())
    text = {"as_of": casts.TIME, "target": casts.TEXT, "model": casts.TEXT}
    numbers = ["expected", "observed", "chance_sd"]
    if MONEY[0] in table.names:
        numbers += MONEY
    for name in (*text, *numbers):
        table.require(name, "the output of churnkit backtest has it")
    rows, _ = table.whole({**text, **dict.fromkeys(numbers, casts.NUMBER)})
    for column, wanted, what in (("target", target, "target"), ("model", kind, "model kind")):
        for other in rows[column].unique(maintain_order=True):
            if other != wanted:
                raise ChurnkitError(
                    f"{table.name} is of the {what} {quote(str(other))}, and the model is of "
                    f"{quote(wanted)}: run backtest with the same options as fit"
                )
    if rows.height < LEAST_DATES:
        raise ChurnkitError(
            f"{table.name} has {rows.height} of the {LEAST_DATES} dates that an interval needs: run backtest "
            f"on more dates ({AS_A_PANEL})"
        )
    bad = rows.select(numbers).null_count().row(0)
    if any(bad):
        name = next(name for name, count in zip(numbers, bad, strict=True) if count)
        raise ChurnkitError(f"{table.name}: column {quote(name)} is empty in a row")
    dates = rows.sort("as_of")
    days = [str(windows.day_of(instant)) for instant in dates["as_of"]]
    return dates.select(pl.Series("as_of", days), *numbers).to_dicts()
