"""The formulas of FEATURES as trees of sqlglot, cut into columns of rows, of customers, and of the result.

The formula of a family is aggregates over the rows of one customer before as_of, and arithmetic with them:

  age              days from the event to as_of
  day, gap         the number of its calendar day; the days since the customer's event before
  is_new_day       it is the customer's first event on its day
  is_event         it has the name in the feature's name
  inside, before   it lies in the window of the feature, or in the window before it
  value, lowest    the column in the feature's name; the smallest one of the customer in the window
  days             the length of the window
  TOTAL(x)         the sum; exactly 0 without values, and where they cancel out
  LATEST(x)        x in the latest row that has one
  TREND(a, b)      (a - b) / (|a| + |b|), and 0 for a = b
  SPREAD(n, s, q)  the standard deviation of n whole numbers with the sum s and the sum of squares q
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp

from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.window_amounts import CANCELLED
from churnkit.export import syntax
from churnkit.features import FEATURES, Family, Feature

NUMBER, TEXT, DATE = (
    "number",
    "text",
    "days",
)  # how the column in a feature's name is read; days: until a date
_PARTS = {  # what formulas are made of beside other features: formula → name
    "COUNT(*) FILTER (WHERE before)": "event_count_{days}d_before",
    "TOTAL(value) FILTER (WHERE before)": "{value}_sum_{days}d_before",
    "COUNT(value) FILTER (WHERE inside)": "{value}_values_{days}d",
    "COUNT(*) FILTER (WHERE is_new_day)": "active_days_ever",
    "MIN(day)": "first_day",
    "MAX(day)": "last_day",
    "SUM(gap * gap)": "gap_squares",
}


@dataclass
class Formulas:
    """Features as columns, each name → expression.

    rows: of the events before as_of, computed from their other columns. customers: aggregates of these rows.
    features: arithmetic with the columns of customers. order: the column that decides among rows at one time.
    """

    order: str | None = None
    rows: dict[str, exp.Expression] = field(default_factory=dict)
    customers: dict[str, exp.Expression] = field(default_factory=dict)
    features: dict[str, exp.Expression] = field(default_factory=dict)
    has_ties: bool = False

    def add(self, feature: Feature, type_: str) -> None:
        """Adds a feature. type_: NUMBER, TEXT or DATE. Raises ChurnkitError if its family has no formula."""
        if not feature.family.sql:
            raise ChurnkitError(
                f"the feature {quote(str(feature))} cannot be written in SQL; fit the model without it: "
                f"--drop {feature}"
            )
        number = 0

        def lift(node: exp.Expression) -> exp.Expression:
            nonlocal number
            if not _is_aggregate(node):
                return node
            pattern = _pattern_of(node, feature.family)
            number += pattern is None
            name = f"{feature}_{number}" if pattern is None else _fill_in(pattern, feature)
            if name not in self.customers:
                aggregate = _in_place_of_words(node, feature, type_)
                self.customers[name] = self._aggregate(aggregate, feature, type_)
            return syntax.column(name)

        whole = rewrite(_parse(feature.family.sql), lift)
        words = _in_place_of_words(whole, feature, type_)
        self.features[str(feature)] = _divide(rewrite(words, _expand))

    def _aggregate(self, node: exp.Expression, feature: Feature, type_: str) -> exp.Expression:
        """An aggregate without our own words; the columns of rows that it needs are added."""
        for column in list(node.find_all(exp.Column)):
            if column.name == _lowest(feature):
                self.rows[column.name] = _smallest(node, feature, type_)
        call = node.this if isinstance(node, exp.Filter) else node
        if _is_call(call, "TOTAL"):
            return _total(node)
        if _is_call(call, "LATEST"):
            return self._latest(call.expressions[0])
        return where(call, node.expression.this) if call is not node else node

    def _latest(self, value: exp.Expression) -> exp.Expression:
        """The value of the row whose turn is 1: of those with a value the latest one."""
        self.has_ties = True
        turn = f"{value.name}_turn"
        keys = [
            _descending(
                syntax.case([(syntax.is_missing(value.name), exp.Literal.number(0))], exp.Literal.number(1))
            ),
            _descending(syntax.column("time")),
            *([_descending(syntax.column(self.order))] if self.order else []),
            _descending(value.copy()),
        ]
        self.rows[turn] = over(exp.RowNumber(), ["customer", "as_of"], keys)
        first = exp.EQ(this=syntax.column(turn), expression=exp.Literal.number(1))
        return where(exp.Max(this=value.copy()), first)


def border(days: int) -> str:
    """The column with the instant at which a window of these days begins."""
    return f"from_{days}d"


def column_of_rows(of: str, type_: str) -> str:
    """The column with the values of a column, read as a number, a text, or the days until a date."""
    return f"{of}_{type_}"


def all_of(conditions: Sequence[exp.Expression]) -> exp.Expression:
    """All of these conditions, at least one."""
    first, *others = conditions
    return exp.And(this=first, expression=all_of(others)) if others else first


def rewrite(tree: exp.Expression, change: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    """The tree with each node changed; what is put in place of a node is left as it is."""
    changed = tree.transform(change)
    assert isinstance(changed, exp.Expression)
    return changed


def over(function: exp.Expression, groups: Sequence[str], order: Sequence[exp.Expression] = ()) -> exp.Window:
    """A window function over the rows of a group, in an order."""
    parts = [syntax.column(name) for name in groups]
    return exp.Window(
        this=function, partition_by=parts, order=exp.Order(expressions=list(order)) if order else None
    )


def where(aggregate: exp.Expression, condition: exp.Expression) -> exp.Expression:
    """An aggregate of the rows with a condition; as a CASE, because not every database has FILTER."""
    inner = aggregate.this
    holder, value = (inner, inner.expressions[0]) if isinstance(inner, exp.Distinct) else (aggregate, inner)
    chosen = exp.Literal.number(1) if isinstance(value, exp.Star) else value
    case = exp.Case(ifs=[exp.If(this=condition, true=chosen)])
    holder.set("expressions" if holder is inner else "this", [case] if holder is inner else case)
    return aggregate


@lru_cache
def _parse(formula: str) -> exp.Expression:
    tree = sqlglot.parse_one(formula, read="duckdb")
    assert isinstance(tree, exp.Expression)
    return tree


@lru_cache
def _patterns() -> dict[str, str]:
    """Aggregate → the pattern of a name: that of the feature or of the part that is just this aggregate."""
    whole = {family.sql: family.pattern for family in reversed(FEATURES) if family.sql}
    return {_parse(formula).sql(): pattern for formula, pattern in (whole | _PARTS).items()}


def _pattern_of(aggregate: exp.Expression, family: Family) -> str | None:
    """The pattern of the name of an aggregate's column; None if nothing is just this aggregate."""
    key = aggregate.sql()
    return family.pattern if _parse(family.sql).sql() == key else _patterns().get(key)


