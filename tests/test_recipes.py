"""The recipes of CONTRIBUTING.md are whole: a new kind, family or format is one row of a table, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "churnkit"
KIND = '''"""A model that says the base rate to everyone."""

from __future__ import annotations

import numpy as np

from churnkit.models.calibration import CalibratedFile
from churnkit.models.formula import Formula
from churnkit.models.paths import Path, total_loss

LIBRARY = "numpy"
OPTIONS = ()
SIZE = "none"
SHAPES = ({},)
LEAST_GAIN = 0.0
ALL_CORES_FROM = np.inf


class ConstantFile(CalibratedFile, frozen=True, kw_only=True):
    base: float


FILE = ConstantFile


def format_of(parameters):
    return 1


def fit(data, settings, seed):
    return float(np.log(data.base_rate / (1 - data.base_rate)))


def path(train, test, settings, seed):
    said = np.full(len(test.truth), fit(train, settings, seed))
    return Path([1.0], [total_loss(test, said)], lambda place: said)


def draw_settings(rng):
    return {}


def log_odds(parameters, matrix):
    return np.full(len(matrix), parameters)


def contributions(parameters, matrix):
    return parameters, np.zeros(matrix.shape)


def odds_ratios(parameters, column, place, slope):
    return {}


def pairs_of(parameters):
    return ()


def as_tree(parameters):
    return None


def formula(parameters):
    return Formula(parameters)


def to_plain(parameters):
    return {"base": parameters}


def from_plain(plain, columns):
    return plain.base
'''
FAMILY = """    Family("{event}_ever", lambda past, of, days: past.last(past.log.rows_of(of))[1], "1 if ever", "0 or 1",
           words=Phrases("{of} ever: {v}", "{of} unknown", "no {of} ever", "{of} at some time")),
"""
FORMAT = """    "md": Format((".md",), write=lambda frame, header: f"| {frame.columns[0]} |\\n".encode() * header),
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, to change."""
    shutil.copytree(PACKAGE, tmp_path / "churnkit", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def _add_row(folder: Path, module: str, table: str, row: str) -> None:
    """Adds a row to a table of a module: the only change of what was there."""
    path = folder / "churnkit" / module
    text = path.read_text()
    head, rest = text.split(f"\n{table} = ", 1)
    opening, rest = rest.split("\n", 1)
    path.write_text(f"{head}\n{table} = {opening}\n{row}{rest}")


RUN = """import sys
from churnkit import cli
for line in sys.argv[1:]:
    assert cli.run(line.split()) == 0
    print(end="\\0", flush=True)
"""


def _run(folder: Path, env: dict[str, str], *lines: str) -> list[str]:
    """What each command line prints, run with the copy of the package, all in one process."""
    env = {**env, "PYTHONPATH": str(folder)}
    words = [sys.executable, "-c", RUN, *lines]
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\0")[:-1]


def test_a_model_kind_is_a_file_and_a_row(copy: Path, shell_env: dict[str, str]) -> None:
    (copy / "churnkit" / "models" / "constant.py").write_text(KIND)
    _add_row(copy, "models/__init__.py", "MODELS", '    "constant": "churnkit.models.constant",\n')
    (copy / "t.csv").write_text(
        "customer_id,x,churned\n" + "".join(f"{k},{k % 7},{int(k % 4 == 0)}\n" for k in range(200))
    )
    help, _, scored, importance, models = _run(
        copy,
        shell_env,
        "fit --help",
        "fit -q --model constant -o model.json t.csv",
        "score -q model.json t.csv",
        "explain --overall --to text model.json",
        "fit -q --model all t.csv",
    )
    assert "constant" in help
    assert [float(line.split(",")[1]) for line in scored.split()[1:]] == pytest.approx([0.25] * 200)
    assert "constant" in importance
    assert len(models.splitlines()) == 4


def test_a_feature_family_is_a_row(copy: Path, shell_env: dict[str, str]) -> None:
    _add_row(copy, "features/__init__.py", "FEATURES", FAMILY)
    (copy / "log.csv").write_text("customer_id,timestamp,event\na,2024-01-01,login\nb,2024-01-02,call\n")
    names, table = _run(
        copy, shell_env, "featurize --list", "featurize -q --as-of 2024-02-01 --features call_ever log.csv"
    )
    assert "<event>_ever" in names
    assert table.split() == ["customer_id,as_of,call_ever", "a,2024-02-01,false", "b,2024-02-01,true"]


def test_an_output_format_is_a_row(copy: Path, shell_env: dict[str, str]) -> None:
    _add_row(copy, "tables/formats.py", "FORMATS", FORMAT)
    printed, _, help = _run(
        copy,
        shell_env,
        "simulate --customers 1 --to md",
        "simulate --customers 1 -o a.md",
        "measure --help-all",
    )
    assert printed == (copy / "a.md").read_text() == "| customer_id |\n"
    assert "[md|csv|" in help
