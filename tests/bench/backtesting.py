"""What a backtest costs beside a bare loop of the same fits of the same matrices, in CPU seconds.

    python -m tests.bench.backtesting [ROWS] [KIND]

A panel of 12 dates and 45 columns. Goals, of logistic on 176,000 rows: at most 1.5 times the bare loop, and 150 CPU seconds without the choice of curves, which is counted apart.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from churnkit.backtest import walk_forward as walking
from churnkit.backtest.reading import BacktestOptions, read_panel
from churnkit.backtest.records import date_records
from churnkit.models import logistic
from churnkit.tables.table import Reading
from churnkit.training.fitting import fit_untested, silent

DATES, COLUMNS = 12, 45
FITTED = 5  # arguments of a fit: all but the folds before, which would stay in memory


def _panel(rows: int) -> bytes:
    """A panel as CSV: amounts, counts with many zeros, gaps and one category."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(rows, COLUMNS - 1))
    columns: dict[str, Any] = {
        "customer_id": np.tile([f"c{k:06d}" for k in range(rows // DATES)], DATES),
        "as_of": np.repeat([f"2024-{month:02d}-01" for month in range(1, DATES + 1)], rows // DATES),
    }
    for k in range(COLUMNS - 1):
        values = np.exp(z[:, k]) if k % 3 else np.floor(np.maximum(z[:, k] * 2, 0))
        columns[f"x{k}"] = np.where(rng.random(rows) < 0.1 * (k % 4 == 3), np.nan, values.round(3))
    columns["plan"] = rng.choice(["basic", "plus", "pro"], rows)
    said = -2.5 + 0.6 * z[:, :5].sum(axis=1)
    columns["churned_28d"] = (rng.random(rows) < 1 / (1 + np.exp(-said))).astype(int)
    file = io.BytesIO()
    pl.DataFrame(columns).fill_nan(None).write_csv(file)
    return file.getvalue()


def _refit(calls: Sequence[tuple[Any, ...]]) -> None:
    """The same fits, each with what the one before has learnt."""
    earlier = None
    for call in calls:
        _, earlier = fit_untested(*call, earlier)


class _Timed:
    """Replaces a function of a module by itself, with the CPU seconds of its thread added up and its arguments kept."""

    def __init__(self, module: Any, name: str) -> None:
        self.module, self.name, self.seconds = module, name, 0.0
        self.calls: list[tuple[Any, ...]] = []

    def __enter__(self) -> _Timed:
        self.kept: Callable[..., Any] = getattr(self.module, self.name)

        def timed(*given: Any) -> Any:
            self.calls.append(given[:FITTED])
            started = time.thread_time()
            try:
                return self.kept(*given)
            finally:
                self.seconds += time.thread_time() - started

        setattr(self.module, self.name, timed)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self.module, self.name, self.kept)


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    rows = DATES * ((int(sys.argv[1]) if len(sys.argv) > 1 else 176_000) // DATES)
    kind = sys.argv[2] if len(sys.argv) > 2 else "logistic"
    chosen = BacktestOptions(kind=kind, customer_value="x1", id_="customer_id")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.csv"
        path.write_bytes(_panel(rows))

        def whole() -> None:
            panel = read_panel([str(path)], Reading(), chosen)
            date_records(panel, walking.walk_forward(panel, chosen, silent).scores)

        with _Timed(walking, "fit_untested") as fits, _Timed(logistic, "prepare") as curves:
            seconds = _cpu(whole)
    ours = {"cpu_s": seconds, "curves_cpu_s": curves.seconds}
    _show({"kind": kind, "rows": rows, "dates": len(fits.calls), **ours})
    with _Timed(logistic, "prepare") as bare_curves:
        bare = _cpu(lambda: _refit(fits.calls))
    _show({
        "bare_cpu_s": bare, "bare_curves_cpu_s": bare_curves.seconds, "ratio": seconds / bare,
        "ratio_without_curves": (seconds - curves.seconds) / (bare - bare_curves.seconds),
    })  # fmt: skip


def _show(record: dict[str, Any]) -> None:
    plain = {name: round(v, 2) if isinstance(v, float) else v for name, v in record.items()}
    print(json.dumps(plain), flush=True)


if __name__ == "__main__":
    main()
