"""A scorer in Python or R at work: on dicts and data frames, and as a filter of CSV."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from churnkit.export.languages import LANGUAGES, write
from churnkit.export.scorer import scorer_of
from churnkit.models.model_file import Model

RSCRIPT = shutil.which("Rscript")
# what is written needs no more packages, and starts in a quarter of the time
BASE_R = {**os.environ, "R_DEFAULT_PACKAGES": "NULL"}
needs_r = pytest.mark.skipif(RSCRIPT is None, reason="no Rscript on the PATH: apt-get install r-base-core")


def python_module(model: Model, id_: str | None = None, digits: int | None = None) -> Any:
    """The scorer of a model in Python, imported."""
    names: dict[str, Any] = {"__name__": "scorer"}
    exec(write(scorer_of(model, id_, digits), LANGUAGES["python"], ["a scorer"]), names)
    return SimpleNamespace(**names)


def write_scorers(model: Model, folder: Path, digits: int | None = None) -> dict[str, list[str]]:
    """The scorers of a model as files of a folder: language → the command line that runs it."""
    scorer = scorer_of(model, None, digits)
    (folder / "scorer.py").write_text(write(scorer, LANGUAGES["python"], ["a scorer"]))
    (folder / "scorer.R").write_text(write(scorer, LANGUAGES["r"], ["a scorer"]))
    return {
        "python": [sys.executable, "-I", "-S", str(folder / "scorer.py")],
        "r": ["Rscript", str(folder / "scorer.R")],
    }


def filtered(
    command: list[str], data: bytes, env: Mapping[str, str] = BASE_R
) -> subprocess.CompletedProcess[bytes]:
    """A scorer as a filter."""
    return subprocess.run(command, input=data, capture_output=True, env=env)


def run_r(code: str) -> str:
    """What some R prints."""
    done = subprocess.run(["Rscript", "-"], input=code.encode(), capture_output=True, env=BASE_R)
    assert not done.returncode, done.stderr.decode()
    return done.stdout.decode()


def dicts_of(rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of equally long columns, as dicts."""
    return [
        dict(zip(rows, row, strict=True)) for row in zip(*(rows[name].tolist() for name in rows), strict=True)
    ]


def csv_of(rows: dict[str, Any]) -> bytes:
    """The rows as CSV; None and NaN are empty fields."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows)
    for row in zip(*(rows[name].tolist() for name in rows), strict=True):
        writer.writerow(["" if value is None or value != value else value for value in row])
    return out.getvalue().encode()


def scores_of(printed: bytes) -> tuple[list[str], np.ndarray]:
    """The first column and the probabilities that a scorer prints."""
    _, *rows = csv.reader(io.StringIO(printed.decode(), newline=""))
    return [row[0] for row in rows], np.array([float(row[1]) for row in rows])
