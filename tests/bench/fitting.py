"""What a cross-validated fit costs beside the same models grown by hand, in CPU seconds, in turns.

    python -m tests.bench.fitting [ROWS] [REPEATS]

A line of JSON per kind, for a table of 19 columns: medians and their ratio.
- xgboost: as many boosters of as many rounds, of the same matrices, each quantised once (goal 1.2).
- logistic: scikit-learn's regressions of the same matrices and strengths (goal 1.5).
- search: `--tune 12` on 1,000 rows, beside a minute.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from churnkit.arrays import Floats
from churnkit.models import encoding, logistic
from churnkit.models import xgboost as boosted
from churnkit.models.basis import CHOICE_ROWS
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import NUMBER, Column, TrainingRows
from churnkit.models.regression import prepare
from churnkit.training.candidates import FitChoice, fit_candidates
from churnkit.training.fitting import refit, score_test_rows
from churnkit.training.test_plan import IN_FOLDS, TestPlan

COLUMNS = 19
FOLDS = 5


def _table(rows: int) -> TrainingRows:
    rng = np.random.default_rng(0)
    matrix: Floats = np.exp(rng.normal(size=(rows, COLUMNS)))
    said = -2 + np.log(matrix[:, :6]).sum(axis=1) * 0.4 + (matrix[:, 6] > 2) * (matrix[:, 7] > 1)
    truth = (rng.random(rows) < sigmoid(said)).astype(float)
    columns = [Column(f"x{k}", NUMBER) for k in range(COLUMNS)]
    return TrainingRows(columns, matrix, truth, np.arange(rows), np.ones(rows))


def _ours(kind: str, data: TrainingRows) -> None:
    test = score_test_rows(kind, data, None, lambda _: {}, 0)
    refit(kind, data, test, {}, 0)


class _Rounds:
    """Counts the rounds that each booster was grown to, with its parameters and rows."""

    def __init__(self) -> None:
        self.boosters: dict[int, tuple[Any, Any, int]] = {}

    def __enter__(self) -> _Rounds:
        self.kept = xgboost.Booster.update

        def update(booster: Any, rows: Any, number: int, *rest: Any) -> None:
            self.boosters[id(booster)] = (booster, rows, number + 1)  # holds it, so that no id comes twice
            self.kept(booster, rows, number, *rest)

        xgboost.Booster.update = update
        return self

    def __exit__(self, *_: object) -> None:
        xgboost.Booster.update = self.kept


def _boosters_by_hand(data: TrainingRows) -> Callable[[], None]:
    with _Rounds() as rounds:
        _ours("xgboost", data)
    grown = [(rows.num_row(), number) for _, rows, number in rounds.boosters.values()]
    print(json.dumps({"boosters": len(grown), "rounds": [number for _, number in grown]}), flush=True)
    by_shape = [boosted.SHAPES[k // FOLDS] for k in range(2 * FOLDS)] + [boosted.SHAPES[-1]]
    encoded = encoding.encode_for_fit(encoding.one_hot(data.columns), data.matrix)

    def run() -> None:
        for (rows, number), shape in zip(grown, by_shape, strict=True):
            settings = {**boosted.DEFAULTS, **shape, "objective": "binary:logistic", "tree_method": "hist"}
            quantised = xgboost.QuantileDMatrix(
                encoded[:rows], label=data.truth[:rows], nthread=1, max_bin=settings["max_bin"]
            )
            xgboost.train({**settings, "nthread": 1, "verbosity": 0}, quantised, number)

    return run


def _regressions_by_hand(data: TrainingRows) -> Callable[[], None]:
    parts = [data.part(split.train) for split in data.folds(FOLDS, 0)]
    matrices = [_design(part) for part in parts]
    whole = _design(data)

    def run() -> None:
        for part, matrix in zip(parts, matrices, strict=True):
            for strength in logistic.STRENGTHS:
                LogisticRegression(C=strength, max_iter=1_000).fit(matrix, part.truth)
        LogisticRegression(C=1.0, max_iter=1_000).fit(whole, data.truth)

    return run


def _design(data: TrainingRows) -> Floats:
    """(n, m) the columns of the regression that is fitted on these rows."""
    return prepare(data, data.sample(CHOICE_ROWS, 0), {}).design(data)


def _cpu(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:]]
    rows, repeats = [*numbers, *[10_000, 3][len(numbers) :]]
    data = _table(rows)
    with threadpool_limits(1):
        for kind, by_hand in (("logistic", _regressions_by_hand), ("xgboost", _boosters_by_hand)):
            peer = by_hand(data)
            times = [(_cpu(lambda k=kind: _ours(k, data)), _cpu(peer)) for _ in range(repeats)]  # type: ignore[misc]
            ours, theirs = (statistics.median(each) for each in zip(*times, strict=True))
            record = {
                "kind": kind,
                "rows": rows,
                "cpu_s": ours,
                "by_hand_cpu_s": theirs,
                "ratio": ours / theirs,
            }
            print(json.dumps(record), flush=True)
    few, choice = _table(1_000), FitChoice("xgboost", 12, (), (), None, 12, 0)
    plan = TestPlan(None, IN_FOLDS, {})
    seconds = _cpu(lambda: print(len(fit_candidates(few, plan, choice, lambda *_: None)), end="\r"))
    print(json.dumps({"search": "--tune 12", "rows": 1_000, "cpu_s": seconds, "goal_wall_s": 60}))


if __name__ == "__main__":
    main()
