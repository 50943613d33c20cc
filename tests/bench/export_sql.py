"""What a boosted model costs as SQL: its size, and rows per second in DuckDB beside score.

python -m tests.bench.export_sql [ROWS]     # by number of trees; one core each
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import duckdb
import numpy as np

from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.model_sql import Wanted, model_select
from churnkit.models.columns import NUMBER, Column
from churnkit.models.encoding import one_hot
from churnkit.models.forest import Forest
from churnkit.models.xgboost import BoostedParameters
from tests.export.written import model_of

COLUMNS = [Column(f"x{place}", NUMBER) for place in range(20)]
SIZES = ((50, 4), (200, 4), (400, 4), (800, 4), (1500, 4), (200, 6), (500, 6))  # trees, depth


def full(trees: int, depth: int) -> Forest:
    """Trees that ask all questions, of random columns and thresholds."""
    rng, nodes, inner = np.random.default_rng(0), 2 ** (depth + 1) - 1, 2**depth - 1
    at, is_inner = np.arange(trees * nodes), np.tile(np.arange(nodes) < inner, trees)
    root, place = at - at % nodes, at % nodes
    return Forest(
        roots=np.unique(root).astype(np.int32),
        column=np.where(is_inner, rng.integers(0, len(COLUMNS), len(at)), -1).astype(np.int32),
        threshold=np.where(is_inner, rng.gamma(2, 10, len(at)), 0).astype(np.float32),
        left=np.where(is_inner, root + 2 * place + 1, -1).astype(np.int32),
        right=np.where(is_inner, root + 2 * place + 2, -1).astype(np.int32),
        missing_left=is_inner & (rng.random(len(at)) < 0.5),
        value=rng.normal(0, 0.05, len(at)),
        cover=np.ones(len(at)),
    )


def main(rows: int) -> None:
    rng = np.random.default_rng(1)
    matrix = rng.gamma(2, 10, (rows, len(COLUMNS)))
    matrix[rng.random(matrix.shape) < 0.02] = np.nan
    table = {"id": np.arange(rows), **{column.name: matrix[:, k] for k, column in enumerate(COLUMNS)}}
    print("trees  depth  nodes   write s  SQL KB  plan s  rows/s DuckDB  rows/s score  largest difference")
    for trees, depth in SIZES:
        model = model_of("xgboost", COLUMNS)
        parameters = BoostedParameters(-2.0, one_hot(COLUMNS), full(trees, depth))
        model = replace(model, fitted=replace(model.fitted, parameters=parameters))
        clock = [time.process_time()]
        select = model_select(model, syntax.table("rows"), Wanted("id", False))
        sql = syntax.render(select, DIALECTS["duckdb"])
        clock.append(time.process_time())
        with duckdb.connect() as database:
            database.execute("SET threads = 1")
            database.register("rows", table)
            database.execute(f"EXPLAIN {sql}").fetchall()
            clock.append(time.process_time())
            found = database.execute(sql).fetchnumpy()["churn_probability"]
            clock.append(time.process_time())
        expected = model.fitted.probability(matrix)
        clock.append(time.process_time())
        write, plan, run, score = np.diff(clock).tolist()
        worst = np.abs(found - expected).max()
        print(
            f"{trees:>5}  {depth:>5}  {len(parameters.forest.column):>6,}  {write:>7.1f}  {len(sql) / 1e3:>6,.0f}"
            f"  {plan:>6.1f}  {rows / max(run - plan, 1e-3):>13,.0f}  {rows / score:>12,.0f}  {worst:.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
