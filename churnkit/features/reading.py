"""Reads an event log and joined tables, and builds the feature table."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from churnkit import columns, messages, windows
from churnkit.arrays import Ints
from churnkit.columns import slug
from churnkit.errors import CheckFailed, ChurnkitError, quote
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.reading import (
    LogRoles,
    check_churn_event,
    end_of_log,
    find_roles,
    note_unknown_events,
    read_log,
)
from churnkit.features import (
    COLUMN,
    VALUE,
    Feature,
    column_of,
    feature_table,
    parse,
    parse_all,
    refuse_label_like_feature,
)
from churnkit.features.feature_table import FeatureTable
from churnkit.features.join import JoinedTable, dated_rows, join_columns, read_join
from churnkit.features.own_dates import find_own_dates, rows_of_log
from churnkit.features.population import describe_returns
from churnkit.labels import Label, PopulationRule, choose_rule
from churnkit.tables.table import Reading, Table
from churnkit.windows import AsOf, OwnDate


@dataclass(frozen=True)
class FeaturizeOptions:
    """The options of `featurize`: columns, events and durations as typed, or None.

    names: the features. joins: FILEs of other tables.
    """

    id_: str
    time: str
    event: str
    value: str
    horizon: str | None
    lead: str | None
    active_within: str | None
    activity: tuple[str, ...]
    churn_event: str | None
    start_event: str | None
    until: str | None
    names: tuple[str, ...]
    windows: tuple[str, ...]
    joins: tuple[str, ...]
    prove: bool
    dedupe: bool
    zone: str

    def rule(self, like: str | None) -> tuple[Label | None, PopulationRule]:
        """The label's rule, and who is in a table without a label. like: the target of a model."""
        days = [windows.parse_days(text) if text else None for text in (self.horizon, self.active_within)]
        lead = windows.parse_days(self.lead, least=0) if self.lead else None
        activity = tuple(slug(name) for name in self.activity)
        churn, start = (slug(name) if name else None for name in (self.churn_event, self.start_event))
        rule, everyone = choose_rule(days[0], lead, days[1], activity, churn, start, like)
        if rule is not None:
            refuse_label_like_feature(rule)
        return rule, everyone


@dataclass(frozen=True)
class LikeModel:
    """What a feature table takes from a model: its target, and the names of its columns."""

    target: str
    columns: tuple[str, ...]


def read_feature_table(
    paths: Sequence[str],
    reading: Reading,
    as_of: str,
    options: FeaturizeOptions,
    like: LikeModel | None,
    asked: Container[str],
) -> pl.DataFrame:
    """The features of each customer at each observation date, with the label if a horizon is given.

    as_of: dates as typed. asked: the options that the user gave. Raises CheckFailed if --prove finds a value
    that is not point in time.
    """
    zone = windows.zone_named(options.zone)
    rule, everyone = options.rule(like.target if like else None)
    own_date = windows.own_date(as_of)
    table = Table(list(paths), reading)
    roles = find_roles(table, LogRoles(options.id_, options.time, options.event, options.value), asked)
    wanted = _wanted(options.names, like)
    distant, own_column = _dates_elsewhere(table, wanted), own_date.column if own_date else None
    joins = [
        read_join(path, reading, roles.id, roles.time, zone, distant, own_column) for path in options.joins
    ]
    _refuse_missing(like, [name for join in joins for name in join.columns])
    joined = {short for join in joins for short in join.features}
    own = None if wanted is None else [f for f in wanted if not f.family.is_date or f.of not in joined]
    needed = needed_columns(table, roles, own)
    if own_date and not any(own_date.column in join.columns for join in joins):
        needed.add_date(_column_of_dates(own_date, table, roles, joins))
    log = read_log(
        table, roles, needed.numbers, needed.texts, zone, options.dedupe, needed.dates, by_type=own is None
    )
    if options.churn_event:
        check_churn_event(log, slug(options.churn_event))
    end = end_of_log(log, options.until, zone)
    if own_date is not None:
        observations = _own_observations(own_date, log, joins, end or 0, zone)
    else:
        observations = [(date, None) for date in windows.observation_dates(as_of, end, zone)]
        _note_dates_outside(log, observations[0][0], observations[-1][0], end)
    last = observations[-1][0]
    if own is None:
        own = _default(log, options.windows, last.instant)
    note_unknown_events(log, [*(rule or everyone).events, *feature_table.events_of(own)])
    if rule is not None and (returns := describe_returns(LogAsOf(log, last), rule)):
        messages.note("came-back", returns[0], count=returns[1])
    label = str(rule) if options.horizon else None
    select = feature_table.population_selector(rule, everyone, (end or 0) if options.horizon else None)
    result = feature_table.build_table(log, observations, own, select, roles.id, label)
    _note_table(result, roles.id, label)
    if options.prove:
        _prove(
            feature_table.find_contradiction(log, result.rows, observations, own, roles.id),
            result,
            len(own),
        )
    rows = result.rows
    for join in joins:
        rows = join_columns(rows, roles.id, [date for date, _ in observations], join)
    return rows.select([name for name in rows.columns if name != label] + ([label] if label else []))


