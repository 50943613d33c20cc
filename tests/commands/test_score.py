"""score, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from churnkit import cli


def test_each_row_gets_a_probability_in_order(folder: Path) -> None:
    out = folder / "s.csv"
    assert cli.run(["score", "-q", "-o", str(out), str(folder / "tree.json"), str(folder / "t.csv")]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [f"{k:04d}" for k in range(400)]
    assert all(0 < float(row[1]) < 1 for row in rows)
    assert json.loads((folder / "tree.json").read_text())["kind"] == "tree"


def test_score_warns_of_exactly_the_columns_that_drift_finds(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [line.split(",") for line in (folder / "t.csv").read_text().splitlines()]
    moved = [rows[0], *([f"n{k % 300}", "0.99", *row[2:]] for k, row in enumerate(rows[1:]))]
    new, model, out = tmp_path / "new.csv", str(folder / "logistic.json"), tmp_path / "out"
    new.write_text("\n".join(map(",".join, moved)) + "\n")
    assert cli.run(["score", "-o", str(out), model, str(new)]) == 0
    warnings = [line for line in capfd.readouterr().err.splitlines() if "PSI" in line]
    assert cli.run(["drift", "-q", "-o", str(out), model, str(new)]) == 1
    records = [json.loads(line) for line in out.read_text().splitlines()]
    drifted = [r for r in records if r["drifted"] and r["kind"] != "score"]
    assert [f"(PSI {r['psi']:.2f})" in line for r, line in zip(drifted, warnings, strict=True)] == [True]
