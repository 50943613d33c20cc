"""Who is in the feature table and who churned, by the rule of a label, as conditions on groups of rows.

A group is the rows of one customer before as_of. Of rows at one time the column `order` decides which is the
later one. Without it the rows that bring a customer back count as later than a churn event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from churnkit.export import syntax
from churnkit.export.feature_sql import all_of, border, over, where
from churnkit.labels import Label

ONE, ZERO = exp.Literal.number(1), exp.Literal.number(0)
ACTIVE, LEAVES, LEAVES_EARLY = "active", "leaves", "leaves_early"  # counts of rows from as_of on


@dataclass(frozen=True)
class PopulationSql:
    """The rule of a label as SQL. has_order: whether the log has the column `order`."""

    label: Label
    has_order: bool

    @property
    def has_ties(self) -> bool:
        """Whether the order of rows at one time can decide who is in the table."""
        return self.label.churn_event is not None

    @property
    def conditions(self) -> list[exp.Expression]:
        """What is true of the rows of a customer who is in the table, as in `features/population`."""
        label = self.label
        conditions = [] if label.churn_event is None else [self._has_not_churned()]
        within = label.within_days or (label.horizon_days if label.churn_event is None else None)
        if within is not None:
            inside = exp.GTE(this=syntax.column("time"), expression=syntax.column(border(within)))
            conditions.append(_has_rows(all_of([inside, *_among(label.activity)])))
        if label.start_event is not None:
            conditions.append(_has_rows(_is(label.start_event)))
        return conditions

    def _has_not_churned(self) -> exp.Expression:
        """No churn event, or a later row that brings the customer back."""
        churn = _is(self.label.churn_event)
        never = exp.EQ(this=_count(churn), expression=ZERO.copy())
        if self.has_order:
            back, left = (
                where(exp.Max(this=syntax.column("place")), row) for row in (self._back(), churn.copy())
            )
            later: exp.Expression = exp.GT(this=back, expression=left)
        else:
            back, left = (
                where(exp.Min(this=syntax.column("age")), row) for row in (self._back(), churn.copy())
            )
            later = exp.LTE(this=back, expression=left)
        return exp.Paren(this=exp.Or(this=never, expression=later))

    def _back(self) -> exp.Expression:
        """Whether a row brings a customer back who churned: some events do, or all but the churn event."""
        if some := _among(self.label.return_events):
            return some[0]
        event = exp.Coalesce(this=syntax.column("event"), expressions=[syntax.text("")])
        return exp.NEQ(this=event, expression=syntax.text(str(self.label.churn_event)))

    @property
    def columns_of_days(self) -> dict[str, exp.Expression]:
        """The columns of each event that need the customer's other events: place and is_followed."""
        if self.label.churn_event is None:
            return {}
        churn_first = syntax.case([(_is(self.label.churn_event), ZERO.copy())], ONE.copy())
        order = [
            exp.Ordered(this=part) for part in (syntax.column("time"), syntax.column("order"), churn_first)
        ]
        at_time = ["customer", "time"]
        is_followed: exp.Expression
        if self.has_order:
            column = syntax.column("order")
            latest = over(exp.Max(this=exp.Case(ifs=[exp.If(this=self._back(), true=column)])), at_time)
            is_followed = syntax.case(
                [(exp.GT(this=latest, expression=column.copy()), ONE.copy())], ZERO.copy()
            )
        else:
            is_back = syntax.case([(self._back(), ONE.copy())], ZERO.copy())
            is_followed = over(exp.Max(this=is_back), at_time)
        return {"place": over(exp.RowNumber(), ["customer"], order), "is_followed": is_followed}

    @property
    def counts_from_as_of(self) -> dict[str, exp.Expression]:
        """Counts of the rows from as_of to the end of the label's window, of one customer."""
        time, start = syntax.column("time"), syntax.column("label_from")
        inside = exp.GTE(this=time, expression=start)
        if self.label.churn_event is None:
            return {ACTIVE: _count(all_of([inside, *_among(self.label.activity)]))}
        is_last = exp.EQ(this=syntax.column("is_followed"), expression=ZERO.copy())
        leaves = all_of([_is(self.label.churn_event), is_last])
        early = exp.LT(this=time.copy(), expression=start.copy())
        return {
            LEAVES: _count(all_of([inside, leaves])),
            LEAVES_EARLY: _count(all_of([early, leaves.copy()])),
        }

    @property
    def churned(self) -> exp.Expression:
        """1 or 0, from the counts; they are NULL for a customer without rows from as_of on."""
        if self.label.churn_event is None:
            return syntax.case([(_some(ACTIVE), ZERO.copy())], ONE.copy())
        return syntax.case([(_some(LEAVES), ONE.copy())], ZERO.copy())

    @property
    def is_in_time(self) -> exp.Expression | None:
        """Whether the customer does not churn before the label's window; None if nobody can."""
        return None if self.label.churn_event is None else exp.Not(this=_some(LEAVES_EARLY))


def _among(events: Sequence[str]) -> list[exp.Expression]:
    """Whether a row has one of these events; nothing for no events."""
    return [syntax.is_among("event", list(events))] if events else []


def _is(event: str | None) -> exp.Expression:
    return exp.EQ(this=syntax.column("event"), expression=syntax.text(str(event)))


def _count(condition: exp.Expression) -> exp.Expression:
    return where(exp.Count(this=exp.Star(), big_int=True), condition)


def _has_rows(condition: exp.Expression) -> exp.Expression:
    return exp.GT(this=_count(condition), expression=ZERO.copy())


def _some(name: str) -> exp.Expression:
    counted = exp.Coalesce(this=syntax.column(name), expressions=[ZERO.copy()])
    return exp.GT(this=counted, expression=ZERO.copy())
