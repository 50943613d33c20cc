"""An event log in a database as trees of sqlglot: its columns, and the observation dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlglot
from sqlglot import exp

from churnkit.columns import AS_OF, slug
from churnkit.errors import ChurnkitError, quote
from churnkit.export import syntax
from churnkit.export.dialects import Dialect
from churnkit.export.feature_sql import DATE, NUMBER, TEXT, border, rewrite
from churnkit.features import VALUE, Feature
from churnkit.windows import DAY, EPOCH, AsOf

CUSTOMER, TIME, EVENT, MOMENT, ORDER = "customer", "time", "event", "moment", "order"
UTC = "UTC"
Columns = dict[str, exp.Expression]  # name → expression


@dataclass(frozen=True)
class LogTable:
    """The table of events.

    id, time, event, value: its columns. event_names: slug → the exact names of an event. column_names: slug →
    a column. order_by: the column that orders the rows at one time, or None. zone: where days begin and end.
    """

    table: exp.Table
    id: str
    time: str
    event: str
    value: str
    event_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    column_names: Mapping[str, str] = field(default_factory=dict)
    order_by: str | None = None
    zone: str = UTC

    def step(self, name: str) -> str:
        """The name of a CTE, which is not that of the table."""
        return syntax.fresh(name, [self.table.name])

    def column_of(self, of: str) -> str:
        """The column whose slug is in a feature's name."""
        roles = {slug(name): name for name in (self.value, self.event, self.id)}
        return self.column_names.get(of) or roles.get(of, of)

    def type_of(self, feature: Feature, is_number: bool) -> str:
        """How the column of a feature is read. is_number: whether the model reads the feature as a number.

        Raises ChurnkitError for a feature of the time column.
        """
        if feature.family.is_date:
            return DATE
        column = self.column_of(feature.of)
        if feature.of and column == self.time:
            raise ChurnkitError(f"{str(feature)!r}: {quote(column)} is the time column; use recency_days")
        if feature.family.of == VALUE or column == self.value:
            return NUMBER
        return NUMBER if is_number and not feature.days else TEXT


def fill(template: str, dialect: Dialect, **parts: exp.Expression) -> exp.Expression:
    """A text of the table of dialects as a tree, with its {parts} in place."""
    text = template.format(**{name: f"part_{name}" for name in parts})

    def replace(node: exp.Expression) -> exp.Expression:
        is_part = isinstance(node, exp.Column) and node.name.startswith("part_")
        return parts[node.name.removeprefix("part_")].copy() if is_part else node

    tree = sqlglot.parse_one(text, read=dialect.name)
    assert isinstance(tree, exp.Expression)
    return rewrite(tree, replace)


def columns_of_log(log: LogTable, dialect: Dialect, types: Mapping[str, tuple[str, str]]) -> Columns:
    """What there is of each event. types: name of a column → its slug, and how it is read."""
    time = fill(dialect.utc, dialect, x=syntax.column(log.time))
    local = time if log.zone == UTC else fill(dialect.local, dialect, x=time, zone=syntax.text(log.zone))
    columns: Columns = {
        CUSTOMER: syntax.as_text(syntax.column(log.id)),
        TIME: time,
        EVENT: _event(log, dialect),
        "day": fill(dialect.day, dialect, x=local),
    }
    if log.order_by is not None:
        columns[ORDER] = syntax.column(log.order_by)
    for name, (of, type_) in types.items():
        columns[date_column(of) if type_ == DATE else name] = _value(
            syntax.column(log.column_of(of)), type_, dialect
        )
    return columns


def date_column(of: str) -> str:
    """The column of the log with the times of a column of dates."""
    return f"{of}_date"


def _value(column: exp.Column, type_: str, dialect: Dialect) -> exp.Expression:
    if type_ == NUMBER:
        return syntax.without_nan(syntax.double(column))
    if type_ == TEXT:
        return exp.Nullif(this=syntax.as_text(column), expression=syntax.text(""))
    return fill(dialect.utc, dialect, x=column)


