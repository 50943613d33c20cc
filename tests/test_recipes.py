"""The recipes of CONTRIBUTING.md are whole: a new kind, family or format is one row of a table, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
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


def explain(parameters, matrix):
    return log_odds(parameters, matrix), *contributions(parameters, matrix)


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


def _add_row(package: Path, module: str, table: str, row: str) -> None:
    """Adds a row to a table of a module: the only change of what was there."""
    path = package / module
    text = path.read_text()
    head, rest = text.split(f"\n{table} = ", 1)
    opening, rest = rest.split("\n", 1)
    path.write_text(f"{head}\n{table} = {opening}\n{row}{rest}")


DATES = ("2024-01-01", "2024-06-01")  # one to learn from, one to test on
LINES = {
    "fit help": "fit --help",
    "fit": "fit -q --model constant -o model.json t.csv",
    "score": "score -q model.json t.csv",
    "importance": "explain --overall --to text model.json",
    "all kinds": "fit -q --model all t.csv",
    "families": "featurize --list",
    "featurize": "featurize -q --as-of 2024-02-01 --features call_ever log.csv",
    "md": "simulate --customers 1 --to md",
    "md by its ending": "simulate --customers 1 -o a.md",
    "measure help": "measure --help-all",
}
RUN = """import sys
sys.modules["sklearn"] = None  # as churnkit/__main__.py has it
from churnkit import cli
for line in sys.argv[1:]:
    assert cli.run(line.split()) == 0, line
    print(end="\\0", flush=True)
"""


@pytest.fixture(scope="module")
def printed(
    made_once: Callable[[str, Callable[[Path], None]], Path], shell_env: dict[str, str]
) -> dict[str, str]:
    """What each line prints, run in one process with a copy of the package that has a row more in three tables."""
    folder = made_once("recipes", lambda folder: _run(folder, shell_env))
    printed = (folder / "printed").read_text().split("\0")
    return {**dict(zip(LINES, printed, strict=False)), "a.md": (folder / "a.md").read_text()}


def _run(folder: Path, env: dict[str, str]) -> None:
    package = folder / "churnkit"
    shutil.copytree(PACKAGE, package)
    (package / "models" / "constant.py").write_text(KIND)
    _add_row(package, "models/__init__.py", "MODELS", '    "constant": "churnkit.models.constant",\n')
    _add_row(package, "features/__init__.py", "FEATURES", FAMILY)
    _add_row(package, "tables/formats.py", "FORMATS", FORMAT)
    rows = "".join(f"{k},{DATES[k // 100]},{k % 7},{int(k % 4 == 0)}\n" for k in range(200))
    (folder / "t.csv").write_text(f"customer_id,as_of,x,churned_30d\n{rows}")
    (folder / "log.csv").write_text("customer_id,timestamp,event\na,2024-01-01,login\nb,2024-01-02,call\n")
    done = subprocess.run(
        [sys.executable, "-c", RUN, *LINES.values()],
        cwd=folder, env={**env, "PYTHONPATH": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "printed").write_text(done.stdout)


def test_a_model_kind_is_a_file_and_a_row(printed: dict[str, str]) -> None:
    assert "constant" in printed["fit help"]
    scores = [float(line.split(",")[1]) for line in printed["score"].split()[1:]]
    assert scores == pytest.approx([0.25] * 200)
    assert "constant" in printed["importance"]
    assert len(printed["all kinds"].splitlines()) == 4


def test_a_feature_family_is_a_row(printed: dict[str, str]) -> None:
    assert "<event>_ever" in printed["families"]
    table = ["customer_id,as_of,call_ever", "a,2024-02-01,false", "b,2024-02-01,true"]
    assert printed["featurize"].split() == table


def test_an_output_format_is_a_row(printed: dict[str, str]) -> None:
    assert printed["md"] == printed["a.md"] == "| customer_id |\n"
    assert "[md|csv|" in printed["measure help"]
