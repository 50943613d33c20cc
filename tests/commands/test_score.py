"""score, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

from churnkit import cli


def test_each_row_gets_a_probability_in_its_order(folder: Path) -> None:
    out = folder / "s.csv"
    assert cli.run(["score", "-q", "-o", str(out), str(folder / "tree.json"), str(folder / "t.csv")]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [f"{k:04d}" for k in range(400)]
    assert all(0 < float(row[1]) < 1 for row in rows)
    assert json.loads((folder / "tree.json").read_text())["kind"] == "tree"