def _column_of_dates(wanted: OwnDate, table: Table, roles: LogRoles, joins: Sequence[JoinedTable]) -> str:
    """The column of the log with each customer's own date. Raises ChurnkitError if it has none."""
    if wanted.column in (roles.id, roles.time, roles.event, roles.value):
        raise ChurnkitError(f"--as-of {wanted}: {quote(wanted.column)} is not a column of other dates")
    if wanted.column not in table.names:
        known = [*table.names, *(name for join in joins for name in join.columns)]
        way_out = "--as-of takes a date such as 2024-09-01, latest, or a column of the log or of --join"
        raise columns.missing_column(wanted.column, known, way_out)
    return wanted.column


def _own_observations(
    wanted: OwnDate, log: EventLog, joins: Sequence[JoinedTable], end: int, zone: str
) -> list[tuple[AsOf, Ints | None]]:
    """Each customer's own dates, from a joined table or from the log; a note counts what is left out."""
    join = next((join for join in joins if wanted.column in join.columns), None)
    if join is None:
        rows = rows_of_log(log, slug(wanted.column))
    else:
        rows = dated_rows(join, wanted.column, log.customers)
    found = find_own_dates(rows, wanted, len(log.customers), end, zone)
    left_out = [
        f"{messages.count(found.without, 'customer')} without a date" if found.without else "",
        f"{messages.count(found.too_late, 'date')} after the end of the log" if found.too_late else "",
    ]
    if any(left_out):
        text = f"--as-of {wanted}: {' and '.join(filter(None, left_out))} left out"
        messages.note("own-dates", text, count=found.without + found.too_late)
    nobody = windows.as_of(windows.day_of(end, zone), zone), np.empty(0, dtype=np.int64)
    return [*found.asked] or [nobody]


def _note_dates_outside(log: EventLog, first: AsOf, last: AsOf, end: int | None) -> None:
    """Warns of observation dates before the log begins, and after it ends. end: None for an empty log."""
    if end is None:
        return
    if last.instant > end:
        day = windows.day_of(end, last.zone)
        text = f"the log ends before {last}; --as-of latest is the end of the log, {day}"
        messages.warn("log-ends-early", text)
    if not windows.is_before(log.times.min(), first.instant):
        day = windows.day_of(int(log.times.min()), first.zone)
        text = f"no event before {first}: the log begins on {day}, so there are no rows at that date"
        messages.warn("log-begins-late", text)


def _wanted(names: Sequence[str], like: LikeModel | None) -> list[Feature] | None:
    """The requested features, or the features of a model; None for the default set."""
    if names and like:
        raise ChurnkitError("use --features or --like, not both")
    if names:
        return parse_all(names)
    return parse_all([name for name in like.columns if parse(name) is not None]) if like else None


def _dates_elsewhere(table: Table, wanted: Sequence[Feature] | None) -> list[str] | None:
    """The slugs of the dates that features need and the log does not have; None for the default features."""
    if wanted is None:
        return None
    return [f.of for f in wanted if f.family.is_date and column_of(f, table.names) is None]


