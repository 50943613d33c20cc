"""The feature table as one SELECT: from a table of events to one row per customer and observation date.

Each step is a CTE, with the columns that later steps need:
  dates    as_of, and where its windows begin       log      the events: customer, time, event, values
  days     what needs the customer's other events   past     each event with each date after it: the only door
  ranked   which row is the latest with a value     counted  a row per customer and date in the table
  future   the rows that decide the label
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from churnkit.columns import AS_OF
from churnkit.errors import ChurnkitError, quote
from churnkit.export import syntax
from churnkit.export.dialects import Dialect
from churnkit.export.feature_sql import DATE, Formulas, all_of, column_of_rows, over
from churnkit.export.log_sql import (
    CUSTOMER,
    MOMENT,
    ORDER,
    TIME,
    UTC,
    Columns,
    Dates,
    LogTable,
    columns_of_log,
    date_column,
    days_between,
    fill,
    instant,
    refuse_letters,
)
from churnkit.export.population_sql import PopulationSql
from churnkit.features import Feature
from churnkit.features.feature_table import events_of
from churnkit.labels import Label

_BORDER = re.compile(r"from_([0-9]+)d")
_KEYS = [CUSTOMER, AS_OF]
_WORDS = {
    "dates": "the observation dates, and the instants at which their windows begin; UTC",
    "log": "the events: who, when in UTC, which event, and the values that features need",
    "days": "the days since the customer's event before, and what is at the same time",
    "past": "each event with each date after it: no event from as_of on passes here",
    "ranked": "which row has the latest value, and the smallest value of a window",
    "counted": "one row per customer and date, for the customers in the table",
    "future": "the events that decide the label",
}


@dataclass(frozen=True)
class TableQuestion:
    """What is asked about each customer. numbers: the names of features that the model reads as numbers.

    label: the rule of who is in the table; None for every customer with an event before as_of. has_label:
    whether the label is a column. log_end: the first instant that the log does not cover; None for the day
    after its last event.
    """

    features: Sequence[Feature]
    numbers: Sequence[str]
    dates: Dates
    label: Label | None
    has_label: bool = False
    log_end: int | None = None


@dataclass(frozen=True)
class TableSql:
    """query: the SELECT. has_ties: whether the order of rows at one time can decide something."""

    query: exp.Select
    has_ties: bool


def feature_table(question: TableQuestion, log: LogTable, dialect: Dialect) -> TableSql:
    """The features at each date, and the label if it is asked for, ordered by customer, then date.

    Raises ChurnkitError for what cannot be written in SQL.
    """
    label, order = question.label, ORDER if log.order_by is not None else None
    refuse_letters([*events_of(question.features), *(label.events if label else [])], log, dialect)
    formulas, types = Formulas(order), {}
    for feature in question.features:
        type_ = log.type_of(feature, str(feature) in question.numbers)
        if type_ == DATE and log.zone != UTC:
            raise ChurnkitError(f"the feature {quote(str(feature))} can be written in SQL for --tz UTC alone")
        formulas.add(feature, type_)
        types[column_of_rows(feature.of, type_)] = feature.of, type_
    rule = None if label is None else PopulationSql(label, order is not None)
    steps = _steps(question, formulas, types, rule, log, dialect)
    query = syntax.with_steps(
        _result(question, formulas, rule, log, dialect),
        [(log.step(name), _WORDS[name], step) for name, step in steps.items()],
    )
    return TableSql(query, formulas.has_ties or (rule is not None and rule.has_ties))


def _steps(
    question: TableQuestion,
    formulas: Formulas,
    types: Mapping[str, tuple[str, str]],
    rule: PopulationSql | None,
    log: LogTable,
    dialect: Dialect,
) -> dict[str, exp.Query]:
    """The CTEs, name → query. The columns of each are found from the last step back to the table."""
    conditions = rule.conditions if rule else []
    counts = rule.counts_from_as_of if rule and question.has_label else {}
    needs = _names([*formulas.customers.values(), *conditions])
    ranked = {name: formulas.rows[name] for name in needs if name in formulas.rows}
    computed = _computed_in_past(types, dialect)
    past = {
        name: computed.get(name) or syntax.column(name)
        for name in [*_KEYS, *needs, *_names(ranked.values())]
        if name not in ranked
    }
    needs = [*_names([*past.values(), *counts.values()]), TIME, MOMENT]
    by_customer = {"gap": _gap(), **(rule.columns_of_days if rule else {})}
    days = {name: by_customer[name] for name in needs if name in by_customer}
    plain = dict.fromkeys(name for name in needs if name not in days and not _is_of_dates(name))
    known = columns_of_log(log, dialect, types)
    of_log = dict.fromkeys([CUSTOMER, TIME, *plain, *_names(days.values())])

    lengths = sorted({int(match[1]) for name in needs if (match := _BORDER.fullmatch(name))})
    label = question.label if question.has_label else None
    steps: dict[str, exp.Query] = {
        "dates": question.dates.table(lengths, (label.lead_days, label.horizon_days) if label else None),
        "log": _rows_of_table({name: known[name] for name in of_log}, log),
    }
    if days:
        steps["days"] = _select({**{name: syntax.column(name) for name in plain}, **days}).from_(
            _cte("log", log)
        )
    events = _cte("days" if days else "log", log)
    is_past = exp.LT(this=syntax.column(TIME), expression=syntax.column(MOMENT))
    steps["past"] = _select(past).from_(events).join(_cte("dates", log), join_type="CROSS").where(is_past)
    if ranked:
        others = {name: syntax.column(name) for name in past}
        steps["ranked"] = _select({**others, **ranked}).from_(_cte("past", log))
    keys = {name: syntax.column(name) for name in _KEYS}
    counted = _select({**keys, **formulas.customers}).from_(_cte("ranked" if ranked else "past", log))
    steps["counted"] = counted.group_by(*keys.values()).having(*conditions)
    if counts:
        is_from_as_of = exp.GTE(this=syntax.column(TIME), expression=syntax.column(MOMENT))
        is_label = [is_from_as_of, exp.LT(this=syntax.column(TIME), expression=syntax.column("label_to"))]
        future = _select({**keys, **counts}).from_(events.copy()).join(_cte("dates", log), join_type="CROSS")
        steps["future"] = future.where(*is_label).group_by(*[column.copy() for column in keys.values()])
    return steps


def _computed_in_past(types: Mapping[str, tuple[str, str]], dialect: Dialect) -> Columns:
    """What is computed from an event and a date: the event's age, and the days until other dates."""
    moment = syntax.column(MOMENT)
    dates = {name: syntax.column(date_column(of)) for name, (of, type_) in types.items() if type_ == DATE}
    return {
        "age": days_between(syntax.column(TIME), moment, dialect),
        **{name: days_between(moment, date, dialect) for name, date in dates.items()},
    }


