"""The model kinds: MODELS lists them, Kind is the interface of their modules."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import numpy as np

    from churnkit.arrays import Floats
    from churnkit.models.calibration import CalibratedFile, Calibration
    from churnkit.models.columns import Column, TrainingRows
    from churnkit.models.formula import Formula
    from churnkit.models.pairs import Pair
    from churnkit.models.paths import Path
    from churnkit.models.tree import TreeParameters

# kind → its module, imported only when used, so that --help can list the kinds without heavy imports
MODELS = {
    "logistic": "churnkit.models.logistic",
    "tree": "churnkit.models.tree",
    "xgboost": "churnkit.models.xgboost",
}


class Kind(Protocol):
    """Everything that differs by kind. The parameters are of a type that the kind chooses.

    LIBRARY: the package that fits it. OPTIONS: the options of `fit` that it supports. SIZE: the setting that
    a path of models varies. SHAPES: settings that are compared, the simplest first. LEAST_GAIN: log loss that
    another shape than the first must gain. ALL_CORES_FROM: from this
    many rows on, one fit uses all cores. FILE: the type of its parameters in a model file. format_of: the
    first version of the file that can hold the parameters.
    """

    LIBRARY: str
    OPTIONS: tuple[str, ...]
    SIZE: str
    SHAPES: tuple[dict[str, Any], ...]
    LEAST_GAIN: float
    ALL_CORES_FROM: float
    FILE: type[CalibratedFile]

    def fit(self, data: TrainingRows, settings: dict[str, Any], seed: int) -> Any: ...
    def path(self, train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path: ...
    def draw_settings(self, rng: np.random.Generator) -> dict[str, Any]: ...
    def log_odds(self, parameters: Any, matrix: Floats) -> Floats: ...
    def contributions(self, parameters: Any, matrix: Floats) -> tuple[float, Floats]: ...
    def explain(self, parameters: Any, matrix: Floats) -> tuple[Floats, float, Floats]: ...
    def odds_ratios(self, parameters: Any, column: Column, place: int, slope: float) -> dict[str, Any]: ...
    def pairs_of(self, parameters: Any) -> Sequence[Pair]: ...
    def as_tree(self, parameters: Any) -> TreeParameters | None: ...
    def formula(self, parameters: Any) -> Formula: ...
    def format_of(self, parameters: Any) -> int: ...
    def to_plain(self, parameters: Any) -> dict[str, Any]: ...
    def from_plain(self, plain: Any, columns: Sequence[Column]) -> Any: ...


def kind_of(name: str) -> Kind:
    """The module of a kind. name: a key of MODELS."""
    return cast(Kind, importlib.import_module(MODELS[name]))


@dataclass(frozen=True)
class Fitted:
    """A fitted model of one kind, with its calibration."""

    kind: str
    parameters: Any
    calibration: Calibration

    def log_odds(self, matrix: Floats) -> Floats:
        """(n,) calibrated log-odds of churn. matrix: (n, k)."""
        return self.calibration.log_odds(kind_of(self.kind).log_odds(self.parameters, matrix))

    def probability(self, matrix: Floats) -> Floats:
        """(n,) calibrated probability of churn, 0 to 1. matrix: (n, k)."""
        return self.calibration.probability(kind_of(self.kind).log_odds(self.parameters, matrix))

    def contributions(self, matrix: Floats) -> tuple[float, Floats]:
        """(base, (n, k) contribution of each feature to each row): base + row sum = log_odds."""
        return self._calibrated(*kind_of(self.kind).contributions(self.parameters, matrix))

    def explain(self, matrix: Floats) -> tuple[Floats, float, Floats]:
        """The `probability` and the `contributions` of rows, in less time than one after the other."""
        raw, base, added = kind_of(self.kind).explain(self.parameters, matrix)
        return self.calibration.probability(raw), *self._calibrated(base, added)

    def _calibrated(self, base: float, added: Floats) -> tuple[float, Floats]:
        return self.calibration.slope * base + self.calibration.offset, self.calibration.slope * added

    def odds_ratios(self, column: Column, place: int) -> dict[str, Any]:
        """Odds ratios of one feature, as fields of its record; empty for a kind without odds ratios."""
        return kind_of(self.kind).odds_ratios(self.parameters, column, place, self.calibration.slope)

    @property
    def formula(self) -> Formula:
        """What the calibrated model adds up."""
        return kind_of(self.kind).formula(self.parameters).calibrated(self.calibration)

    @property
    def pairs(self) -> list[Pair]:
        """What two features add together, with the calibrated importance; the most important first."""
        from churnkit.models.pairs import times

        raw = kind_of(self.kind).pairs_of(self.parameters)
        pairs = [times(pair, self.calibration.slope) for pair in raw]
        return sorted(pairs, key=lambda pair: -pair.importance)

    @property
    def tree(self) -> TreeParameters | None:
        """The tree, if the model is a single tree; else None."""
        return kind_of(self.kind).as_tree(self.parameters)
