"""How often forecasts hold what then happens, and how far off they are.

python -m tests.bench.forecasts [SEEDS]       # known processes; 200 seeds unless said otherwise; a line of JSON each
python -m tests.bench.forecasts months.csv …  # rows of measure: from each period on, beside repeating the last figure

Wanted: 93 to 99 of 100 figures between the ends. (Where seasons are strong and fewer than 25 periods are known, no
interval can hold them: that line has no goal.)
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from churnkit import cli, windows
from churnkit.forecast.projection import History
from churnkit.forecast.records import forecast

CUSTOMERS, RATE, PRICE = 2_000, 0.08, 10.0
AHEAD = 6
FIGURES = ("churned", "revenue_churned")
SPANS = {"1": (1, 1), "2-3": (2, 3), "4-6": (4, 6)}


def known_process(
    rng: np.random.Generator, rows: int, sd: float, season: float = 0.0
) -> tuple[History, dict[str, list[float]]]:
    """A history, and the figures of the periods after it.

    Each month has its own rate: RATE times a log-normal effect of this sd, and times a year's wave of this height.
    """
    days = [windows.add_step(date(2020, 1, 1), "1mo", place) for place in range(rows)]
    figures: list[tuple[float, ...]] = []
    start = CUSTOMERS
    for place in range(rows + AHEAD):
        effect = np.exp(rng.normal(0, sd) - sd * sd / 2) * (1 + season * np.sin(2 * np.pi * place / 12))
        churned = int(rng.binomial(start, min(0.9, RATE * effect)))
        arriving = int(rng.poisson(CUSTOMERS * RATE))
        end = start - churned + arriving
        lost = float(rng.gamma(2, PRICE / 2, churned).sum())
        figures.append((start, arriving, churned, end, PRICE * start, lost))
        start = end
    table = np.array(figures, dtype=np.float64)
    history = History((), days, *table[:rows].T)
    return history, {"churned": table[rows:, 2].tolist(), "revenue_churned": table[rows:, 5].tolist()}


def held(rows: int, sd: float, season: float, seeds: int) -> dict[str, Any]:
    """The shares of figures between the ends, the median width over the figure, how often seasons were chosen."""
    found: dict[str, list[bool]] = {f"{name}{total}": [] for name in FIGURES for total in ("", "_total")}
    widths, has_seasons = [], 0
    for seed in range(seeds):
        history, happened = known_process(np.random.default_rng(seed), rows, sd, season)
        said = forecast(history, [], "1mo", AHEAD, 3)
        has_seasons += said.has_seasons
        for name in FIGURES:
            figures = [*happened[name], sum(happened[name])]
            for record, figure in zip(said.records, figures, strict=True):
                is_held = record[f"{name}_low"] <= figure <= record[f"{name}_high"]
                found[name + ("" if record["ahead"] else "_total")].append(is_held)
        widths += [(r["churned_high"] - r["churned_low"]) / r["churned"] for r in said.records[:-1]]
    shares = {name: round(float(np.mean(one)), 3) for name, one in found.items()}
    return {**shares, "width": round(float(np.median(widths)), 2), "seasons": round(has_seasons / seeds, 2)}


def from_each_period(path: Path) -> dict[str, Any]:
    """The errors of all forecasts that the rows of measure allow, over those of repeating the last count."""
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["complete"] == "true"]
    first = next(place for place, row in enumerate(rows) if float(row["customers_start"]) > 0)
    rows = rows[first:]
    errors: dict[str, list[tuple[float, float]]] = {span: [] for span in SPANS}
    inside: dict[str, list[bool]] = {span: [] for span in SPANS}
    with tempfile.TemporaryDirectory() as folder:
        for origin in range(3, len(rows)):
            for row, record in zip(rows[origin:], _said(Path(folder), rows[:origin])[:-1], strict=False):
                span = next(s for s, (a, b) in SPANS.items() if a <= int(record["ahead"]) <= b)
                happened, last = float(row["churned"]), float(rows[origin - 1]["churned"])
                errors[span].append((abs(float(record["churned"]) - happened), abs(last - happened)))
                if record["churned_low"]:
                    inside[span].append(
                        float(record["churned_low"]) <= happened <= float(record["churned_high"])
                    )
    sums = {span: np.sum(pairs, axis=0) for span, pairs in errors.items() if pairs}
    return {
        "table": path.name,
        "periods": len(rows),
        "error_over_last_count": {span: round(float(a / b), 2) for span, (a, b) in sums.items()},
        "held": {span: round(float(np.mean(one)), 2) for span, one in inside.items() if one},
    }


def _said(folder: Path, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """What `forecast` writes for these rows."""
    given, said = folder / "measured.csv", folder / "said.csv"
    with given.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    words = ["forecast", "-q", "--every", "1mo", "--periods", str(AHEAD), "-o", str(said), str(given)]
    assert cli.run(words) == 0
    with said.open(newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    words = sys.argv[1:]
    tables = [Path(word) for word in words if os.path.exists(word)]
    for path in tables:
        print(json.dumps(from_each_period(path)), flush=True)
    if tables:
        return
    seeds = int(words[0]) if words else 200
    began = time.process_time()
    for season in (0.0, 0.3):
        for rows in (9, 12, 24, 25, 36):
            for sd in (0.0, 0.1, 0.3):
                job = f"{rows} months, effects of sd {sd}, seasons {season}"
                goal = None if season and rows < 25 else [0.93, 0.99]
                print(json.dumps({"job": job, **held(rows, sd, season, seeds), "goal": goal}), flush=True)
    print(json.dumps({"job": "all", "cpu_seconds": round(time.process_time() - began, 1)}))


if __name__ == "__main__":
    main()
