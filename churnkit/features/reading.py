"""Reads an event log and joined tables, and builds the feature table."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from churnkit import columns, messages, windows
from churnkit.columns import slug
from churnkit.errors import CheckFailed, ChurnkitError
from churnkit.eventlog.by_customer import is_by_customer, read_parts
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import LogParts
from churnkit.eventlog.reading import (
    LogRoles,
    check_churn_event,
    end_of_log,
    find_roles,
    note_unknown_events,
    open_log,
)
from churnkit.features import (
    Feature,
    column_of,
    feature_table,
    parse,
    parse_all,
    refuse_label_like_feature,
)
from churnkit.features.feature_table import Asked, FeatureTable
from churnkit.features.join import (
    JoinedTable,
    Unmatched,
    join_columns,
    note_unmatched,
    read_join,
)
from churnkit.features.needed_columns import needed_columns
from churnkit.features.observations import OwnObservations, SameObservations, column_of_dates
from churnkit.features.population import Population, describe_returns
from churnkit.labels import Label, PopulationRule, choose_rule
from churnkit.tables.table import Reading, Table
from churnkit.windows import AsOf


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
    is_sorted: bool = False

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
) -> Iterator[pl.DataFrame]:
    """The features of each customer at each observation date, with the label if a horizon is given.

    In several parts. as_of: dates as typed. asked: the options that the user gave.
    Raises CheckFailed if --prove finds a value that is not point in time.
    """
    zone = windows.zone_named(options.zone)
    rule, everyone = options.rule(like.target if like else None)
    own_date = windows.own_date(as_of)
    table = open_log(paths, reading)
    roles = find_roles(table, LogRoles(options.id_, options.time, options.event, options.value), asked)
    wanted = _wanted(options.names, like)
    distant, own_column = _dates_elsewhere(table, wanted), own_date.column if own_date else None
    joins = [
        read_join(path, reading, roles.id, roles.time, zone, distant, own_column) for path in options.joins
    ]
    _refuse_missing(like, [name for join in joins for name in join.columns])
    joined = {short for join in joins for short in join.features}
    own = None if wanted is None else [f for f in wanted if not f.family.is_date or f.of not in joined]
    needed = needed_columns(table.names, roles, own, table.name)
    if own_date and not any(own_date.column in join.columns for join in joins):
        needed.add_date(column_of_dates(own_date, table.names, roles, joins))
    log = read_parts(
        table, roles, needed.numbers, needed.texts, zone, options.dedupe, needed.dates,
        by_type=own is None, is_sorted=options.is_sorted,
    )  # fmt: skip
    if options.churn_event:
        check_churn_event(log, slug(options.churn_event))
    end = end_of_log(log, options.until, zone)
    observations: Callable[[EventLog], Asked]
    if own_date is not None:
        observations = own_dates = OwnObservations(own_date, joins, end or 0, zone)
        last = _last_own(own_dates, log)
    else:
        dates = windows.observation_dates(as_of, end, zone)
        _note_dates_outside(log, dates[0], dates[-1], end)
        observations, last = SameObservations(dates), dates[-1]
    if own is None:
        own = _default(log, options.windows, last.instant)
    note_unknown_events(log, [*(rule or everyone).events, *feature_table.events_of(own)])
    if rule is not None and (returns := describe_returns(log, last, rule)):
        messages.note("came-back", returns[0], count=returns[1])
    label = str(rule) if options.horizon else None
    select = feature_table.population_selector(rule, everyone, (end or 0) if options.horizon else None)
    question = _Question(observations, own, select, roles.id, label, options.prove)
    is_streamed = is_by_customer(table, roles, options.is_sorted)
    yield from _write(log.map(question.answer), question, joins, is_streamed)


def _write(
    answers: Iterable[_Answer], question: _Question, joins: Sequence[JoinedTable], is_streamed: bool
) -> Iterator[pl.DataFrame]:
    """The rows with the joined columns, in parts, and the notes, which come last if rows are streamed."""
    totals = _Totals()
    unmatched = [Unmatched() for _ in joins]
    waiting: list[pl.DataFrame] = []
    for answer in answers:
        totals.add(answer, question)
        waiting.append(answer.table.rows)
        if is_streamed:
            yield _joined(waiting.pop(), totals.dates, question, joins, unmatched)
    if joins and waiting:  # each join looks at the whole other table
        waiting = [pl.concat(waiting)]
    tables = [_joined(rows, totals.dates, question, joins, unmatched) for rows in waiting]
    _note_table(totals, question.label)
    if question.is_proof:
        values = messages.count(len(question.wanted) * totals.rows, "value")
        text = f"proved: {values} are identical when computed only from the events before each date"
        messages.note("proved", text)
    for found, join in zip(unmatched, joins, strict=True):
        note_unmatched(found, join)
    yield from tables


def _joined(
    rows: pl.DataFrame,
    dates: Mapping[str, AsOf],
    question: _Question,
    joins: Sequence[JoinedTable],
    unmatched: list[Unmatched],
) -> pl.DataFrame:
    """Rows with the columns of joined tables, the label last; what is unmatched is added up."""
    for place, join in enumerate(joins):
        rows, found = join_columns(rows, question.id_name, [*dates.values()], join)
        unmatched[place] += found
    label = question.label
    return rows.select([name for name in rows.columns if name != label] + ([label] if label else []))


@dataclass(frozen=True)
class _Answer:
    """The feature table of a part of the log, and the dates that were asked."""

    table: FeatureTable
    dates: list[AsOf]


@dataclass(frozen=True)
class _Question:
    """What is asked of each part of the log. observations: part → dates, and the customers asked then."""

    observations: Callable[[EventLog], Asked]
    wanted: Sequence[Feature]
    select: Callable[[LogAsOf], Population]
    id_name: str
    label: str | None
    is_proof: bool

    def answer(self, log: EventLog) -> _Answer:
        """The feature table of a part. Raises CheckFailed if it is not point in time."""
        asked = self.observations(log)
        table = feature_table.build_table(log, asked, self.wanted, self.select, self.id_name, self.label)
        if self.is_proof:
            wrong = feature_table.find_contradiction(log, table.rows, asked, self.wanted, self.id_name)
            if wrong is not None:
                raise CheckFailed(f"not point in time: {wrong}")
        return _Answer(table, [date for date, _ in asked])


@dataclass
class _Totals:
    """What the notes say about the whole table. dates: as text → those asked, and those that rows have."""

    rows: int = 0
    customers: int = 0
    too_late: int = 0
    known: int = 0
    churned: int = 0
    dates: dict[str, AsOf] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    censored: dict[str, AsOf] = field(default_factory=dict)

    def add(self, answer: _Answer, question: _Question) -> None:
        table = answer.table
        self.rows += table.rows.height
        self.customers += table.rows[question.id_name].n_unique()
        self.too_late += table.too_late
        self.dates |= {str(date): date for date in answer.dates}
        self.filled |= {*table.rows[columns.AS_OF].unique()}
        self.censored |= {str(date): date for date in table.censored}
        if question.label is not None:
            known = table.rows[question.label].drop_nulls()
            self.known += len(known)
            self.churned += int(known.sum())


def _last_own(observations: OwnObservations, log: LogParts) -> AsOf:
    """The last of the customers' own dates; a note counts what is left out."""
    found = observations.last(log)
    left_out = [
        f"{messages.count(found.without, 'customer')} without a date" if found.without else "",
        f"{messages.count(found.too_late, 'date')} after the end of the log" if found.too_late else "",
    ]
    if any(left_out):
        text = f"--as-of {observations.wanted}: {' and '.join(filter(None, left_out))} left out"
        messages.note("own-dates", text, count=found.without + found.too_late)
    return found.date


