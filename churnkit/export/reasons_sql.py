"""The reasons of each row in SQL: the features that contribute most, with value and typical value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from churnkit.arrays import Ints
from churnkit.explanation.reasons import EXACT_WHOLE, OTHER, Reason, find_reasons, shown_typical
from churnkit.export import syntax
from churnkit.export.syntax import Branch
from churnkit.models import Fitted, encoding
from churnkit.models.columns import Column
from churnkit.models.path_steps import path_changes
from churnkit.models.tree import TreeParameters

CHOSEN = -1.0  # the size of a contribution that is a reason already: smaller than all others


@dataclass(frozen=True)
class LargestContributions:
    """The largest contributions of each row, one after the other, as columns of CTEs.

    columns: the k features. added: the k columns with their contributions. taken: names of other columns.
    """

    columns: Sequence[Column]
    added: Sequence[str]
    taken: Sequence[str]

    def values(self) -> list[exp.Expression]:
        """The values of the features as text, to be kept beside the contributions."""
        return [
            syntax.named(value_text(column), self._name("value_of", place))
            for place, column in enumerate(self.columns, 1)
        ]

    def largest(self, turn: int, source: str) -> exp.Select:
        """Adds the size of the largest contribution that is not yet a reason. turn: from 1."""
        sizes = [self._size(place, turn) for place in range(1, len(self.added) + 1)]
        # sqlglot's own Greatest adds tests for NULL, which a contribution never is
        largest = exp.Anonymous(this="GREATEST", expressions=sizes) if len(sizes) > 1 else sizes[0]
        return self._with(largest, self._name("size", turn), source)

    def place(self, turn: int, source: str) -> exp.Select:
        """Adds the place of the feature with this contribution; of equal ones, the first."""
        size = syntax.column(self._name("size", turn))
        branches = [
            (exp.EQ(this=self._size(place, turn), expression=size.copy()), _whole(place))
            for place in range(1, len(self.added) + 1)
        ]
        return self._with(syntax.case(branches), self._name("place", turn), source)

    def reason(self, turn: int, digits: int | None) -> list[exp.Expression]:
        """The output columns of one reason."""

        def of_place(values: Sequence[exp.Expression]) -> exp.Expression:
            return by_number(self._name("place", turn), values)

        names = [self._name("value_of", place) for place in range(1, len(self.columns) + 1)]
        return reason_columns(
            turn,
            of_place([syntax.text(column.name) for column in self.columns]),
            of_place([syntax.column(name) for name in names]),
            of_place([typical_text(column) for column in self.columns]),
            syntax.rounded(of_place([syntax.column(name) for name in self.added]), digits),
        )

    def _size(self, place: int, turn: int) -> exp.Expression:
        size = exp.Abs(this=syntax.column(self.added[place - 1]))
        if turn == 1:
            return size
        before = [syntax.column(self._name("place", earlier)) for earlier in range(1, turn)]
        is_chosen = exp.In(this=_whole(place), expressions=before)
        return syntax.case([(is_chosen, syntax.number(CHOSEN))], size)

    def _name(self, name: str, number: int) -> str:
        return syntax.fresh(f"{name}_{number}", self.taken)

    @staticmethod
    def _with(value: exp.Expression, name: str, source: str) -> exp.Select:
        return syntax.select([exp.Star(), syntax.named(value, name)], syntax.cte(source))


def leaf_reasons(
    fitted: Fitted, tree: TreeParameters, columns: Sequence[Column], leaves: Ints, rule: str,
    most: int, digits: int | None,
) -> list[exp.Expression]:  # fmt: skip
    """The output columns of the reasons of a tree: the same for all rows of a rule, but for their values.

    leaves: the node number of each rule, in the order of the rules. rule: the column with the rule's number.
    """
    by_name = {column.name: column for column in columns}
    added: list[exp.Expression] = []
    for turn, reasons in enumerate(zip(*_find(fitted, tree, columns, leaves, most), strict=True), 1):
        features = [by_name[reason["feature"]] for reason in reasons]
        contributions = [syntax.number(reason["contribution"]) for reason in reasons]
        added += reason_columns(
            turn,
            by_number(rule, [syntax.text(feature.name) for feature in features]),
            by_number(rule, [value_text(feature) for feature in features]),
            by_number(rule, [typical_text(feature) for feature in features]),
            syntax.rounded(by_number(rule, contributions), digits),
        )
    return added


def _find(
    fitted: Fitted, tree: TreeParameters, columns: Sequence[Column], leaves: Ints, most: int
) -> list[list[Reason]]:
    """The reasons at these leaves, as `explain` finds them; without values."""
    changes = path_changes(tree.forest, leaves[:, None].astype(np.int32), len(tree.design))
    added = fitted.calibration.slope * encoding.sum_by_feature(tree.design, changes, len(columns))
    return find_reasons(columns, np.full(added.shape, np.nan), added, most)


def reason_columns(turn: int, *values: exp.Expression) -> list[exp.Expression]:
    """The columns of one reason, named as in `explain`. values: feature, value, typical, contribution."""
    names = ("reason", "value", "typical", "contribution")
    return [syntax.named(value, f"{name}_{turn}") for name, value in zip(names, values, strict=True)]


def no_reason(turn: int) -> list[exp.Expression]:
    """The columns of a reason of a model that has fewer features."""
    texts = [syntax.as_text(exp.Null()) for _ in range(3)]
    return reason_columns(turn, *texts, syntax.double(exp.Null()))


def by_number(name: str, values: Sequence[exp.Expression]) -> exp.Expression:
    """The value at the place, from 1, that a column has."""
    return syntax.switch(
        syntax.column(name), ((_whole(number), value) for number, value in enumerate(values, 1))
    )


def _whole(number: int) -> exp.Expression:
    return exp.Literal.number(number)


def value_text(column: Column) -> exp.Expression:
    """A feature's value as `explain` shows it: a whole number without a point, `other` for an unseen word."""
    value = syntax.column(column.name)
    if column.is_category:
        branches: list[Branch] = [(syntax.is_missing(column.name), exp.Null())]
        if column.categories:
            branches.append((syntax.is_among(column.name, column.categories), value))
        return syntax.case(branches, syntax.text(OTHER))
    is_whole = exp.And(
        this=exp.LT(this=exp.Abs(this=value.copy()), expression=syntax.number(EXACT_WHOLE)),
        expression=exp.EQ(this=value, expression=exp.Floor(this=value.copy())),
    )
    whole = syntax.as_text(exp.cast(value.copy(), exp.DataType.Type.BIGINT, copy=False))
    return syntax.case([(is_whole, whole)], syntax.as_text(value.copy()))


def typical_text(column: Column) -> exp.Expression:
    """A feature's typical value as `explain` shows it."""
    typical = shown_typical(column)
    return syntax.as_text(exp.Null()) if typical is None else syntax.text(str(typical))
