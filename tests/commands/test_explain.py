"""explain, as it is typed."""

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


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_base_and_contributions_add_up_to_the_log_odds(kind: str, folder: Path) -> None:
    out = folder / "x.jsonl"
    run = ["explain", "-q", "--reasons", "0", "-o", str(out), str(folder / f"{kind}.json")]
    assert cli.run([*run, str(folder / "t.csv")]) == 0
    for line in out.read_text().splitlines():
        record = json.loads(line)
        total = record["base"] + sum(r["contribution"] for r in record["reasons"])
        p = record["churn_probability"]
        assert total == pytest.approx(np.log(p / (1 - p)), abs=1e-6)


@pytest.mark.parametrize("to", ["svg", "mermaid", "dot"])
def test_a_tree_is_drawn_and_rows_are_not(to: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = folder / f"tree.{to}"
    assert cli.run(["explain", "--overall", "--to", to, "-o", str(out), str(folder / "tree.json")]) == 0
    assert "x" in out.read_text()
    assert cli.run(["explain", "--to", to, str(folder / "tree.json"), str(folder / "t.csv")]) == 2
    assert "--overall" in capfd.readouterr().err


def test_other_kinds_have_a_slide_but_no_tree(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "--overall", "--to", "svg", str(folder / "xgboost.json")]) == 0
    assert capfd.readouterr().out.startswith("<svg")
    for words in (["--overall", "--to", "dot"], ["--rules"]):
        assert cli.run(["explain", *words, str(folder / "xgboost.json")]) == 2
        assert "has no tree to show" in capfd.readouterr().err


@pytest.mark.parametrize("to", ["jsonl", "csv", "text"])
def test_rules_are_written_in_every_format(to: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "--rules", "--to", to, str(folder / "tree.json")]) == 0
    assert "or more" in capfd.readouterr().out
