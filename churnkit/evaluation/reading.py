"""Reads scored rows with the truth, from the same table or joined from another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from churnkit import columns, messages
from churnkit.errors import ChurnkitError, quote
from churnkit.features import is_label
from churnkit.tables import casts, column_casts
from churnkit.tables.table import Frame, Reading, Table, place_of
from churnkit.target import TargetError, count_values, other_values, parse_target, target_column

ID, TRUTH, WEIGHT = (
    "the customer",
    "what happened",
    "the weight",
)  # names that differ from the columns of the input


@dataclass(frozen=True)
class ScoredColumns:
    """The columns that the user named. truth: the FILE with the truth, None for the scored table itself."""

    id_: str
    target: str | None
    positive: str | None
    truth: str | None
    baseline: str | None
    customer_value: str | None
    by: tuple[str, ...]
    weight: str | None = None


def read_scored(paths: Sequence[str], reading: Reading, wanted: ScoredColumns) -> pl.DataFrame:
    """The rows in which all requested columns are known: ID, AS_OF (if present), probability, TRUTH (0, 1).

    Raises ChurnkitError if a column does not exist, or if a probability is not between 0 and 1.
    """
    table = Table(list(paths), reading)
    table.require(columns.PROBABILITY)
    kinds = {columns.PROBABILITY: casts.NUMBER}
    weight = wanted.weight or (columns.WEIGHT if columns.WEIGHT in table.names else None)
    if weight is not None:
        kinds[table.require(weight)] = casts.NUMBER
        text = f"each row counts as many customers as its {quote(weight)} says"
        messages.note("weighted", text, column=weight)
    kinds |= {table.require(name): casts.TEXT for name in wanted.by}
    for name in (wanted.baseline, wanted.customer_value):
        if name:
            kinds[table.require(name)] = casts.NUMBER
    rows, parts = _read(table, kinds, wanted, has_truth=wanted.truth is None)
    probability = rows[columns.PROBABILITY]
    bad = (probability.is_null() | (probability < 0) | (probability > 1)).arg_true()
    if len(bad):
        value = probability[bad[0]]
        what = "the value is empty" if value is None else f"{value:g} is not between 0 and 1"
        raise ChurnkitError(f"{place_of(parts, bad[0])}: column {quote(columns.PROBABILITY)}: {what}")
    if weight is not None:
        bad = (rows[weight].is_null() | (rows[weight] <= 0)).arg_true()
        if len(bad):
            place = place_of(parts, bad[0])
            raise ChurnkitError(f"{place}: column {quote(weight)}: a weight must be a number above 0")
        rows = rows.with_columns(rows[weight].alias(WEIGHT))
    if wanted.truth is not None:
        rows = _with_truth(rows, Table([wanted.truth], reading), wanted)
    return _known(rows, wanted)


def _read(
    table: Table, kinds: dict[str, str], wanted: ScoredColumns, *, has_truth: bool
) -> tuple[pl.DataFrame, list[Frame]]:
    """Rows with the columns in `kinds`, ID, AS_OF (as text) and TRUTH (1, 0, null)."""
    target = target_column(table.names, wanted.target, is_label) if has_truth else None
    present = [name for name in (wanted.id_, columns.AS_OF) if name in table.names]
    kinds = {**dict.fromkeys([*present, *([target] if target else [])], casts.TEXT), **kinds}
    rows, parts = table.whole(kinds)
    if wanted.id_ in present:
        column_casts.write_notes(
            column_casts.notice_ids(rows[wanted.id_]), table.reading.notation, table.name
        )
    if target is not None:
        try:
            truth = parse_target(rows[target], wanted.positive)
        except TargetError as error:
            place = place_of(parts, error.row)
            raise ChurnkitError(f"{place}: column {quote(target)}: {error}") from None
        if told := other_values(count_values(rows[target]), wanted.positive):
            messages.note("target-values", told[0], count=told[1])
        rows = rows.with_columns(truth.alias(TRUTH))
    return rows.with_columns(rows[name].alias(ID) for name in present if name == wanted.id_), parts


def _with_truth(scored: pl.DataFrame, table: Table, wanted: ScoredColumns) -> pl.DataFrame:
    """The scored rows joined with the truth of another table, by id, and by as_of if both have it."""
    table.require(wanted.id_)
    if ID not in scored.columns:
        raise ChurnkitError(
            f"the scored rows have no column {quote(wanted.id_)}, which joins the truth (--id COLUMN)"
        )
    truth, _ = _read(table, {}, wanted, has_truth=True)
    keys = [k for k in (ID, columns.AS_OF) if k in scored.columns and k in truth.columns]
    truth = truth.select(*keys, TRUTH)
    twice = truth.filter(truth.select(keys).is_duplicated())
    if twice.height:
        at = f" at {columns.AS_OF} {twice[columns.AS_OF][0]}" if columns.AS_OF in keys else ""
        raise ChurnkitError(f"{table.name}: more than one row for {quote(str(twice[ID][0]))}{at}")
    return scored.join(truth, on=keys, how="left", maintain_order="left", nulls_equal=True)


def _known(scored: pl.DataFrame, wanted: ScoredColumns) -> pl.DataFrame:
    """The rows in which all requested columns are known; a note counts the others."""
    reasons = {"known truth": TRUTH, "baseline": wanted.baseline, "customer value": wanted.customer_value}
    for what, name in reasons.items():
        if name and (unknown := scored[name].null_count()):
            text = f"{messages.count(unknown, 'row')} without a {what} left out"
            messages.note("unknown-value", text, count=unknown)
            scored = scored.filter(scored[name].is_not_null())
    return scored
