"""The kinds of model: MODELS is all of them, Kind what each module offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np

from churnkit.arrays import Floats
from churnkit.models import logistic, tree, xgboost
from churnkit.models.calibration import CalibratedFile, Calibration
from churnkit.models.columns import Column, TrainingRows


class Kind(Protocol):
    """What a module of this wing offers; `Parameters` is whatever it likes."""

    ALL_CORES_FROM: float  # rows
    FILE: type[CalibratedFile]  # its parameters as they stand in a model file

    def fit(self, data: TrainingRows, settings: dict[str, Any], seed: int) -> Any: ...

    def draw_settings(self, rng: np.random.Generator) -> dict[str, Any]: ...

    def log_odds(self, parameters: Any, matrix: Floats) -> Floats: ...

    def contributions(self, parameters: Any, matrix: Floats) -> tuple[float, Floats]: ...

    def to_plain(self, parameters: Any) -> dict[str, Any]: ...

    def from_plain(self, plain: Any, columns: Sequence[Column]) -> Any: ...


MODELS: dict[str, Kind] = {
    "logistic": cast(Kind, logistic),
    "tree": cast(Kind, tree),
    "xgboost": cast(Kind, xgboost),
}


@dataclass(frozen=True)
class Fitted:
    """A model of one kind, and the two numbers that calibrate it."""

    kind: str
    parameters: Any
    calibration: Calibration

    def log_odds(self, matrix: Floats) -> Floats:
        """(n,) calibrated log-odds of leaving. matrix: (n, k)."""
        raw = MODELS[self.kind].log_odds(self.parameters, matrix)
        return self.calibration.slope * raw + self.calibration.offset

    def contributions(self, matrix: Floats) -> tuple[float, Floats]:
        """(base, (n, k)): base + row sum = log_odds, what each feature adds for each row."""
        base, added = MODELS[self.kind].contributions(self.parameters, matrix)
        slope, offset = self.calibration.slope, self.calibration.offset
        return slope * base + offset, slope * added
