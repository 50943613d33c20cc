"""How often drift alarms, and diff names a cause, where nothing has changed: both should in a few of a hundred.

python -m tests.bench.alarms [TABLES]    # 2,000 unless said otherwise, of models a tenth; a line of JSON each
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np

from churnkit.diff.decomposition import MEAN, ComparedRows, GroupingColumn, decompose
from churnkit.diff.search import search_split
from churnkit.drift.records import DriftBase, UnseenValues, drift_records
from churnkit.drift.watch import Watch
from churnkit.models import MODELS
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows, histogram
from churnkit.training.fitting import refit, score_histogram, score_test_rows

COLUMNS = 30


def drift_alarms(rng: np.random.Generator) -> bool:
    """Thirty columns of a panel of customers, 1 to 20 rows each, as their base and again."""
    sizes = rng.integers(100, 2_000, 2)
    repeats = int(rng.integers(1, 21))
    sides = [np.repeat(_table(rng, size), repeats, axis=0) for size in sizes.tolist()]
    columns = [
        Column(f"x{k}", NUMBER if k % 3 else CATEGORY, () if k % 3 else tuple("abcdef"))
        for k in range(COLUMNS)
    ]
    columns = [
        Column(c.name, c.type, c.categories, histogram=histogram(c, sides[0][:, k]))
        for k, c in enumerate(columns)
    ]
    watch = Watch(columns)
    watch.see(sides[1])
    base = DriftBase(columns, float(sizes[0]), {}, frozenset())
    return any(r["drifted"] for r in drift_records(base, watch, UnseenValues(columns), float(sizes[1]), 0.25))


def model_alarms(rng: np.random.Generator) -> bool:
    """A model of any kind, and new rows of the same make: its columns and its score."""
    size, fresh = rng.integers(300, 3_000, 2).tolist()
    kind = str(rng.choice([*MODELS]))
    columns = [Column(f"x{k}", NUMBER) for k in range(COLUMNS) if k % 3]
    old, new = (_table(rng, rows)[:, [k for k in range(COLUMNS) if k % 3]] for rows in (size, fresh))
    pull = np.nan_to_num(old[:, 0]) * rng.uniform(0, 0.8) - rng.uniform(2, 3)
    truth = (rng.random(size) < 1 / (1 + np.exp(-pull))).astype(float)
    if not 0 < truth.sum() < size:
        return False
    columns = [replace(c, histogram=histogram(c, old[:, k])) for k, c in enumerate(columns)]
    data = TrainingRows(columns, old, truth, np.arange(size), np.ones(size))
    test = score_test_rows(kind, data, None, lambda _: {}, 0)
    fitted = refit(kind, data, test, {}, 0)
    score = Watch([Column("p", NUMBER, histogram=score_histogram(fitted, data))])
    score.see(sigmoid(fitted.log_odds(new))[:, None])
    watch = Watch(columns)
    watch.see(new)
    base = DriftBase(columns, float(size), {}, frozenset())
    found = drift_records(base, watch, UnseenValues(columns), float(fresh), 0.25, score)
    return any(r["drifted"] for r in found)


def _table(rng: np.random.Generator, rows: int) -> np.ndarray:
    made = np.empty((rows, COLUMNS))
    for k in range(COLUMNS):
        made[:, k] = (
            rng.integers(0, 6, rows)
            if k % 3 == 0
            else rng.poisson(2, rows)
            if k % 3 == 1
            else rng.gamma(1, 9, rows)
        )
        made[rng.random(rows) < 0.1 * (k % 2), k] = np.nan
    return made


def causes(rng: np.random.Generator, *, search: bool) -> bool:
    """Whether diff names a group of twelve, or a search of six columns finds one, on unchanged rates."""
    rows = int(rng.integers(500, 5_000))
    x = (rng.random(2 * rows) < rng.uniform(0.02, 0.4)).astype(float)
    given = ComparedRows(x, np.repeat([False, True], rows), np.arange(2 * rows), MEAN)
    if not search:
        return bool((~decompose(given, rng.integers(0, 12, 2 * rows), 12).is_noise).any())
    columns = [
        GroupingColumn(f"c{k}", rng.integers(0, k, 2 * rows), [str(v) for v in range(k)]) for k in range(2, 8)
    ]
    return bool(search_split(given, columns))


def main() -> None:
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    jobs = {
        "drift alarms": (drift_alarms, tables, 0.02),
        "drift alarms against a model": (model_alarms, tables // 10, 0.02),
        "diff names a cause": (lambda rng: causes(rng, search=False), tables, 0.05),
        "diff --auto finds a split": (lambda rng: causes(rng, search=True), tables, 0.05),
    }
    for name, (job, number, goal) in jobs.items():
        found = sum(job(np.random.default_rng(seed)) for seed in range(number))
        print(json.dumps({"job": name, "tables": number, "share": found / number, "goal": goal}), flush=True)


if __name__ == "__main__":
    main()
