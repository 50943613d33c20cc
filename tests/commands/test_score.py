"""score, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small table of who left, and a tree of it."""
    folder = tmp_path_factory.mktemp("models")
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


def test_each_row_gets_a_probability_in_its_order(folder: Path) -> None:
    out = folder / "s.csv"
    assert cli.run(["score", "-q", "-o", str(out), str(folder / "tree.json"), str(folder / "t.csv")]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [f"{k:04d}" for k in range(400)]
    assert all(0 < float(row[1]) < 1 for row in rows)
    assert json.loads((folder / "tree.json").read_text())["kind"] == "tree"
