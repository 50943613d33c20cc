"""plan on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnkit import cli


def test_a_plan_is_written_and_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("id,x,churned\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(60)))
    assert cli.run(["plan", "-o", "go.sh", "t.csv"]) == 0
    assert Path("go.sh").read_text().startswith("#!/bin/sh\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["go.sh", "t.csv"]


def test_an_error_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["plan"]) == 2
    assert capfd.readouterr().err == "churnkit plan: no table in the current folder (0 other files)\n"


def test_the_table_that_is_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("id,x,churned\n1,2,0\n")
    assert cli.run(["plan", "-o", "t.csv", "t.csv"]) == 2
    assert capfd.readouterr().err.endswith("t.csv is read: choose another FILE to write to\n")
    assert Path("t.csv").read_text() == "id,x,churned\n1,2,0\n"
