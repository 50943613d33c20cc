"""What score and explain are timed beside: a hand-written script with the same trees.

python -m tests.bench.scoring make ROWS FOLDER         # rows.csv, model.json, and trees.ubj as XGBoost saves them
python -m tests.bench.scoring score trees.ubj rows.csv > scored.csv    # polars and XGBoost, by hand
python -m tests.bench.scoring explain trees.ubj rows.csv               # XGBoost's own pred_contribs
python -m tests.bench.scoring ours model.json rows.csv                 # our contributions, not written either
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

COLUMNS = [f"x{place}" for place in range(20)]
TRAINING_ROWS = 20_000


def make(rows: int, folder: Path) -> None:
    """Twenty columns, counts and amounts, 2 % of them missing; the default xgboost model of the first rows."""
    import numpy as np
    import polars as pl

    from churnkit import cli
    from churnkit.models import xgboost

    rng = np.random.default_rng(1)
    matrix = rng.gamma(2, 10, (rows, len(COLUMNS))).round(3)
    matrix[:, :8] = rng.poisson(3, (rows, 8))
    x = matrix.T
    log_odds = -2 + 0.3 * x[0] - 0.1 * x[9] + 0.02 * x[10] * (x[1] > 3) - 0.05 * x[11] * (x[2] < 2)
    left = rng.random(rows) < 1 / (1 + np.exp(-log_odds))
    matrix[rng.random(matrix.shape) < 0.02] = np.nan
    table = (
        pl.DataFrame(matrix, schema=COLUMNS).fill_nan(None).with_columns(pl.col(COLUMNS[:8]).cast(pl.Int64))
    )
    ids = pl.format("c{}", pl.int_range(rows).cast(pl.String).str.zfill(8)).alias("customer_id")
    table = table.select(ids, pl.all())
    table.write_csv(folder / "rows.csv")
    table.head(1_000).write_csv(folder / "thousand.csv")
    table.head(rows // 10).write_csv(folder / "tenth.csv")
    for place in range(16):
        table.gather_every(16, place).write_csv(folder / f"part_{place:02}.csv")
    table.with_columns(churned=pl.Series(left).cast(pl.Int8)).head(TRAINING_ROWS).write_csv(
        folder / "train.csv"
    )

    original = xgboost.forest_of

    def saved(booster: Any) -> Any:  # the last one that is fitted is the model
        booster.save_model(folder / "trees.ubj")
        return original(booster)

    xgboost.forest_of = saved
    fit = ["fit", "-q", "--model", "xgboost", "-o", str(folder / "model.json"), str(folder / "train.csv")]
    if cli.run(fit):
        raise SystemExit("fit failed")


def score(trees: str, path: str) -> None:
    """As a careful data scientist writes it: polars reads and writes, XGBoost predicts."""
    import polars as pl
    import xgboost

    rows = pl.read_csv(path)
    booster = xgboost.Booster(model_file=trees)
    said = booster.inplace_predict(rows.select(COLUMNS).cast(pl.Float32).to_numpy())
    rows.select("customer_id", churn_probability=pl.Series(said)).write_csv(sys.stdout.buffer)


def explain(trees: str, path: str) -> None:
    """The contributions alone, not written."""
    import polars as pl
    import xgboost

    rows = pl.read_csv(path).select(COLUMNS).cast(pl.Float32).to_numpy()
    xgboost.Booster(model_file=trees).predict(xgboost.DMatrix(rows), pred_contribs=True)


def ours(model: str, path: str) -> None:
    """Our contributions alone, not written."""
    import polars as pl

    from churnkit.models.model_file import read_model

    rows = pl.read_csv(path).select(COLUMNS).cast(pl.Float64).to_numpy()
    read_model(model).fitted.contributions(rows)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        {"score": score, "explain": explain, "ours": ours}[sys.argv[1]](*sys.argv[2:])
