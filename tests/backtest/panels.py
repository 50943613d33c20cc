"""A small panel of customers, whose churn depends on x, as a table and walked forward once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from churnkit.backtest.reading import BacktestOptions, LabelledPanel, read_panel
from churnkit.backtest.walk_forward import Walk, walk_forward
from churnkit.tables.table import Reading
from churnkit.training.fitting import silent

DATES = ("2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01")
HEAD = "customer_id,as_of,x,recency_days,value,score,w,churned_28d"
DEFAULTS: dict[str, Any] = {
    "kind": "logistic", "target": None, "positive": None, "horizon": None, "lead": None, "only": ("x",),
    "drop": (), "allow_leak": (), "allow_clock": (), "weight": None, "customer_value": None, "baseline": None,
    "seed": 0, "id_": "customer_id",
}  # fmt: skip


def lines(dates: tuple[str, ...] = DATES, customers: int = 40, seed: int = 1) -> list[str]:
    """The rows of a panel, without the header; each date is drawn on its own."""
    made = []
    for number, day in enumerate(dates):
        rng = np.random.default_rng([seed, number])
        for k in range(customers):
            x, recency = rng.normal(), rng.exponential(10)
            left = int(rng.random() < 1 / (1 + np.exp(1 - 1.5 * x - 0.05 * recency)))
            made.append(
                f"c{k:03d},{day},{x:.4f},{recency:.3f},{10 * rng.random():.2f},{rng.random():.3f},{1 + k % 3},{left}"
            )
    return made


def options(**given: Any) -> BacktestOptions:
    """The options of a backtest of x alone."""
    return BacktestOptions(**{**DEFAULTS, **given})


def written(folder: Path, rows: list[str], head: str = HEAD) -> str:
    """The path of a table with these rows."""
    path = folder / "panel.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return str(path)


def walked(folder: Path, rows: list[str], head: str = HEAD, **given: Any) -> tuple[LabelledPanel, Walk]:
    """The panel of these rows, and its walk."""
    chosen = options(**given)
    panel = read_panel([written(folder, rows, head)], Reading(), chosen)
    return panel, walk_forward(panel, chosen, silent)