def _default(log: EventLog, sizes: Sequence[str], before: int) -> list[Feature]:
    days = [windows.parse_days(size) for size in sizes]
    wanted, left_out = feature_table.default_features(log, days, before)
    if left_out:
        text = f"rare events get no features of their own: {columns.list_names(left_out)}"
        messages.note("rare-events", text, count=len(left_out))
    return wanted


def _refuse_missing(like: LikeModel | None, joined: Sequence[str]) -> None:
    """Raises ChurnkitError for columns of the model that are neither features nor joined columns."""
    names = like.columns if like else ()
    missing = [name for name in names if parse(name) is None and name not in joined]
    if missing:
        missing_names = columns.list_names(missing)
        raise ChurnkitError(
            f"the model needs columns that are not event-log features: {missing_names}; add them with --join"
        )


def _note_table(table: FeatureTable, id_name: str, label: str | None) -> None:
    dates, customers = table.rows[columns.AS_OF].n_unique(), table.rows[id_name].n_unique()
    text = f"{messages.count(table.rows.height, 'row')}: {messages.count(customers, 'customer')}"
    text += f" at {messages.count(dates, 'date')}"
    if label is not None and (known := table.rows[label].drop_nulls()).len():
        text += f"; {label}: {float(known.sum()) / len(known):.1%}"
    messages.note("feature-table", text, count=table.rows.height)
    if table.too_late:
        rows = messages.count(table.too_late, "row")
        text = f"{rows} left out: these customers churn before the label window begins"
        messages.note("too-late", text, count=table.too_late)
    if table.censored:
        days = columns.list_names([str(date) for date in table.censored])
        text = f"the log ends before the label window does: {label} is empty at {days}"
        messages.warn("censored", text, column=label)


def _prove(contradiction: str | None, table: FeatureTable, number: int) -> None:
    if contradiction is not None:
        raise CheckFailed(f"not point in time: {contradiction}")
    values = messages.count(number * table.rows.height, "value")
    text = f"proved: {values} are identical when computed only from the events before each date"
    messages.note("proved", text)


@dataclass(frozen=True)
class NeededColumns:
    """The columns of a log that features need, slug → column; a column may be needed in several ways."""

    numbers: dict[str, str]
    texts: dict[str, str]
    dates: dict[str, str]

    def add_date(self, column: str) -> None:
        """Needs a column as a date too."""
        self.dates[slug(column)] = column


def needed_columns(table: Table, roles: LogRoles, wanted: Sequence[Feature] | None) -> NeededColumns:
    """The columns that features need. wanted: None for the default.

    Raises ChurnkitError for a feature whose column is missing, and for a column needed as number and date.
    """
    others = [n for n in table.names if n not in (roles.id, roles.time, roles.event, roles.value)]
    needed = NeededColumns({}, {}, {})
    if wanted is None:
        needed.numbers.update({slug(roles.value): roles.value} if roles.value else {})
        needed.texts.update({slug(n): n for n in others if slug(n) not in ("", *needed.numbers)})
        return needed
    for feature in wanted:
        if feature.family.of not in (VALUE, COLUMN):
            continue
        column = column_of(feature, table.names)
        if column is None:
            way_out = "--join the table that has it" if feature.family.is_date else ""
            raise ChurnkitError(
                f"{table.name}: the feature {str(feature)!r} needs a column: "
                f"{columns.missing_column(feature.of, table.names, way_out)}"
            )
        if column == roles.time:
            raise ChurnkitError(f"{str(feature)!r}: {quote(column)} is the time column; use recency_days")
        is_number = feature.family.of == VALUE or column == roles.value
        kind = needed.numbers if is_number else needed.texts
        (needed.dates if feature.family.is_date else kind)[feature.of] = column
    for short in needed.dates.keys() & needed.numbers.keys():
        raise ChurnkitError(f"column {quote(needed.dates[short])} cannot be both a date and a number")
    return needed
