"""Findings about a whole table: what has changed beyond chance, each with a code and in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from churnkit import windows
from churnkit.checks.chance import FALSE_ALARMS, none_before
from churnkit.checks.expectations import ExpectedColumn
from churnkit.checks.lookalikes import changed_unit, renamed, swapped_pairs
from churnkit.checks.table_facts import TableFacts
from churnkit.columns import list_names
from churnkit.drift.changes import show_share
from churnkit.drift.records import drift_records
from churnkit.errors import quote
from churnkit.features import is_label
from churnkit.formatting import count, format_value
from churnkit.profiling.column_statistics import TOP, instant_text, smallest_texts
from churnkit.profiling.personal_data import find_personal_data
from churnkit.profiling.special_categories import special_category
from churnkit.tables import casts, types

NULL_POINTS = 0.05  # by which a share of empty values moves at least
NULL_ERRORS = 4.0  # standard errors
MOSTLY = 0.5  # of the rows of a column: if as many have a wrong type, the column has another type
TWICE = 0.45  # of the rows of a day repeat an earlier row, if the day was delivered twice
DAY_ROWS = 10  # fewest rows of such a day
USUAL_REPEATS = 0.1  # share of the base's rows from which on a repeated row is nothing new
TIME_ROWS = 20  # fewest rows with both times
ID_ROWS = 20  # fewest rows that tell the type of an id
WHAT_A_COLUMN_IS = {"columns-gone", "swapped", "changed-unit", "changed-type", "null-share", "new-values"}


@dataclass(frozen=True)
class TableFinding:
    """code: a key of MESSAGES. column: its name, or None. rows: how many are concerned. before, after: of a
    figure. p: the probability by chance, where it was computed."""

    code: str
    column: str | None
    text: str
    rows: int | None = None
    before: Any = None
    after: Any = None
    p: float | None = None

    def record(self) -> dict[str, Any]:
        """The finding as a record, in the order of its fields."""
        return {
            "code": self.code, "column": self.column, "text": self.text, "rows": self.rows,
            "before": self.before, "after": self.after, "p": self.p,
        }  # fmt: skip


@dataclass(frozen=True)
class TableLimits:
    """What the user wants of a table. rows: lowest and highest multiple of the base's rows; None: not judged.

    max_age: microseconds, or None. now: an instant. decimal: of numbers. are_parts: of a stream, in which
    rows need not be new.
    """

    now: int
    rows: tuple[float, float] | None = (0.5, 2.0)
    max_age: int | None = None
    refuses_personal: bool = False
    decimal: str | None = None
    are_parts: bool = False


def find(facts: TableFacts, limits: TableLimits) -> list[TableFinding]:
    """All findings about the rows of a table; the cause of several is named first and the others left out."""
    found = [
        *_rows(facts, limits),
        *_columns(facts, limits),
        *(() if limits.are_parts else find_ages(facts, limits)),
        *_ids(facts),
        *_twice(facts),
        *_personal(facts, limits),
    ]
    if not facts.rows:
        return found
    named = {finding.column for finding in found if finding.code in WHAT_A_COLUMN_IS}
    for group in (_looks(facts, limits), _types(facts), _nulls(facts), _words(facts), _drift(facts)):
        fresh = [finding for finding in group if finding.column not in named]
        found += fresh
        named |= {finding.column for finding in fresh if finding.code in WHAT_A_COLUMN_IS}
        named |= {str(finding.after) for finding in fresh if finding.code == "swapped"}
    return found


# ------------------------------------------------------------------------ the table
def _rows(facts: TableFacts, limits: TableLimits) -> Iterator[TableFinding]:
    base = facts.expected.rows
    rows = facts.all_rows
    if not rows and (limits.rows is None or limits.rows[0] > 0):
        yield TableFinding("row-count", None, "the table has no rows", 0, base, 0)
    elif base and limits.rows is not None:
        low, high = limits.rows
        if not low * base <= rows <= high * base:
            share = f"{rows / base:.2g} times the {count(base, 'row')} of BASE"
            text = f"{count(rows, 'row')}: {share}, outside {low:g}..{high:g}"
            yield TableFinding("row-count", None, text, rows, base, rows)


def _columns(facts: TableFacts, limits: TableLimits) -> Iterator[TableFinding]:
    expected, names = facts.expected, facts.names
    gone = [name for name in facts.gone if not is_label(name)] if facts.names else []
    new = [name for name in names if name not in expected.columns and name not in expected.dropped]
    texts = _sampled(facts)
    watched = [column for column in expected.drift.columns if column.name in gone]
    pairs = renamed(watched, new, texts, limits.decimal) if facts.rows else {}
    if len(gone) == len(new) == 1 and not pairs and expected.is_whole and not watched:
        pairs = {gone[0]: new[0]}  # an id, or a time: the one column that is left
    for name, other in pairs.items():
        text = f"{quote(name)} is gone; {quote(other)} looks like it under another name"
        yield TableFinding("columns-renamed", name, text, before=name, after=other)
    left = [name for name in gone if name not in pairs]
    for name in left:
        yield TableFinding("columns-gone", name, f"the column {quote(name)} is gone")
    if not expected.is_whole:
        return
    for name in new:
        if name not in pairs.values():
            yield TableFinding("columns-new", name, f"the column {quote(name)} is new")
    both = [name for name in expected.columns if name in names]
    order = [name for name in names if name in expected.columns]
    if both != order:
        moved = [name for name, other in zip(order, both, strict=True) if name != other]
        text = f"the columns are in another order: {list_names(moved)}"
        yield TableFinding("columns-reordered", None, text, before=both, after=order)


def find_ages(facts: TableFacts, limits: TableLimits) -> Iterator[TableFinding]:
    """Rows that are older than those of the base, or older than --max-age."""
    expected, name = facts.expected, facts.time
    if name in facts.lasts and expected.columns[name].last is not None and expected.time == name:
        last, before = facts.lasts[name], int(expected.columns[name].last or 0)
        if last // windows.SECOND < before // windows.SECOND:
            text = f"the latest {name} is {_moment(last)}, earlier than in BASE ({_moment(before)})"
            yield TableFinding("stale", name, text, before=_moment(before), after=_moment(last))
    if limits.max_age is None:
        return
    past = {n: t for n, t in facts.lasts.items() if expected.columns[n].is_past}
    lasts = [facts.lasts[name]] if name in facts.lasts else past.values()
    latest = max((t for t in lasts if t <= limits.now + windows.DAY), default=None)
    if latest is None or limits.now - latest > limits.max_age:
        what = "no row has a time" if latest is None else f"the latest time is {_moment(latest)}"
        days = limits.max_age / windows.DAY
        text = f"{what}; --max-age allows {days:g} days before {_moment(limits.now)}"
        yield TableFinding("too-old", name, text, after=None if latest is None else _moment(latest))


def _twice(facts: TableFacts) -> Iterator[TableFinding]:
    """A day whose rows are all there twice."""
    if (facts.expected.repeats or 0.0) >= USUAL_REPEATS:
        return
    twice = [d for d, rows in facts.days.items() if rows >= DAY_ROWS and facts.repeated[d] >= TWICE * rows]
    for day in sorted(twice):
        share = f"{facts.repeated[day]:,} of {facts.days[day]:,} repeat an earlier row"
        text = f"the rows of {windows.day_numbered(day)} are there twice: {share}"
        yield TableFinding("delivered-twice", facts.time, text, facts.repeated[day])


def _personal(facts: TableFacts, limits: TableLimits) -> Iterator[TableFinding]:
    if not limits.refuses_personal:
        return
    for texts in facts.sample.rows:
        known = texts.drop_nulls()
        distinct = known.unique(maintain_order=True).to_list()
        kind = types.type_of(known)
        counts = known.alias("value").value_counts(name="rows")
        counted = counts.sort("rows", "value", descending=[True, False]).head(TOP).rows()
        personal = find_personal_data(
            texts.name, kind, smallest_texts(distinct), len(distinct), len(known), counted
        )
        if (special := special_category(texts.name)) is not None and distinct:
            text = f"{texts.name}: by its name, personal data of a special category ({special})"
            yield TableFinding("special-category", texts.name, text)
        if personal is not None:
            share = "by its name" if personal.share is None else f"{personal.share:.0%} of the values"
            text = f"{texts.name} holds personal data: {personal.kind} ({share})"
            yield TableFinding("personal-data", texts.name, text)


# ------------------------------------------------------------------------ its columns
def _looks(facts: TableFacts, limits: TableLimits) -> Iterator[TableFinding]:
    """Columns that are swapped, and numbers in another unit."""
    texts = _sampled(facts)
    watched = {column.name: column for column in facts.watch.watched if column.name in facts.names}
    shifts = {name: facts.watch.shift(column) for name, column in watched.items()}
    suspects = [
        column
        for name, column in watched.items()
        if shifts[name].drifted or facts.mistyped[name] >= MOSTLY * facts.rows
    ]
    taken: set[str] = set()
    pairs = [*swapped_pairs(suspects, texts, limits.decimal), *_swapped_times(facts)]
    for first, second in pairs:
        taken |= {first, second}
        text = f"{quote(first)} and {quote(second)} look swapped"
        yield TableFinding("swapped", first, text, before=first, after=second)
    for name, column in watched.items():
        if name not in taken and shifts[name].moved:
            unit = changed_unit(texts(name), column, shifts[name].psi, limits.decimal)
            if unit is not None:
                before, after = facts.watch.means(column)
                means = f"mean {format_value(before)} → {format_value(after)}"
                text = f"{name}: the values look like those of BASE {unit} ({means})"
                yield TableFinding("changed-unit", name, text, None, before, after, shifts[name].p)


def _swapped_times(facts: TableFacts) -> Iterator[tuple[str, str]]:
    """The columns of times that stand in the other order in every row.

    In the base the first column begins and ends before the second, which it could not do if it were later in
    each of its rows, as here: so this needs no limit of chance.
    """
    for pair, (before, after) in facts.orders.items():
        if before == 0 and after >= max(TIME_ROWS, MOSTLY * facts.rows):
            yield pair


def _types(facts: TableFacts) -> Iterator[TableFinding]:
    """Columns of another type, and numbers that were never negative."""
    for name, column in facts.expected.columns.items():
        known = facts.rows - facts.nulls[name]
        if facts.mistyped[name] and facts.mistyped[name] >= MOSTLY * known:
            share = show_share(facts.mistyped[name] / known)
            text = f"{name}: {share} of the values are not of the type {column.type}, as in BASE"
            yield TableFinding("changed-type", name, text, facts.mistyped[name])
        for counts, words in ((facts.fractions, "with decimals"), (facts.negatives, "below 0")):
            p = _chance(facts, column, counts[name])
            if p < FALSE_ALARMS / len(facts.expected.columns):
                text = f"{name}: {count(counts[name], 'number')} {words}, in BASE none"
                yield TableFinding("changed-type", name, text, counts[name], 0, counts[name], p)


def _nulls(facts: TableFacts) -> Iterator[TableFinding]:
    for name, column in facts.expected.columns.items():
        if name not in facts.names or not column.rows:
            continue
        base, new = _effective(facts, column)
        before, after = column.nulls / column.rows, facts.nulls[name] / facts.rows
        both = (before * base + after * new) / (base + new)
        error = (both * (1 - both) * (1 / base + 1 / new)) ** 0.5
        if abs(after - before) >= NULL_POINTS and abs(after - before) >= NULL_ERRORS * error:
            text = f"{name}: {show_share(after)} of the rows are empty, in BASE {show_share(before)}"
            yield TableFinding("null-share", name, text, facts.nulls[name], before, after)


def _words(facts: TableFacts) -> Iterator[TableFinding]:
    """Words that the base never had, where it shows all of its words; of a closed column they are rejects."""
    for name, column in facts.expected.columns.items():
        counts = facts.unseen.counts.get(name)
        if column.words is None or column.is_closed or not counts:
            continue
        rows = sum(counts.values())
        p = _chance(facts, column, rows)
        if p < FALSE_ALARMS / len(facts.expected.columns):
            words = ", ".join(quote(word) for word, _ in counts.most_common(5))
            more = "" if len(counts) <= 5 else f" and {len(counts) - 5} more"
            text = f"{name}: {count(rows, 'row')} with new values: {words}{more}"
            yield TableFinding("new-values", name, text, rows, 0, rows / facts.rows, p)


def _drift(facts: TableFacts) -> Iterator[TableFinding]:
    """The columns that have drifted by the rule of `drift`."""
    for record in _drift_records(facts):
        if record["drifted"]:
            figures = f"PSI {record['psi']:.2f}"
            figures += f", {record['outside']:.1%} outside" if record["outside"] else ""
            text = f"{record['column']}: {record['change']} ({figures})"
            yield TableFinding(
                "drifted", record["column"], text, None, record["before"], record["after"], record["p"]
            )


def undecided(facts: TableFacts) -> list[str]:
    """The columns of which too few rows are there to tell whether they have drifted."""
    return [record["column"] for record in _drift_records(facts) if record["note"]] if facts.rows else []


def _drift_records(facts: TableFacts) -> list[dict[str, Any]]:
    columns = [column for column in facts.watch.columns if column.name in facts.names]
    rows = {name: counts for name, counts in facts.watch.rows.items() if name in facts.names}
    return drift_records(facts.expected.drift, replace(facts.watch, columns=columns, rows=rows), facts.unseen)


def _ids(facts: TableFacts) -> Iterator[TableFinding]:
    """Ids that are written otherwise: as numbers, or without their zeros."""
    column = facts.expected.columns.get(facts.id)
    if column is None or column.type not in (types.TEXT, types.INTEGER) or facts.id not in facts.names:
        return
    known = _sampled(facts)(facts.id).drop_nulls()
    if len(known) < ID_ROWS:
        return
    kind = types.type_of(known)
    if column.type == types.INTEGER:
        if known.str.contains(types.WHOLE_WITH_POINT).all():
            text = f"{facts.id}: .0 at the end of the ids, in BASE not"
            yield TableFinding("changed-ids", facts.id, text, before=column.type, after=kind)
    elif column.are_words and kind in (types.INTEGER, types.FLOAT):
        text = f"{facts.id}: all ids are numbers, in BASE most are not"
        yield TableFinding("changed-ids", facts.id, text, before=column.type, after=kind)
    elif column.has_leading_zeros and column.lengths is not None and column.lengths[0] == column.lengths[1]:
        shorter = int((known.str.len_chars() < column.lengths[0]).sum())
        if shorter and casts.cast_numbers(known).bad is None:
            text = f"{facts.id}: ids shorter than in BASE, {column.lengths[0]} characters: were zeros lost?"
            yield TableFinding("changed-ids", facts.id, text, before=column.type, after=kind)


# ------------------------------------------------------------------------ what they share
def _sampled(facts: TableFacts) -> Callable[[str], pl.Series]:
    rows = facts.sample.rows
    return lambda name: rows[name] if name in rows.columns else pl.Series(name, [], dtype=pl.String)


def _chance(facts: TableFacts, column: ExpectedColumn, rows: int) -> float:
    """The probability of a fault in this number of new rows by chance, if no row of the base has it."""
    if not rows:
        return 1.0
    base, new = _effective(facts, column)
    return none_before(rows * new / facts.rows, base, new)


def _effective(facts: TableFacts, column: ExpectedColumn) -> tuple[float, float]:
    """The effective customers of the base and of the new rows; without an id, the numbers of rows."""
    base = facts.expected.drift.customers
    if base is None or not facts.watch.has_ids:
        return float(column.rows), float(facts.rows)
    return min(base, column.rows), min(facts.watch.customers.effective, facts.rows)


def _moment(instant: int) -> str:
    """An instant as text, to the second; a midnight as its date."""
    return instant_text(instant).replace("T00:00:00Z", "")
