"""What a model adds up, so that it can be written in another language."""

from __future__ import annotations

from dataclasses import dataclass

from churnkit.models.curves import Curve
from churnkit.models.encoding import Design
from churnkit.models.forest import Forest


@dataclass(frozen=True)
class Formula:
    """Log-odds before calibration = offset + the curves of the features + a leaf of each tree.

    curves: one per feature, or empty. design: the columns that the trees test. forest: None without trees.
    """

    offset: float
    curves: tuple[Curve, ...] = ()
    design: Design = ()
    forest: Forest | None = None
