"""How often drift and check alarm, and diff names a cause, where nothing has changed: in one and in a few of a hundred.

python -m tests.bench.alarms [TABLES [WORD [SEED]]]    # 2,000 unless said otherwise, of models a tenth; a line of
JSON each. WORD: in the names of the jobs. SEED: the first one, so that a long run can be made of pieces.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np

from churnkit.bins import tenths
from churnkit.checks.findings import TableLimits
from churnkit.diff.decomposition import MEAN, ComparedRows, GroupingColumn, decompose
from churnkit.diff.search import search_split
from churnkit.diff.summary import compare
from churnkit.drift.outside import measure_outside
from churnkit.drift.psi import measure_shift
from churnkit.drift.watch import Watch
from churnkit.groups import effective_groups
from churnkit.models import MODELS
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import NUMBER, Column, TrainingRows, histogram
from churnkit.training.fitting import refit, score_histogram, score_test_rows
from tests import checked, deliveries

COLUMNS = 30
ROWS_EACH = ("1", "6", "12", "geometric", "zipf")  # rows per customer; mean 10, and exponent 1.6
CUSTOMERS = ((60, 60), (60, 400), (400, 60), (10_000, 60), (400, 400), (10_000, 10_000))


def drift_alarms(rng: np.random.Generator, rows_each: str, customers: tuple[int, int]) -> bool:
    """Thirty columns of a panel and of another of the same make. All rows of a customer are equal: as far from
    independent as they can be. So they need not be written out: a customer is a row that weighs more."""
    base_rows, new_rows = (_rows_each(rng, rows_each, size) for size in customers)
    base, new = (_table(rng, size) for size in customers)
    n, m = (effective_groups(rows.sum(), (rows**2).sum()) for rows in (base_rows, new_rows))
    for k in range(COLUMNS):
        is_category = k % 3 == 0
        edges = _edges(base[:, k], base_rows, is_category=is_category)
        old, now = _binned(edges, base[:, k], base_rows), _binned(edges, new[:, k], new_rows)
        if measure_shift(old, now, n, m, is_category=is_category, columns=COLUMNS).drifted:
            return True
        if not is_category and _alarms_outside(base[:, k], new[:, k], base_rows, new_rows):
            return True
    return False


def _alarms_outside(base: np.ndarray, new: np.ndarray, base_rows: np.ndarray, new_rows: np.ndarray) -> bool:
    """Whether the values outside the base's range raise an alarm."""
    low, high = np.nanmin(base), np.nanmax(base)
    known = [rows * ~np.isnan(values) for values, rows in ((base, base_rows), (new, new_rows))]
    share = known[1][(new < low) | (new > high)].sum() / known[1].sum()
    n, m = (
        effective_groups(rows.sum(), (rows**2).sum()) * some.sum() / rows.sum()
        for rows, some in zip((base_rows, new_rows), known, strict=True)
    )
    return measure_outside(float(share), n, m, columns=COLUMNS).drifted


def _rows_each(rng: np.random.Generator, name: str, customers: int) -> np.ndarray:
    """(n,) the rows of each customer."""
    if name == "geometric":
        return rng.geometric(0.1, customers).astype(float)
    if name == "zipf":
        return rng.zipf(1.6, customers).astype(float)
    return np.full(customers, float(name))


def _edges(values: np.ndarray, rows: np.ndarray, *, is_category: bool) -> np.ndarray:
    """Those of a profile's or a model's histogram, of values that each stand in so many rows."""
    if is_category:
        return np.arange(1.0, 7.0)  # six categories, and all other values
    is_known = ~np.isnan(values)
    numbers, place = np.unique(values[is_known], return_inverse=True)
    return tenths(numbers, np.bincount(place, rows[is_known]))


def _binned(edges: np.ndarray, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows in each bin, missing last."""
    is_known = ~np.isnan(values)
    places = np.searchsorted(edges, values[is_known], side="right")
    return np.append(np.bincount(places, rows[is_known], len(edges) + 1), rows[~is_known].sum())


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
    score = Column("p", NUMBER, histogram=score_histogram(fitted, data))
    watch = Watch([*columns, score], float(size))
    watch.see(np.column_stack([new, sigmoid(fitted.log_odds(new))]))
    return bool(watch.moved())


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


def told_apart(rng: np.random.Generator) -> bool:
    """Whether diff says of twelve groups that they are not alike, where all their rates rose by as much."""
    rows = int(rng.integers(500, 5_000))
    rate, after = rng.uniform(0.05, 0.3), np.repeat([False, True], rows)
    x = (rng.random(2 * rows) < rate + 0.05 * after).astype(float)
    column = GroupingColumn("c", rng.integers(0, 12, 2 * rows), [str(v) for v in range(12)])
    return not compare(ComparedRows(x, after, np.arange(2 * rows), MEAN), (column,))[1].is_alike


def check_alarms(rng: np.random.Generator) -> bool:
    """Whether check refuses an honest delivery of 300 to 20,000 rows, by its rows or as a table."""
    base, new = np.exp(rng.uniform(np.log(300), np.log(20_000), 2)).astype(int).tolist()
    expected = checked.of_any_size(checked.expectations(checked.base(base, int(rng.integers(2**31)))))
    rows = deliveries.delivery(rng, new, deliveries.MONTHS[1], 10**6)
    judged, findings = checked.judged(expected, deliveries.lines(rows))
    return bool(judged.rejects or findings)


def check_misses(rng: np.random.Generator) -> bool:
    """Whether check misses a planted fault, or rejects a good row beside it."""
    expected = checked.expectations(checked.base(2_000, int(rng.integers(2**31))))
    fault = deliveries.FAULTS[str(rng.choice([*deliveries.FAULTS]))]
    planted = fault(rng, deliveries.delivery(rng, 2_000, deliveries.MONTHS[1], 10**6))
    judged, findings = checked.judged(
        expected, planted.lines, planted.header, limits=TableLimits(checked.NOW)
    )
    codes = {finding.code for finding in findings}
    is_wrong_row = planted.rejects is not None and {*judged.rejects} != planted.rejects
    return is_wrong_row or not planted.codes <= codes or bool(codes and not planted.codes)


def main() -> None:
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    jobs = {
        **{
            f"drift: {sizes[0]:,} customers and {sizes[1]:,}, rows of each: {rows_each}": (
                partial(drift_alarms, rows_each=rows_each, customers=sizes),
                tables if max(sizes) < 10_000 else tables // 4,
                0.01,
            )
            for sizes, rows_each in product(CUSTOMERS, ROWS_EACH)
        },
        "drift alarms against a model": (model_alarms, tables // 10, 0.01),
        "check refuses an honest delivery": (check_alarms, tables // 10, 0.01),
        "check misses a planted fault, or rejects a good row": (check_misses, tables // 10, 0.0),
        "diff names a cause": (lambda rng: causes(rng, search=False), tables, 0.05),
        "diff tells groups apart that are alike": (told_apart, tables, 0.1),
        "diff --auto finds a split": (lambda rng: causes(rng, search=True), tables, 0.05),
    }
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    for name, (job, number, goal) in jobs.items():
        if wanted not in name:
            continue
        found = sum(job(np.random.default_rng(seed)) for seed in range(first, first + number))
        print(
            json.dumps({"job": name, "tables": number, "seed": first, "share": found / number, "goal": goal}),
            flush=True,
        )


if __name__ == "__main__":
    main()
