"""Boosted trees: XGBoost fits them with a small learning rate; scoring uses our own arrays.

The number of rounds is the one with the smallest log loss on unseen customers. A contribution is an exact
path-dependent Shapley value (TreeSHAP) of a feature; all columns of a category are one feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from churnkit.arrays import Floats
from churnkit.models import encoding as designs
from churnkit.models.columns import Column, TrainingRows
from churnkit.models.encoding import Design, DesignFile
from churnkit.models.forest import (
    Forest,
    ForestFile,
    check_forest,
    forest_from_plain,
    forest_to_plain,
    margins,
)

if TYPE_CHECKING:
    from churnkit.models.formula import Formula
    from churnkit.models.paths import Path

DEFAULTS: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_depth": 4,
    "min_child_weight": 5.0,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "reg_lambda": 1.0,
    "max_bin": 256,
}
LIBRARY = "xgboost"
OPTIONS = ("rising", "falling")
SIZE = "rounds"
SHAPES: tuple[dict[str, Any], ...] = ({}, {"max_depth": 6, "min_child_weight": 1.0})
LEAST_GAIN = 0.0
ROUNDS_PER_SIZE = 5  # the loss is measured every 5 rounds: every round would take a third longer
DEFAULT_ROUNDS = 50  # if no test rows can choose the number
MAX_ROUNDS = 1500
ALL_CORES_FROM = 20_000  # rows; with fewer, fits in parallel on one core each are faster


@dataclass(frozen=True)
class BoostedParameters:
    """offset: log-odds before any tree. design: the columns that the trees test. forest: the trees."""

    offset: float
    design: Design
    forest: Forest


class BoostedFile(ForestFile, frozen=True, kw_only=True):
    """The parameters of boosted trees in a model file."""

    offset: Annotated[float, msgspec.Meta(gt=-1e3, lt=1e3)]
    design: DesignFile


FILE = BoostedFile


def fit(data: TrainingRows, settings: dict[str, Any], seed: int) -> BoostedParameters:
    """settings: rounds; values that replace DEFAULTS; rising and falling: names of number columns whose
    higher values may only raise, or lower, the probability."""
    design = designs.one_hot(data.columns)
    rows = _binned(data, design, settings)
    booster = _booster(data, design, rows, settings, seed)
    for number in range(settings.get(SIZE, DEFAULT_ROUNDS)):
        booster.update(rows, number)
    base = _base(data)
    return BoostedParameters(float(np.log(base / (1 - base))), design, forest_of(booster))


def path(train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path:
    """One booster after 5, 10, 15, … rounds; `grow` adds PATIENCE of these sizes at a time."""
    design = designs.one_hot(train.columns)
    test_rows = _library().DMatrix(designs.encode_for_fit(design, test.matrix), nthread=_threads(train))
    return _path(train, design, _binned(train, design, settings), test, test_rows, settings, seed)


def _path(
    train: TrainingRows,
    design: Design,
    rows: Any,
    test: TrainingRows,
    test_rows: Any,
    settings: dict[str, Any],
    seed: int,
) -> Path:
    """rows, test_rows: the matrices of XGBoost."""
    from churnkit.models.paths import PATIENCE, Path, total_loss

    booster = _booster(train, design, rows, settings, seed)
    fixed = settings.get(SIZE)
    sizes: list[int] = []
    losses: list[float] = []

    def grow() -> bool:
        start: int = booster.num_boosted_rounds()
        end: int = fixed or min(start + PATIENCE * ROUNDS_PER_SIZE, MAX_ROUNDS)
        for number in range(start, end):
            booster.update(rows, number)
            if number + 1 == fixed or (not fixed and (number + 1) % ROUNDS_PER_SIZE == 0):
                log_odds = booster.predict(test_rows, output_margin=True)
                sizes.append(number + 1)
                losses.append(total_loss(test, log_odds.astype(np.float64)))
        return start < end

    def scores(place: int) -> Floats:
        log_odds = booster.predict(test_rows, output_margin=True, iteration_range=(0, sizes[place]))
        return np.asarray(log_odds, dtype=np.float64)

    def reshaped(other: dict[str, Any]) -> Path:
        return _path(train, design, rows, test, test_rows, other, seed)

    grow()
    return Path(sizes, losses, scores, grow, reshaped)


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random, for a search."""
    return {
        "learning_rate": float(10 ** rng.uniform(-1.5, -0.5)),
        "max_depth": int(rng.integers(1, 7)),
        "min_child_weight": float(10 ** rng.uniform(0, 1.7)),
        "subsample": float(rng.uniform(0.5, 1)),
        "colsample_bytree": float(rng.uniform(0.4, 1)),
        "reg_lambda": float(10 ** rng.uniform(-1, 1.5)),
    }


def contributions(parameters: BoostedParameters, matrix: Floats) -> tuple[float, Floats]:
    """(base, (n, k)): base + row sum = log-odds."""
    return explain(parameters, matrix)[1:]


