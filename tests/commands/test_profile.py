"""profile on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from churnkit import cli


def test_types_are_judged_over_all_rows(tmp_path: Path) -> None:
    given, out = tmp_path / "a.csv", tmp_path / "b.jsonl"
    given.write_text("zip,n,w\n00123,9007199254740993,1\n01234,7,x\n")
    assert cli.run(["profile", "-o", str(out), str(given)]) == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r["column"] for r in records] == ["zip", "n", "w", None]
    assert [r.get("type") for r in records] == ["text", "integer", "text", None]
    assert records[1]["max"] == 9007199254740993
