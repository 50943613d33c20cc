"""A path: models of growing size fitted on the same rows, asked about rows that they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.evaluation.metrics import log_losses
from churnkit.models.columns import TrainingRows

PATIENCE = 6  # sizes without a smaller loss after which a path is not grown further


def _no_more() -> bool:
    return False


@dataclass(frozen=True)
class Path:
    """Models of one training part by size: a strength, a number of leaves, a number of rounds.

    sizes: as `fit` takes them. losses: for each size that of the tested rows, added up. scores: the log-odds
    of the tested rows (t,) by the model at a place. grow: adds sizes and losses; False where there are no
    more.
    """

    sizes: list[Any]
    losses: list[float]
    scores: Callable[[int], Floats]
    grow: Callable[[], bool] = _no_more


def total_loss(rows: TrainingRows, log_odds: Floats) -> float:
    """The log loss of rows, added up by their weights. log_odds: (n,)."""
    return float(rows.weights @ log_losses(rows.truth, log_odds))


def is_settled(paths: Sequence[Path]) -> bool:
    """Whether no choice among the paths' sizes has changed for PATIENCE sizes."""
    newest = len(paths[0].losses) - 1
    return all(newest - place >= PATIENCE for place in [total_choice(paths), *choices(paths)])


def total_choice(paths: Sequence[Path]) -> int:
    """The place of the size with the smallest loss over all paths."""
    return int(np.argmin(np.sum([path.losses for path in paths], axis=0)))


def choices(paths: Sequence[Path]) -> list[int]:
    """For each path the place of its size, chosen by the tested rows of the others, not by its own.

    A path that is alone chooses by its own.
    """
    losses = np.array([path.losses for path in paths])
    others = losses.sum(axis=0) - losses if len(paths) > 1 else losses
    return [int(place) for place in np.argmin(others, axis=1)]