def _note_dates_outside(log: LogParts, first: AsOf, last: AsOf, end: int | None) -> None:
    """Warns of observation dates before the log begins, and after it ends. end: None for an empty log."""
    if end is None or log.earliest is None:
        return
    if last.instant > end:
        day = windows.day_of(end, last.zone)
        text = f"the log ends before {last}; --as-of latest is the end of the log, {day}"
        messages.warn("log-ends-early", text)
    if not windows.is_before(log.earliest, first.instant):
        day = windows.day_of(log.earliest, first.zone)
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


def _default(log: LogParts, sizes: Sequence[str], before: int) -> list[Feature]:
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


def _note_table(totals: _Totals, label: str | None) -> None:
    text = f"{messages.count(totals.rows, 'row')}: {messages.count(totals.customers, 'customer')}"
    text += f" at {messages.count(len(totals.filled), 'date')}"
    if totals.known:
        text += f"; {label}: {totals.churned / totals.known:.1%}"
    messages.note("feature-table", text, count=totals.rows)
    if totals.too_late:
        rows = messages.count(totals.too_late, "row")
        text = f"{rows} left out: these customers churn before the label window begins"
        messages.note("too-late", text, count=totals.too_late)
    if totals.censored:
        dates = sorted(totals.censored.values(), key=lambda date: date.instant)
        days = columns.list_names([str(date) for date in dates])
        text = f"the log ends before the label window does: {label} is empty at {days}"
        messages.warn("censored", text, column=label)