def explain(parameters: BoostedParameters, matrix: Floats) -> tuple[Floats, float, Floats]:
    """The log-odds, and what `contributions` returns, in one pass: both need the same tests."""
    from churnkit.models import treeshap

    encoded = designs.encode(parameters.design, matrix)
    feature = tuple(column.feature for column in parameters.design)
    margin, base, added = treeshap.shap_contributions(parameters.forest, feature, encoded, matrix.shape[1])
    return parameters.offset + margin, parameters.offset + base, added


def log_odds(parameters: BoostedParameters, matrix: Floats) -> Floats:
    """(n,) log-odds of churn."""
    return parameters.offset + margins(parameters.forest, designs.encode(parameters.design, matrix))


def odds_ratios(parameters: BoostedParameters, column: Column, place: int, slope: float) -> dict[str, Any]:
    """Empty: in boosted trees no feature has one constant odds ratio."""
    return {}


def pairs_of(parameters: BoostedParameters) -> tuple[()]:
    """None: trees have no terms of two features."""
    return ()


def as_tree(parameters: BoostedParameters) -> None:
    """None: many trees are not one tree that people can read."""


def formula(parameters: BoostedParameters) -> Formula:
    """What the model adds up."""
    from churnkit.models.formula import Formula

    return Formula(parameters.offset, design=parameters.design, forest=parameters.forest)


def format_of(parameters: BoostedParameters) -> int:
    """1: every version of the model file can hold it."""
    return 1


def to_plain(parameters: BoostedParameters) -> dict[str, Any]:
    """The parameters as plain values, for JSON."""
    return {
        "offset": parameters.offset,
        "design": designs.to_plain(parameters.design),
        **forest_to_plain(parameters.forest),
    }


def from_plain(plain: BoostedFile, columns: Sequence[Column]) -> BoostedParameters:
    """The parameters from JSON. Raises ValueError if they are not boosted trees for these columns."""
    design = designs.check_design(plain.design, columns)
    return BoostedParameters(plain.offset, design, check_forest(forest_from_plain(plain), len(design)))


def _base(data: TrainingRows) -> float:
    return float(np.clip(data.base_rate, 1e-6, 1 - 1e-6))


def _threads(data: TrainingRows) -> int:
    return 0 if len(data.truth) >= ALL_CORES_FROM else 1  # 0: all


def _library() -> Any:
    import xgboost

    return xgboost


def _arguments(settings: dict[str, Any]) -> dict[str, Any]:
    return {**DEFAULTS, **{name: value for name, value in settings.items() if name in DEFAULTS}}


def _binned(data: TrainingRows, design: Design, settings: dict[str, Any]) -> Any:
    """The training rows as XGBoost's matrix."""
    return _library().QuantileDMatrix(
        designs.encode_for_fit(design, data.matrix), label=data.truth, weight=data.population_weights,
        nthread=_threads(data), max_bin=_arguments(settings)["max_bin"],
    )  # fmt: skip


def _booster(data: TrainingRows, design: Design, rows: Any, settings: dict[str, Any], seed: int) -> Any:
    """A booster without trees. rows: the training rows, binned."""
    directions = designs.directions(design, data.columns, settings)
    arguments = {**_arguments(settings), "objective": "binary:logistic", "tree_method": "hist"}
    arguments.update(
        base_score=_base(data), seed=seed, seed_per_iteration=True, verbosity=0, nthread=_threads(data)
    )
    if any(directions):
        arguments["monotone_constraints"] = f"({','.join(map(str, directions))})"
    return _library().Booster(arguments, [rows])


def forest_of(booster: Any) -> Forest:
    """The trees of an XGBoost booster as plain arrays; a leaf's value is added to the log-odds."""
    import orjson

    model = orjson.loads(booster.save_raw(raw_format="json"))
    trees = model["learner"]["gradient_booster"]["model"]["trees"]
    sizes = [len(tree["left_children"]) for tree in trees]
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int32)

    def concatenate(name: str, kind: npt.DTypeLike) -> npt.NDArray[Any]:
        return np.concatenate([np.asarray(tree[name], dtype=kind) for tree in trees])

    left, right = concatenate("left_children", np.int32), concatenate("right_children", np.int32)
    shift = np.repeat(roots, sizes)
    is_leaf = left < 0
    conditions = concatenate("split_conditions", np.float32)
    return Forest(
        roots=roots,
        column=np.where(is_leaf, -1, concatenate("split_indices", np.int32)).astype(np.int32),
        threshold=np.where(is_leaf, np.float32(0), conditions),
        left=np.where(is_leaf, -1, left + shift).astype(np.int32),
        right=np.where(is_leaf, -1, right + shift).astype(np.int32),
        missing_left=concatenate("default_left", np.bool_) & ~is_leaf,
        value=np.where(is_leaf, conditions, 0).astype(np.float64),
        cover=concatenate("sum_hessian", np.float64),
    )
