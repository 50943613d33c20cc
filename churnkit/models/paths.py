"""A path: models of increasing size fitted on the same rows, and tested on unseen rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.evaluation.metrics import log_losses
from churnkit.models.columns import TrainingRows

PATIENCE = 6  # a path stops growing after this many sizes without a smaller loss


def _no_more_sizes() -> bool:
    return False


@dataclass(frozen=True)
class Path:
    """Models of one training part, by size: a strength, a number of leaves, or a number of rounds.

    sizes: as in the settings of `fit`. losses: the total loss of the tested rows for each size. scores:
    returns the log-odds of the tested rows (t,) for the size at an index. grow: adds sizes and losses;
    returns False if there are no more.
    """

    sizes: list[Any]
    losses: list[float]
    scores: Callable[[int], Floats]
    grow: Callable[[], bool] = _no_more_sizes


def total_loss(rows: TrainingRows, log_odds: Floats) -> float:
    """The weighted sum of the rows' log loss. log_odds: (n,)."""
    return float(rows.weights @ log_losses(rows.truth, log_odds))


def is_settled(paths: Sequence[Path]) -> bool:
    """Whether no chosen size has changed during the last PATIENCE sizes."""
    newest = len(paths[0].losses) - 1
    return all(newest - place >= PATIENCE for place in [total_choice(paths), *choices(paths)])


def total_choice(paths: Sequence[Path]) -> int:
    """The index of the size with the smallest loss over all paths."""
    return int(np.argmin(np.sum([path.losses for path in paths], axis=0)))


def choices(paths: Sequence[Path]) -> list[int]:
    """The index of the size for each path, chosen by the losses of the other paths, not by its own.

    A single path uses its own losses.
    """
    losses = np.array([path.losses for path in paths])
    others = losses.sum(axis=0) - losses if len(paths) > 1 else losses
    return [int(place) for place in np.argmin(others, axis=1)]
