"""Curves in SQL: what one feature adds to the log-odds, as a CASE along its values."""

from __future__ import annotations

import itertools
from dataclasses import replace

from sqlglot import exp

from churnkit.export import syntax
from churnkit.export.syntax import Branch
from churnkit.models.columns import Column
from churnkit.models.curves import LOG, Curve
from churnkit.models.pairs import Pair


def curve_sql(curve: Curve, column: Column) -> exp.Expression:
    """What the column's value adds; computed step by step as `curves.contribution` does."""
    value = syntax.column(column.name)
    missing = syntax.is_missing(column.name), syntax.number(curve.missing)
    if curve.levels:
        return _levels(curve, column, missing)
    if curve.points:
        return _bent(curve, value, missing)
    return _line(curve, value, missing)


def half_pair_sql(pair: Pair, first: Column, second: Column) -> exp.Expression:
    """Half of what two features add together: a curve of the second one at each place of the first."""
    curves = [
        Curve(levels=row) if second.is_category else Curve(points=(pair.second_values, row))
        for row in (tuple(added / 2 for added in row) for row in pair.table)
    ]
    along = [curve_sql(replace(curve, missing=pair.missing / 2), second) for curve in curves]
    missing = syntax.is_missing(first.name), syntax.number(pair.missing / 2)
    if first.is_category:
        words = zip(first.categories, along, strict=False)
        branches = [(syntax.is_among(first.name, [word]), curve.copy()) for word, curve in words]
        return syntax.case([missing, *branches], along[-1])
    value = syntax.column(first.name)
    branches = [missing, (_below(value, pair.first_values[0]), along[0])]
    for (start, end), (low, high) in zip(
        itertools.pairwise(pair.first_values), itertools.pairwise(along), strict=True
    ):
        distance = exp.Paren(this=exp.Sub(this=value.copy(), expression=_signed(start)))
        share = exp.Paren(this=exp.Div(this=distance, expression=syntax.number(end - start)))
        gap = exp.Paren(this=exp.Sub(this=high.copy(), expression=low.copy()))
        between = exp.Add(this=low.copy(), expression=exp.Mul(this=share, expression=gap))
        branches.append((_below(value, end), between))
    return syntax.case(branches, along[-1].copy())


def _levels(curve: Curve, column: Column, missing: Branch) -> exp.Expression:
    """One branch per level, with the words that have it; the last level is that of all other words."""
    words: dict[float, list[str]] = {}
    for word, level in zip(column.categories, curve.levels, strict=False):
        words.setdefault(level, []).append(word)
    branches = [(syntax.is_among(column.name, some), syntax.number(level)) for level, some in words.items()]
    return syntax.case([missing, *branches], syntax.number(curve.levels[-1]))


def _bent(curve: Curve, value: exp.Column, missing: Branch) -> exp.Expression:
    """Straight between the points, constant beyond them."""
    assert curve.points is not None
    at, added = curve.points
    pieces = list(zip(itertools.pairwise(at), itertools.pairwise(added), strict=True))
    branches = [missing, (_below(value, at[0]), syntax.number(added[0]))]
    for (start, end), (low, high) in pieces:
        slope = (high - low) / (end - start)
        branches.append((_below(value, end), _rise(value, low, slope, start)))
    (start, end), (low, high) = pieces[-1]
    return syntax.case(branches, syntax.number(low + (high - low) / (end - start) * (end - start)))


def _rise(value: exp.Expression, low: float, slope: float, start: float) -> exp.Expression:
    """low + slope * (value - start)."""
    distance = exp.Paren(this=exp.Sub(this=value.copy(), expression=_signed(start)))
    product = exp.Mul(this=syntax.number(slope), expression=distance)
    return exp.Add(this=syntax.number(low), expression=product)


def _line(curve: Curve, value: exp.Expression, missing: Branch) -> exp.Expression:
    """weight * ((value - center) / scale), constant below low and above high."""
    if curve.transform == LOG:
        logarithm = exp.Ln(this=exp.Add(this=syntax.number(1.0), expression=exp.Abs(this=value.copy())))
        value = exp.Mul(this=exp.Sign(this=value.copy()), expression=logarithm)
    ends = [curve.weight * ((end - curve.center) / curve.scale) for end in (curve.low, curve.high)]
    branches = [
        missing,
        (_below(value, curve.low), syntax.number(ends[0])),
        (exp.GT(this=value.copy(), expression=syntax.number(curve.high)), syntax.number(ends[1])),
    ]
    distance = exp.Paren(this=exp.Sub(this=value.copy(), expression=_signed(curve.center)))
    scaled = exp.Paren(this=exp.Div(this=distance, expression=syntax.number(curve.scale)))
    return syntax.case(branches, exp.Mul(this=syntax.number(curve.weight), expression=scaled))


def _below(value: exp.Expression, border: float) -> exp.Expression:
    return exp.LT(this=value.copy(), expression=syntax.number(border))


def _signed(number: float) -> exp.Expression:
    """A number that is subtracted: in parentheses if it is negative."""
    literal = syntax.number(number)
    return exp.Paren(this=literal) if isinstance(literal, exp.Neg) else literal
