"""How often the intervals of a backtest hold what happened, where labels are random: 95 of 100 are wanted.

    python -m tests.bench.backtest_coverage [REPEATS]    # 200 unless said otherwise

A line of JSON for each size of the effect of a whole date (the standard deviation of the log of its rate): the share held by history and by chance, the mean AUC, and the mean width of the interval per expected customer.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.backtest.reading import BacktestOptions, LabelledPanel
from churnkit.backtest.records import date_records
from churnkit.backtest.walk_forward import walk_forward
from churnkit.evaluation.outcomes import HISTORY
from churnkit.training.fitting import silent
from churnkit.training.reading import LabelledRows

DATES, CUSTOMERS, RATE = 14, 400, 0.2
EFFECTS = (0.0, 0.1, 0.3)
CHOSEN = BacktestOptions(kind="logistic", id_="customer_id")


def random_panel(rng: np.random.Generator, effect: float) -> LabelledPanel:
    """Customers at monthly dates; nothing that is known at a date says who leaves."""
    rates = np.minimum(RATE * np.exp(effect * rng.normal(size=DATES) - effect**2 / 2), 0.9)
    rows = DATES * CUSTOMERS
    instants = np.tile(
        [
            windows.midnight(windows.add_step(windows.parse_date("2023-01-01"), "1mo", k))
            for k in range(DATES)
        ],
        CUSTOMERS,
    )
    truth = (rng.random(rows) < np.tile(rates, CUSTOMERS)).astype(float)
    customers = np.repeat(np.arange(CUSTOMERS), DATES)
    table = pl.DataFrame(
        {
            "customer_id": [f"c{k}" for k in customers],
            "as_of": [str(windows.day_of(int(instant))) for instant in instants],
            "x": [f"{value:.4f}" for value in rng.normal(size=rows)],
            "y": [f"{value}" for value in rng.poisson(2, rows)],
        }
    )
    ones = np.ones(rows)
    labelled = LabelledRows(table, "churned_28d", "customer_id", truth, customers, instants, None, ones)
    return LabelledPanel(labelled, np.arange(rows), 28, ones, None, 0, None, None)


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for effect in EFFECTS:
        found = []
        for seed in range(repeats):
            panel = random_panel(np.random.default_rng(seed), effect)
            found += date_records(panel, walk_forward(panel, CHOSEN, silent).scores)
        by_history = [record for record in found if record["interval"] == HISTORY]
        by_chance = [record for record in found if record["interval"] != HISTORY]
        widths = [(r["expected_high"] - r["expected_low"]) / r["expected"] for r in by_history]
        record = {
            "effect": effect, "panels": repeats, "dates": len(found),
            "held_by_history": round(float(np.mean([r["within"] for r in by_history])), 3),
            "held_by_chance": round(float(np.mean([r["within"] for r in by_chance])), 3),
            "auc": round(float(np.mean([r["auc"] for r in found])), 3),
            "width": round(float(np.mean(widths)), 2),
        }  # fmt: skip
        print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