def _event(log: LogTable, dialect: Dialect) -> exp.Expression:
    """The slug of the event's name; that of an event named exactly for its exact names alone."""
    raw = syntax.as_text(syntax.column(log.event))
    rule = fill(dialect.slug, dialect, x=raw)
    if not log.event_names:
        return rule
    exact = [
        (exp.In(this=raw.copy(), expressions=[syntax.text(name) for name in names]), syntax.text(short))
        for short, names in log.event_names.items()
    ]
    taken = exp.In(this=rule.copy(), expressions=[syntax.text(short) for short in log.event_names])
    return syntax.case([*exact, (taken, exp.Null())], rule)


def refuse_letters(events: Sequence[str], log: LogTable, dialect: Dialect) -> None:
    """Raises ChurnkitError for an event that the database may not find by the rule of slugs."""
    for event in events:
        if not (dialect.has_all_letters or event.isascii() or event in log.event_names):
            raise ChurnkitError(
                f"{dialect.name} may not know the letters of the event {quote(event)}: give its exact name, "
                f"--event-name {event}='NAME'"
            )


@dataclass(frozen=True)
class Dates:
    """The observation dates. known: the dates, or None where as_of is bound later; bound: what stands there.

    Days begin and end in the zone of the dates. A bound date is UTC.
    """

    known: Sequence[AsOf] | None
    bound: exp.Expression | None = None

    def table(self, windows: Sequence[int], label: tuple[int, int] | None) -> exp.Query:
        """One row per date: as_of, its moment, where each window begins, and where the label's window lies.

        windows: lengths in days. label: lead and horizon in days.
        """
        dates: Sequence[AsOf | None] = [None] if self.known is None else self.known
        rows = [self._row(date, windows, label) for date in dates]
        query: exp.Query = exp.select(*[syntax.named(value, name) for name, value in rows[0].items()])
        for row in rows[1:]:
            query = exp.union(query, exp.select(*row.values()), distinct=False, copy=False)
        return query

    def _row(self, date: AsOf | None, windows: Sequence[int], label: tuple[int, int] | None) -> Columns:
        row: Columns = {AS_OF: self._day(date), MOMENT: self._shifted(date, 0)}
        row |= {border(days): self._shifted(date, -days) for days in windows}
        if label is not None:
            lead, horizon = label
            row["label_from"] = self._shifted(date, lead)
            row["label_last"] = self._shifted(date, lead + horizon - 1)
            row["label_to"] = self._shifted(date, lead + horizon)
        return row

    def _day(self, date: AsOf | None) -> exp.Expression:
        day = self.bound.copy() if date is None and self.bound is not None else syntax.text(str(date))
        return exp.cast(day, exp.DataType.Type.DATE)

    def _shifted(self, date: AsOf | None, days: int) -> exp.Expression:
        """The midnight some days after the observation date."""
        if date is not None:
            return instant(date.shifted(days))
        moment = exp.cast(self._day(None), exp.DataType.Type.TIMESTAMPNTZ)
        if not days:
            return moment
        interval = exp.Interval(this=exp.Literal.string(abs(days)), unit=exp.Var(this="DAY"))
        shift = exp.Add if days > 0 else exp.Sub
        return shift(this=moment, expression=interval)


def instant(microseconds: int) -> exp.Expression:
    """A literal time without zone, UTC."""
    moment: datetime = EPOCH + timedelta(microseconds=microseconds)
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    return exp.cast(syntax.text(text), exp.DataType.Type.TIMESTAMPNTZ)


def days_between(start: exp.Expression, end: exp.Expression, dialect: Dialect) -> exp.Expression:
    """The days of 86,400 s from a time to another, a double."""
    elapsed = syntax.double(fill(dialect.microseconds, dialect, a=start, b=end))
    return exp.Div(this=elapsed, expression=syntax.number(float(DAY)))
