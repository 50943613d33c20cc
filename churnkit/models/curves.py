"""Curves: what one feature adds to the log-odds, along its values."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from churnkit.arrays import Floats
from churnkit.models.columns import Column

LINEAR, LOG = "linear", "log"
LINE_FIELDS = (
    "transform",
    "low",
    "high",
    "center",
    "scale",
    "weight",
    "missing",
)  # fields of a line in a model file


@dataclass(frozen=True)
class Curve:
    """What one feature adds to the log-odds; a number is a line or, where it bends, points.

    line: weight * (clip(t(x), low, high) - center) / scale, where t is linear, or (in models of churnkit 0.1)
    the signed logarithm sign(x) * ln(1 + |x|). points: (values, contributions), ascending; straight between
    neighbours, constant beyond the first and the last. category: levels, one per category, the last for all
    other values. missing: what a missing value adds.
    """

    transform: str = LINEAR
    low: float = 0.0
    high: float = 0.0
    center: float = 0.0
    scale: float = 1.0
    weight: float = 0.0
    missing: float = 0.0
    levels: tuple[float, ...] = ()
    points: tuple[tuple[float, ...], tuple[float, ...]] | None = None


Coefficient = Annotated[float, msgspec.Meta(gt=-1e300, lt=1e300)]


class CurveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A Curve in a model file: a category has `levels`; a number that bends `values` and `contributions`;
    another number all fields of a line. All have `missing`."""

    transform: Literal["linear", "log"] | None = None
    low: Coefficient | None = None
    high: Coefficient | None = None
    center: Coefficient | None = None
    scale: Annotated[float, msgspec.Meta(gt=0, lt=1e300)] | None = None
    weight: Coefficient | None = None
    missing: Coefficient
    levels: tuple[Coefficient, ...] | None = None
    values: tuple[Coefficient, ...] | None = None
    contributions: tuple[Coefficient, ...] | None = None


def contribution(curve: Curve, values: Floats) -> Floats:
    """(n,) what each value adds. values: (n,) of a matrix, NaN if missing."""
    missing = np.isnan(values)
    if curve.levels:
        table = np.array(curve.levels)
        added = table[np.where(missing, 0, values).astype(np.int64)]
    elif curve.points:
        added = _along(np.array(curve.points[0]), np.array(curve.points[1]), values)
    else:
        added = curve.weight * ((_transformed(curve, values) - curve.center) / curve.scale)
    return np.where(missing, curve.missing, added)


def scaled(curve: Curve, factor: float) -> Curve:
    """The curve that adds factor times as much."""
    points = curve.points and (curve.points[0], tuple(factor * added for added in curve.points[1]))
    return replace(
        curve,
        weight=factor * curve.weight,
        missing=factor * curve.missing,
        levels=tuple(factor * level for level in curve.levels),
        points=points,
    )


def _along(at: Floats, added: Floats, values: Floats) -> Floats:
    """(n,) the height of the curve at each value; with +, x and comparisons, as it is written in SQL.

    at, added: (k,) the points, at least two.
    """
    slopes = np.diff(added) / np.diff(at)
    clipped = np.clip(values, at[0], at[-1])
    place = np.clip(np.searchsorted(at, clipped, side="right") - 1, 0, len(slopes) - 1)
    return np.asarray(added[place] + slopes[place] * (clipped - at[place]))


def _transformed(curve: Curve, values: Floats) -> Floats:
    """(n,) the transformed and clipped numbers of a line; NaN stays."""
    if curve.transform == LOG:
        values = np.sign(values) * np.log1p(np.abs(values))
    return np.clip(values, curve.low, curve.high)


def to_plain(curve: Curve) -> dict[str, Any]:
    """The curve as plain values, for JSON."""
    if curve.levels:
        return {"levels": list(curve.levels), "missing": curve.missing}
    if curve.points:
        values, added = (list(part) for part in curve.points)
        return {"values": values, "contributions": added, "missing": curve.missing}
    return {name: getattr(curve, name) for name in LINE_FIELDS}


def from_plain(plain: CurveFile, column: Column) -> Curve:
    """The curve from JSON. Raises ValueError if it is not a curve for this column."""
    if column.is_category:
        if plain.levels is None or len(plain.levels) != column.other + 1:
            raise ValueError(f"must have {column.other + 1} levels")
        return Curve(levels=plain.levels, missing=plain.missing)
    if plain.values is not None or plain.contributions is not None:
        return _bent(plain)
    given = {name: getattr(plain, name) for name in LINE_FIELDS}
    for name, value in given.items():
        if value is None:
            raise ValueError(f"has no {name}")
    if given["low"] > given["high"]:
        raise ValueError("its low is above its high")
    return Curve(**given)


def _bent(plain: CurveFile) -> Curve:
    values, added = plain.values or (), plain.contributions or ()
    if len(values) < 2 or len(values) != len(added):
        raise ValueError("must have values and contributions, at least two and equally many")
    if any(a >= b for a, b in itertools.pairwise(values)):
        raise ValueError("its values do not ascend")
    return Curve(points=(values, added), missing=plain.missing)