def _fill_in(pattern: str, feature: Feature) -> str:
    return pattern.format(event=feature.of, value=feature.of, column=feature.of, days=feature.days)


def _in_place_of_words(formula: exp.Expression, feature: Feature, type_: str) -> exp.Expression:
    """A formula with its words replaced by columns and conditions."""
    time, start = syntax.column("time"), syntax.column(border(feature.days))
    earlier = syntax.column(border(2 * feature.days))
    inside = exp.GTE(this=time, expression=start)
    words = {
        "days": exp.Literal.number(feature.days),
        "inside": inside,
        "before": all_of(
            [
                exp.GTE(this=time.copy(), expression=earlier),
                exp.LT(this=time.copy(), expression=start.copy()),
            ]
        ),
        "is_new_day": _is_new_day(),
        "is_event": exp.EQ(this=syntax.column("event"), expression=syntax.text(feature.of)),
        "value": syntax.column(column_of_rows(feature.of, type_)),
        "lowest": syntax.column(_lowest(feature)),
    }

    def replace(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Column) or node.this.quoted:
            return node
        return words[node.name].copy() if node.name in words else syntax.column(node.name)

    return rewrite(formula, replace)


def _is_new_day() -> exp.Expression:
    """Whether a row is the customer's first one on its day: the gap is not 0, or nothing is before."""
    gap = exp.Coalesce(this=syntax.column("gap"), expressions=[exp.Literal.number(1)])
    return exp.GT(this=gap, expression=exp.Literal.number(0))


