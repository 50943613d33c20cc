"""A search of settings: random ones compete on folds; after each fold the better half goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np

from churnkit.evaluation.splits import INNER_FOLDS
from churnkit.models import kind_of
from churnkit.models.columns import TrainingRows
from churnkit.models.cores import fitting_pool
from churnkit.models.paths import Path, grow_until_settled, total_choice

SEARCH_ROWS = 50_000  # at most this many rows are used to compare settings

Settings = dict[str, Any]


@dataclass(frozen=True)
class _Trial:
    """Settings, and their models on the folds so far."""

    settings: Settings
    paths: list[Path] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """The smallest total loss over the tested folds."""
        return float(sum(path.losses[total_choice(self.paths)] for path in self.paths))


def search_settings(
    kind: str, data: TrainingRows, fixed: Settings, number: int, seed: int, progress: Callable[[], None]
) -> Settings:
    """The best of the default settings and `number` random ones, with the best size, by log loss on folds.

    fixed: settings that the search must not change. progress: called after each trial on a fold.
    Sources: Bergstra, Bengio (2012), Random search for hyper-parameter optimization; Jamieson, Talwalkar
    (2016), Non-stochastic best arm identification: successive halving, here with folds as the resource.
    """
    model, rng = kind_of(kind), np.random.default_rng(seed)
    sample = data.sample(SEARCH_ROWS, seed)
    splits = sample.folds(INNER_FOLDS, seed)
    drawn = [*model.SHAPES, *(model.draw_settings(rng) for _ in range(number))]
    trials = [_Trial({**settings, **fixed}) for settings in drawn]
    is_on_all = len(sample.truth) >= model.ALL_CORES_FROM
    with fitting_pool(is_on_all) as pool:
        for split, places in zip(splits, trials_on_folds(kind, number), strict=False):
            trials = sorted(trials, key=lambda trial: trial.loss)[:places]
            train, test = sample.part(split.train), sample.part(split.test)
            if not train.has_both_classes:
                continue

            def run(trial: _Trial, train: TrainingRows = train, test: TrainingRows = test) -> None:
                trial.paths.append(model.path(train, test, trial.settings, seed))
                grow_until_settled(trial.paths)
                progress()

            list(pool.map(run, trials))
    best = min(trials, key=lambda trial: trial.loss)
    size = {model.SIZE: best.paths[0].sizes[total_choice(best.paths)]} if best.paths else {}
    return {**size, **best.settings}


def trials_on_folds(kind: str, number: int) -> list[int]:
    """How many settings are tried on each fold. number: of random settings."""
    return [ceil((len(kind_of(kind).SHAPES) + number) / 2**fold) for fold in range(INNER_FOLDS)]
