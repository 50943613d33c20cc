"""What a model adds up, so that it can be written in another language."""

from __future__ import annotations

from dataclasses import dataclass, replace

from churnkit.models.calibration import Calibration
from churnkit.models.curves import Curve, scaled
from churnkit.models.encoding import Design
from churnkit.models.forest import Forest
from churnkit.models.pairs import Pair, times


@dataclass(frozen=True)
class Formula:
    """Log-odds = base + what each curve adds + what each pair of features adds + a leaf of each tree.

    curves: one per feature, or empty. design: the columns that the trees test. forest: None without trees.
    pairs: of a regression.
    """

    base: float
    curves: tuple[Curve, ...] = ()
    design: Design = ()
    forest: Forest | None = None
    pairs: tuple[Pair, ...] = ()

    def calibrated(self, calibration: Calibration) -> Formula:
        """The formula of the calibrated log-odds."""
        slope, forest = calibration.slope, self.forest
        return Formula(
            slope * self.base + calibration.offset,
            tuple(scaled(curve, slope) for curve in self.curves),
            self.design,
            None if forest is None else replace(forest, value=slope * forest.value),
            tuple(times(pair, slope) for pair in self.pairs),
        )