def _lowest(feature: Feature) -> str:
    return f"{feature.of}_lowest_{feature.days}d"


def _smallest(node: exp.Expression, feature: Feature, type_: str) -> exp.Expression:
    """The smallest value of the customer's rows with the condition of this aggregate, in each of their rows.

    Values as distances from it keep their digits where a mean is large and the values differ little.
    """
    value = syntax.column(column_of_rows(feature.of, type_))
    condition = node.expression.this.copy()
    inside = exp.Case(ifs=[exp.If(this=condition, true=value)])
    return over(exp.Min(this=inside), ["customer", "as_of"])


def _is_call(node: exp.Expression, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.upper() == name


def _is_aggregate(node: exp.Expression) -> bool:
    is_ours = _is_call(node, "TOTAL") or _is_call(node, "LATEST")
    return is_ours or isinstance(node, (exp.Filter, exp.AggFunc))


def _total(node: exp.Expression) -> exp.Expression:
    """TOTAL(x) FILTER (WHERE …): the sum, 0 where it is nothing beside the sum of the absolute terms."""
    value, condition = node.this.expressions[0], node.expression.this
    added = where(exp.Sum(this=value.copy()), condition.copy())
    size = where(exp.Sum(this=exp.Abs(this=value.copy())), condition.copy())
    least = exp.Mul(this=syntax.number(CANCELLED), expression=size)
    cancels = exp.LT(this=exp.Abs(this=added.copy()), expression=least)
    zero = syntax.number(0.0)
    return syntax.case([(cancels, zero)], exp.Coalesce(this=added, expressions=[zero.copy()]))


def _expand(node: exp.Expression) -> exp.Expression:
    """TREND and SPREAD, written with the words of SQL."""
    if _is_call(node, "TREND"):
        return _trend(*node.expressions)
    if _is_call(node, "SPREAD"):
        return _spread(
            *(exp.paren(part) if isinstance(part, exp.Binary) else part for part in node.expressions)
        )
    return node


def _trend(now: exp.Expression, before: exp.Expression) -> exp.Expression:
    change = exp.Sub(this=now.copy(), expression=before.copy())
    size = exp.Add(this=exp.Abs(this=now.copy()), expression=exp.Abs(this=before.copy()))
    least = exp.Mul(this=syntax.number(CANCELLED), expression=exp.Paren(this=size))
    is_equal = exp.LTE(this=exp.Abs(this=change), expression=least)
    share = exp.Div(this=exp.Paren(this=change.copy()), expression=exp.Paren(this=size.copy()))
    return syntax.case([(is_equal, syntax.number(0.0))], share)


def _spread(number: exp.Expression, total: exp.Expression, squares: exp.Expression) -> exp.Expression:
    """√((n·q − s²) / (n·(n − 1))): all are whole numbers, so nothing is lost; NULL below two of them."""
    rest = exp.Sub(
        this=exp.Mul(this=number.copy(), expression=squares),
        expression=exp.Mul(this=total, expression=total.copy()),
    )
    one_less = exp.Paren(this=exp.Sub(this=number.copy(), expression=exp.Literal.number(1)))
    pairs = exp.Nullif(
        this=exp.Mul(this=number.copy(), expression=one_less), expression=exp.Literal.number(0)
    )
    return exp.Sqrt(this=exp.Div(this=exp.Paren(this=rest), expression=pairs))


def _divide(whole: exp.Expression) -> exp.Expression:
    """Divisions of doubles: of two whole numbers some databases keep the whole part, or six digits."""
    for node in list(whole.find_all(exp.Div)):
        node.set("this", syntax.double(node.this.unnest()))
    return whole


def _descending(value: exp.Expression) -> exp.Ordered:
    return exp.Ordered(this=value, desc=True, nulls_first=False)
