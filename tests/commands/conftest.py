"""What the tests of several commands work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli


@pytest.fixture(scope="module")
def folder(fitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what was fitted, to write into."""
    return Path(shutil.copytree(fitted, tmp_path_factory.mktemp("models") / "copy"))


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small table of who left, a model of each kind, and what was said of rows not seen."""
    folder = tmp_path_factory.mktemp("fitted")
    rng = np.random.default_rng(0)
    rows = ["customer_id,x,plan,churned"]
    for k in range(400):
        x, plan = rng.random(), rng.choice(["basic", "plus"])
        rows.append(f"{k:04d},{x:.4f},{plan},{int(rng.random() < x)}")
    (folder / "t.csv").write_text("\n".join(rows) + "\n")
    for kind in ("logistic", "tree", "xgboost"):
        run = ["fit", "-q", "--model", kind, "--out-of-fold", str(folder / "oof.csv")]
        assert cli.run([*run, "-o", str(folder / f"{kind}.json"), str(folder / "t.csv")]) == 0
    return folder
