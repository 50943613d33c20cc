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

# names that differ from the columns of the input
ID, TRUTH, WEIGHT, INSTANT, FOUND = "the customer", "what happened", "the weight", "the instant", "found"


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
    if wanted.customer_value:
        kinds[table.require(wanted.customer_value)] = casts.NUMBER
    if wanted.baseline:
        kinds.setdefault(table.require(wanted.baseline), casts.TEXT)
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
    if wanted.baseline and rows[wanted.baseline].dtype == pl.String:
        rows = rows.with_columns(_baseline(rows[wanted.baseline], parts))
    if wanted.truth is not None:
        rows = _with_truth(rows, parts, Table([wanted.truth], reading), wanted)
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


def _baseline(texts: pl.Series, parts: list[Frame]) -> pl.Series:
    """A score as numbers, or a list of yes and no as 1 and 0. Raises ChurnkitError for other texts."""
    try:
        return parse_target(texts, None).cast(pl.Float64).alias(texts.name)
    except TargetError as error:
        not_a_word = error.row
        cast = casts.cast_numbers(texts)
    if cast.bad is not None:
        row = max(not_a_word, cast.bad.arg_true()[0])
        why = f"{quote(texts[row])} is not a number; a list has yes and no, or 1 and 0"
        raise ChurnkitError(f"{place_of(parts, row)}: column {quote(texts.name)}: {why}")
    return cast.values.alias(texts.name)


def _with_truth(
    scored: pl.DataFrame, parts: list[Frame], table: Table, wanted: ScoredColumns
) -> pl.DataFrame:
    """The scored rows joined with the truth of another table, by id, and by as_of if both have it.

    parts: of the scored rows. as_of is compared as an instant: 2024-06-01 is 2024-06-01T00:00:00Z. A note
    counts the rows that are left out for each reason.
    """
    table.require(wanted.id_)
    if ID not in scored.columns:
        raise ChurnkitError(
            f"the scored rows have no column {quote(wanted.id_)}, which joins the truth (--id COLUMN)"
        )
    truth, truth_parts = _read(table, {}, wanted, has_truth=True)
    keys = [ID]
    if columns.AS_OF in scored.columns and columns.AS_OF in truth.columns:
        keys.append(INSTANT)
        scored, truth = _with_instants(scored, parts), _with_instants(truth, truth_parts)
    twice = truth.filter(truth.select(keys).is_duplicated())
    if twice.height:
        at = f" at {columns.AS_OF} {twice[columns.AS_OF][0]}" if INSTANT in keys else ""
        raise ChurnkitError(f"{table.name}: more than one row for {quote(str(twice[ID][0]))}{at}")
    truth = truth.select(*keys, TRUTH, pl.lit(True).alias(FOUND))
    joined = scored.join(truth, on=keys, how="left", maintain_order="left", nulls_equal=True)
    is_found, is_customer = (
        joined[FOUND].fill_null(False),
        joined[ID].is_in(truth[ID].implode(), nulls_equal=True),
    )
    reasons = {
        f"the customer is not in {table.name}": ~is_customer,
        f"{table.name} has the customer at another {columns.AS_OF}": is_customer & ~is_found,
        f"the truth in {table.name} is empty": is_found & joined[TRUTH].is_null(),
    }
    for why, is_out in reasons.items():
        if count := int(is_out.sum()):
            messages.note("unknown-value", f"{messages.count(count, 'row')} left out: {why}", count=count)
    return joined.filter(joined[TRUTH].is_not_null()).drop(FOUND)


def _with_instants(rows: pl.DataFrame, parts: list[Frame]) -> pl.DataFrame:
    """The rows with as_of as an instant, null if empty. Raises ChurnkitError for what is not a date."""
    cast = casts.cast_times(rows[columns.AS_OF])
    bad = (cast.values.is_null() & rows[columns.AS_OF].is_not_null()).arg_true()
    if len(bad):
        value = quote(rows[columns.AS_OF][bad[0]])
        raise ChurnkitError(
            f"{place_of(parts, bad[0])}: column {quote(columns.AS_OF)}: {value} is not a date"
        )
    return rows.with_columns(cast.values.alias(INSTANT))


def _known(scored: pl.DataFrame, wanted: ScoredColumns) -> pl.DataFrame:
    """The rows in which all requested columns are known; a note counts the others."""
    reasons = {"known truth": TRUTH, "baseline": wanted.baseline, "customer value": wanted.customer_value}
    for what, name in reasons.items():
        if name and (unknown := scored[name].null_count()):
            text = f"{messages.count(unknown, 'row')} without a {what} left out"
            messages.note("unknown-value", text, count=unknown)
            scored = scored.filter(scored[name].is_not_null())
    return scored
