"""A path: models of increasing size fitted on the same rows, and tested on unseen rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
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
    returns False if there are no more. reshaped: returns the path of other settings, which differ by their
    shape alone, on the same rows; it shares what both prepare. None: they share nothing.
    """

    sizes: list[Any]
    losses: list[float]
    scores: Callable[[int], Floats]
    grow: Callable[[], bool] = _no_more_sizes
    reshaped: Callable[[dict[str, Any]], Path] | None = None


def total_loss(rows: TrainingRows, log_odds: Floats) -> float:
    """The weighted sum of the rows' log loss. log_odds: (n,)."""
    return float(rows.weights @ log_losses(rows.truth, log_odds))


def is_settled(paths: Sequence[Path]) -> bool:
    """Whether no chosen size has changed during the last PATIENCE sizes."""
    newest = len(paths[0].losses) - 1
    return all(newest - place >= PATIENCE for place in [total_choice(paths), *choices(paths)])


def grow_until_settled(paths: Sequence[Path], map_: Callable[..., Iterable[Any]] = map) -> None:
    """Adds sizes until more would change no choice, or there are no more.

    map_: the map of a pool, to grow the paths in parallel.
    """
    longest = max((len(path.sizes) for path in paths), default=0)
    for path in paths:  # one that was started later
        while len(path.sizes) < longest and path.grow():
            pass
    while paths and not is_settled(paths) and all([*map_(lambda path: path.grow(), paths)]):
        pass


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


def simplest(losses: Sequence[Floats], weights: Floats, groups: Ints, least_gain: float = 0.0) -> int:
    """The index of the first model whose loss is within a standard error of the smallest, or within the least
    gain (in mean loss) that a larger model must bring.

    losses: (n,) per model on the same unseen rows, the simplest model first. weights, groups: (n,) of the
    rows. The standard error is that of the difference, by customer.
    Source: Breiman et al. (1984), Classification and regression trees, the one-standard-error rule.
    """
    means = [float(np.average(loss, weights=weights)) for loss in losses]
    least = int(np.argmin(means))

    def is_near(place: int) -> bool:
        gap = means[place] - means[least]
        by_customer = np.bincount(groups, weights * (losses[place] - losses[least] - gap))
        return gap <= max(least_gain, float(np.sqrt((by_customer**2).sum()) / weights.sum()))

    return next(place for place in range(len(losses)) if is_near(place))
