"""evaluate, as it is typed."""

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


def test_out_of_fold_rows_are_evaluated_better_than_chance(folder: Path) -> None:
    out = folder / "e.jsonl"
    assert cli.run(["evaluate", "-o", str(out), str(folder / "oof.csv")]) == 0
    record = json.loads(out.read_text())
    assert record["auc_low"] > 0.5
    assert record["rows"] == 400


def test_an_auc_below_the_least_ends_with_status_1(folder: Path) -> None:
    out = folder / "e2.jsonl"
    assert cli.run(["evaluate", "--min-auc", "0.999", "-o", str(out), str(folder / "oof.csv")]) == 1
