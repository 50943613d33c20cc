"""catalog on the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from churnkit import cli, messages
from tests.catalog.schemas import write

HOSTILE = ("a b.csv", 'it\'s "x".csv', "new\nline.csv", "$(touch pwned).csv", "-dash.csv")


def _records(arguments: list[str], out: Path) -> list[dict[str, object]]:
    assert cli.run(["catalog", "-o", str(out), *arguments]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_hostile_names_are_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in HOSTILE:
        (folder / name).write_text('customer_id,"na\nme",$(x)\n1,2,3\n')
    (folder / "loop").symlink_to(".")
    monkeypatch.chdir(folder)
    assert {record["path"] for record in _records([], tmp_path / "out")} == {*HOSTILE}
    assert {record["path"] for record in _records(["--", *HOSTILE], tmp_path / "out")} == {*HOSTILE}
    assert sorted(os.listdir(folder)) == sorted([*HOSTILE, "loop"])


def test_a_catalog_since_an_old_one_says_what_is_new(tmp_path: Path) -> None:
    folder, old = write(tmp_path, "shop"), tmp_path / "old.jsonl"
    _records([str(folder)], old)
    (folder / "raw_items.csv").write_text("id,order_id\n1,1\n2,5\n")
    assert len(_records(["--since", str(old), str(folder)], tmp_path / "new.jsonl")) == 4
    texts = [note["text"] for note in messages.records()[1] if note["code"] == "catalog-changed"]
    assert texts == [f"{folder}/raw_items.csv: new table, 2 rows"]


def test_the_time_of_a_record_honours_source_date_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    (tmp_path / "a.csv").write_text("id\n1\n")
    (record,) = _records([str(tmp_path / "a.csv")], tmp_path / "out")
    assert record["seen_at"] == "1970-01-01T00:00:00Z"


def test_a_model_is_named_by_the_tables_that_it_was_trained_on_and_that_it_scored(tmp_path: Path) -> None:
    rows = [f"c{i},{i % 13},{int(i % 13 + i * 7 % 11 > 13)}" for i in range(300)]
    (tmp_path / "train.csv").write_text("\n".join(["customer_id,calls,churned", *rows]) + "\n")
    model, scores = str(tmp_path / "model.json"), str(tmp_path / "scores.csv")
    assert cli.run(["fit", "-q", "-o", model, str(tmp_path / "train.csv")]) == 0
    assert cli.run(["score", "-q", "--stamp", "-o", scores, model, str(tmp_path / "train.csv")]) == 0
    records = _records([str(tmp_path)], tmp_path / "out")
    how = {Path(str(r["path"])).name: [m["how"] for m in r["models"]] for r in records}  # type: ignore[attr-defined]
    assert how == {"train.csv": ["trained on it"], "scores.csv": ["scored it"]}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nothing"], "No such file"),
        (["--since", "a.csv", "a.csv"], "is not a catalog"),
        (["--since", "/dev/null", "a.csv"], "/dev/null is empty: no catalog; leave out --since"),
        (["--find", "a.csv", "--since", "a.csv"], "--find cannot be used with --since"),
        (["--find", "a.csv", "--to", "mermaid"], "--find cannot be used with --to mermaid"),
        (["torn.csv"], "torn.csv:2: 3 fields"),
        (["empty"], "no table in empty"),
    ],
)
def test_an_error_is_one_line(
    arguments: list[str],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "torn.csv").write_text("a,b\n1,2,3\n")
    (tmp_path / "empty").mkdir()
    assert cli.run(["catalog", *arguments]) == 2
    said = capfd.readouterr().err
    assert why in said
    assert said.count("\n") == 1