def _gap() -> exp.Expression:
    """The days since the customer's event before; NULL for the first event."""
    before = over(exp.Lag(this=syntax.column("day")), [CUSTOMER], [exp.Ordered(this=syntax.column(TIME))])
    return exp.Sub(this=syntax.column("day"), expression=before)


def _rows_of_table(columns: Columns, log: LogTable) -> exp.Select:
    """The events that have a customer and a time."""
    has_id = exp.NEQ(this=syntax.as_text(syntax.column(log.id)), expression=syntax.text(""))
    has_time = exp.Not(this=exp.Is(this=syntax.column(log.time), expression=exp.Null()))
    return _select(columns).from_(log.table).where(has_id, has_time)


def _result(
    question: TableQuestion, formulas: Formulas, rule: PopulationSql | None, log: LogTable, dialect: Dialect
) -> exp.Select:
    """The last SELECT: arithmetic with what was counted, and the label."""
    customer, as_of = (_column(name, "counted") for name in _KEYS)
    columns = {log.id: customer, AS_OF: as_of, **formulas.features}
    query = exp.select().from_(_cte("counted", log, "counted"))
    if rule is not None and question.has_label:
        columns[str(rule.label)] = _label(rule, question.log_end, log)
        query = query.join(_cte("dates", log, "dates"), on=_equal(AS_OF, "counted", "dates"))
        keys = all_of([_equal(name, "counted", "future") for name in _KEYS])
        query = query.join(_cte("future", log, "future"), on=keys, join_type="LEFT")
        if rule.is_in_time is not None:
            query = query.where(rule.is_in_time)
    selected = [syntax.named(value.copy(), name) for name, value in columns.items()]
    query = query.select(*selected, copy=False)
    return query.order_by(fill(dialect.bytewise, dialect, x=customer), as_of.copy())


def _label(rule: PopulationSql, log_end: int | None, log: LogTable) -> exp.Expression:
    """The label; NULL where the log ends before the label's window does."""
    if log_end is not None:
        is_known: exp.Expression = exp.LTE(this=syntax.column("label_to"), expression=instant(log_end))
    else:
        latest = exp.select(exp.Max(this=syntax.column(TIME))).from_(_cte("log", log)).subquery()
        is_known = exp.GTE(this=latest, expression=syntax.column("label_last"))
    return exp.Case(ifs=[exp.If(this=is_known, true=rule.churned)])


def _equal(name: str, left: str, right: str) -> exp.Expression:
    return exp.EQ(this=_column(name, left), expression=_column(name, right))


def _column(name: str, table: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True))


def _select(columns: Mapping[str, exp.Expression]) -> exp.Select:
    """SELECT of these columns; one that keeps its name needs no AS."""
    return exp.select(
        *[
            value.copy()
            if isinstance(value, exp.Column) and value.name == name
            else syntax.named(value.copy(), name)
            for name, value in columns.items()
        ]
    )


def _names(expressions: Iterable[exp.Expression]) -> list[str]:
    """The columns in these expressions, each once."""
    found = (column.name for whole in expressions for column in whole.find_all(exp.Column))
    return list(dict.fromkeys(found))


def _is_of_dates(name: str) -> bool:
    return name in (AS_OF, MOMENT) or name.startswith("label_") or _BORDER.fullmatch(name) is not None


def _cte(name: str, log: LogTable, alias: str | None = None) -> exp.Table:
    table = syntax.cte(log.step(name))
    if alias is not None and alias != log.step(name):
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return table
