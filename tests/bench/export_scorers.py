"""What a boosted model costs as a file of Python or R: its size, and rows per second beside score.

python -m tests.bench.export_scorers [ROWS]     # by number of trees; CPU seconds
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from churnkit.export.languages import LANGUAGES, write
from churnkit.export.scorer import scorer_of
from churnkit.models.encoding import one_hot
from churnkit.models.xgboost import BoostedParameters
from tests.bench.export_sql import COLUMNS, full
from tests.export.written import model_of

SIZES = ((80, 4), (500, 4), (1500, 4), (500, 6))  # trees, depth


def cpu_seconds(command: list[str], rows: Path) -> tuple[float, bytes]:
    """CPU seconds of a process, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with rows.open("rb") as source:
        printed = subprocess.run(command, stdin=source, capture_output=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, printed


def main(rows: int) -> None:
    rng = np.random.default_rng(1)
    matrix = rng.gamma(2, 10, (rows, len(COLUMNS)))
    matrix[rng.random(matrix.shape) < 0.02] = np.nan
    names = ",".join(["id", *(column.name for column in COLUMNS)])
    lines = (
        ",".join([str(k), *("" if x != x else repr(x) for x in row)]) for k, row in enumerate(matrix.tolist())
    )
    print(
        "language  trees  depth   nodes  write s  file KB  start s  rows/s  rows/s score  largest difference"
    )
    with tempfile.TemporaryDirectory() as folder:
        table, header = Path(folder, "rows.csv"), Path(folder, "header.csv")
        table.write_text("\n".join([names, *lines, ""]))
        header.write_text(f"{names}\n")
        for trees, depth in SIZES:
            model = model_of("xgboost", COLUMNS)
            parameters = BoostedParameters(-2.0, one_hot(COLUMNS), full(trees, depth))
            model = replace(model, fitted=replace(model.fitted, parameters=parameters))
            start = time.process_time()
            expected = model.fitted.probability(matrix)
            score = time.process_time() - start
            for language in LANGUAGES.values():
                program = shutil.which(language.program) if language.program else sys.executable
                if program is None:
                    print(f"{language.name}: no {language.program} on the PATH")
                    continue
                start = time.process_time()
                text = write(scorer_of(model, None, None), language, ["a bench"])
                took = time.process_time() - start
                file = Path(folder, language.file)
                file.write_text(text)
                command = [program, *language.arguments, str(file)]
                loading, _ = cpu_seconds(command, header)
                whole, printed = cpu_seconds(command, table)
                found = np.array([float(line.split(b",")[1]) for line in printed.splitlines()[1:]])
                print(
                    f"{language.name:<8}  {trees:>5}  {depth:>5}  {len(parameters.forest.column):>6,}  {took:>7.1f}"
                    f"  {len(text) / 1e3:>7,.0f}  {loading:>7.1f}  {rows / max(whole - loading, 1e-3):>6,.0f}"
                    f"  {rows / score:>12,.0f}  {np.abs(found - expected).max():.1e}",
                    flush=True,
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
