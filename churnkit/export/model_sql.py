"""A model as one SELECT: from a table with its columns to the id, churn_probability and as_of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from churnkit.columns import AS_OF, PROBABILITY
from churnkit.export import syntax
from churnkit.export.curves_sql import curve_sql
from churnkit.models.columns import Column
from churnkit.models.model_file import Model

LOG_ODDS = "log_odds"
INPUT, PARTS, ADDED = "input", "contributions", "added"  # names of CTEs


@dataclass(frozen=True)
class Wanted:
    """What the SELECT returns. id: the column of the id. has_as_of: whether the table has as_of."""

    id: str
    has_as_of: bool

    @property
    def heads(self) -> list[str]:
        """The columns that say which row it is."""
        return [self.id, AS_OF] if self.has_as_of else [self.id]


def model_select(model: Model, source: exp.Table, wanted: Wanted) -> exp.Select:
    """The SELECT. source: the table, or the name of a CTE, with the model's columns."""
    heads = [syntax.column(name) for name in wanted.heads]
    values = [_value(column, model.null) for column in model.columns]
    read = exp.select(*heads, *values).from_(source)
    formula = model.fitted.formula
    parts = [
        syntax.named(curve_sql(curve, column), column.name)
        for curve, column in zip(formula.curves, model.columns, strict=True)
    ]
    added = exp.select(*heads, *parts).from_(_cte(INPUT))
    terms = [syntax.number(formula.offset), *(syntax.column(column.name) for column in model.columns)]
    calibration = model.fitted.calibration
    calibrated = exp.Add(
        this=exp.Mul(this=syntax.number(calibration.slope), expression=exp.Paren(this=syntax.total(terms))),
        expression=syntax.number(calibration.offset),
    )
    summed = exp.select(*heads, syntax.named(calibrated, LOG_ODDS)).from_(_cte(PARTS))
    first, *others = heads
    select = exp.select(first, syntax.named(_sigmoid(syntax.column(LOG_ODDS)), PROBABILITY), *others)
    select = select.from_(_cte(ADDED)).order_by(*heads)
    for name, query in ((INPUT, read), (PARTS, added), (ADDED, summed)):
        select = select.with_(exp.to_identifier(name, quoted=True), as_=query, copy=False)
    return select


def _cte(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def _value(column: Column, null: Sequence[str]) -> exp.Expression:
    """A column of the table as the model reads it: a double or a text, and NULL if there is no value."""
    of_table = syntax.column(column.name)
    if column.is_category:
        value: exp.Expression = exp.Nullif(this=syntax.as_text(of_table), expression=syntax.text(""))
    else:
        value = exp.Nullif(this=syntax.double(of_table), expression=syntax.double(syntax.text("NaN")))
    return syntax.named(value, column.name)


def _sigmoid(log_odds: exp.Expression) -> exp.Expression:
    """The probability, without overflow: 1 / (1 + exp(-x)), or exp(x) / (1 + exp(x)) below 0."""
    one = syntax.number(1.0)
    down, up = exp.Exp(this=exp.Neg(this=log_odds.copy())), exp.Exp(this=log_odds.copy())
    above = exp.Div(this=one, expression=exp.Paren(this=exp.Add(this=one.copy(), expression=down)))
    below = exp.Div(this=up, expression=exp.Paren(this=exp.Add(this=one.copy(), expression=up.copy())))
    return syntax.case([(exp.GTE(this=log_odds, expression=syntax.number(0.0)), above)], below)
