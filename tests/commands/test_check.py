"""check on the command line."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from churnkit import cli
from tests import checked, deliveries
from tests.shell import run_bash

HEAD = ",".join(deliveries.NAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with its profile, an honest delivery, and one with two bad rows."""
    folder = tmp_path_factory.mktemp("check")
    checked.base(1_100).write_csv(folder / "base.csv")
    assert cli.run(["profile", "-q", "-o", str(folder / "base.jsonl"), str(folder / "base.csv")]) == 0
    lines = deliveries.lines(checked.delivered(1_000))
    (folder / "new.csv").write_bytes(deliveries.table(lines))
    lines[8], lines[999] = lines[8].replace(b"country", b"c\xe9ntry"), b'c1,"2024\n",x'
    (folder / "bad.csv").write_bytes(deliveries.table(lines))
    return folder


def _check(folder: Path, *words: str) -> int:
    for name in ("out.csv", "rejects.csv", "findings.jsonl"):
        (folder / name).unlink(missing_ok=True)
    files = {
        "base.csv",
        "base.jsonl",
        "new.csv",
        "bad.csv",
        "out.csv",
        "rejects.csv",
        "findings.jsonl",
        "rules.txt",
    }
    return cli.run(["check", "--now", deliveries.NOW, *(str(folder / w) if w in files else w for w in words)])


def test_rows_come_out_after_the_table_has_passed(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert _check(folder, "base.jsonl", "new.csv") == 0
    out, err = capfdbinary.readouterr()
    assert (out, err) == ((folder / "new.csv").read_bytes(), b"")


def test_good_rows_come_out_beside_few_rejects_which_are_kept_whole(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = (folder / "bad.csv").read_bytes().splitlines(keepends=True)
    assert _check(folder, "--rejects", "rejects.csv", "base.jsonl", "bad.csv") == 1
    out, told = capfdbinary.readouterr()
    assert out == b"".join([*lines[:9], *lines[10:1_000]])
    err = told.decode()
    assert "2 of 1,000 rows rejected; the first: " in err
    assert err.endswith("churnkit check: not passed: 2 of 1,000 rows rejected; the good rows are written\n")
    text = (folder / "rejects.csv").read_bytes().decode("latin-1")
    found = list(csv.DictReader(text.splitlines(keepends=True)))
    assert [(r["line"], r["reason"].split(":")[0]) for r in found] == [
        ("10", "column 'country'"),
        ("1001", "3 fields, but the table has 11 columns"),
    ]
    assert found[1]["row"] == 'c1,"2024\n",x'
    assert "cé" in found[0]["row"]


def test_some_rejects_may_be_tolerated_and_a_stream_waits_for_none(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = (folder / "bad.csv").read_bytes().splitlines(keepends=True)
    kept = b"".join([*lines[:9], *lines[10:1_000]])
    assert _check(folder, "-q", "--max-rejects", "0.2%", "base.jsonl", "bad.csv") == 0
    assert capfdbinary.readouterr().out == kept
    assert _check(folder, "-q", "--max-rejects", "0.1%", "base.jsonl", "bad.csv") == 1
    assert capfdbinary.readouterr().out == kept
    assert _check(folder, "-q", "--stream", "base.jsonl", "bad.csv") == 1
    assert capfdbinary.readouterr().out == kept
    assert _check(folder, "-q", "--stream", "-o", "out.csv", "base.jsonl", "bad.csv") == 1
    assert (folder / "out.csv").read_bytes() == kept


def test_a_table_that_does_not_pass_leaves_the_old_file(folder: Path) -> None:
    (folder / "kept.csv").write_text("old\n")
    few = b"".join((folder / "new.csv").read_bytes().splitlines(keepends=True)[:300])
    (folder / "few.csv").write_bytes(few)
    words = ["-o", str(folder / "kept.csv"), "base.jsonl", str(folder / "few.csv")]
    assert _check(folder, "-q", *words) == 1
    assert (folder / "kept.csv").read_text() == "old\n"


def test_findings_are_notes_and_records_and_may_be_allowed(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "rules.txt").write_text("plan != gold\n")
    lines = (folder / "new.csv").read_text().splitlines()
    (folder / "out.csv").write_text("")
    short = folder / "short.csv"
    short.write_text("\n".join(lines[:401]) + "\n")
    words = ["--findings", "findings.jsonl", "--rules", "rules.txt", "base.jsonl", str(short)]
    assert _check(folder, *words) == 1
    assert "warning: 400 rows: 0.36 times the 1,100 rows of BASE, outside 0.5..2" in capfd.readouterr().err
    record = json.loads((folder / "findings.jsonl").read_text())
    assert (record["code"], record["before"], record["after"]) == ("row-count", 1_100, 400)
    assert _check(folder, "--allow", "row-count", *words) == 0
    assert _check(folder, "--rows", "0.3..", *words) == 0
    assert (folder / "findings.jsonl").read_text() == ""


def test_the_same_bytes_are_a_note(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for base in ("base.csv", "base.jsonl"):
        assert _check(folder, base, "base.csv") == 0
        out, err = capfdbinary.readouterr()
        assert out == (folder / "base.csv").read_bytes()
        assert b"the same bytes" in err
    assert _check(folder, "--fail-on", "same-bytes", "base.jsonl", "base.csv") == 1
    assert capfdbinary.readouterr().out == b""


def test_a_header_alone_is_a_table_without_rows(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    head = folder / "head.csv"
    head.write_text(f"{HEAD}\n")
    assert _check(folder, "base.jsonl", str(head)) == 1
    assert "the table has no rows" in capfd.readouterr().err
    assert _check(folder, "--rows", "0..", "base.jsonl", str(head)) == 0
    assert capfd.readouterr().out == f"{HEAD}\n"


def test_suggested_rules_are_printed_without_a_file(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _check(folder, "--suggest", "base.jsonl") == 0
    assert "plan in (basic, plus, premium)" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-", "-"], "cannot both be standard input"), (["base.csv", "-", "-"], "can be read once only"), (["--rows", "2", "base.csv", "new.csv"], "is not LOW..HIGH"),
        (["--max-age", "2", "base.csv", "new.csv"], "is not an age such as"), (["--allow", "stael", "base.csv", "new.csv"], "did you mean 'stale'"),
        (["--now", "today", "base.csv", "new.csv"], "is not a date"), (["--drop", "plann", "base.csv", "new.csv"], "did you mean 'plan'"),
        (["--rules", "rules.txt", "base.csv", "new.csv"], "rules.txt:2:1: no column 'plam'; did you mean 'plan'?"),
        (["--rules", "none.txt", "base.csv", "new.csv"], "No such file"), (["base.csv"], "is empty"),
    ],
)  # fmt: skip
def test_an_error_is_one_line(
    words: list[str],
    said: str,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import os

    null = os.open(os.devnull, os.O_RDONLY)
    saved = os.dup(0)
    os.dup2(null, 0)
    (folder / "rules.txt").write_text("age > 0\nplam = x\n")
    try:
        assert _check(folder, *words) == 2
    finally:
        os.dup2(saved, 0)
        os.close(saved)
        os.close(null)
    err = capfd.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("pipefail", ["", "set -o pipefail"])
def test_a_bad_month_leaves_the_scores_of_the_last_one(
    pipefail: str, folder: Path, warm_env: dict[str, str]
) -> None:
    run = run_bash(
        f"""{pipefail}
        [ -e model.json ] || {{
          awk -F, 'NR == 1 {{ print "customer_id,age,plan,churned" }} NR > 1 {{ print $1 "," $5 "," $3 "," ($5 > 60) }}' base.csv > train.csv
          churnkit fit -q --model tree --allow-leak age train.csv > model.json
        }}
        churnkit check -q model.json new.csv | churnkit score -q -o scores.csv model.json && echo good
        cp scores.csv before.csv
        awk -F, -v OFS=, 'NR > 1 {{ $5 *= 100 }} 1' new.csv | churnkit check -q model.json - | churnkit score -q -o scores.csv model.json
        echo "$?"
        cmp scores.csv before.csv && wc -l < scores.csv
        """,
        folder,
        warm_env,
    )
    assert run.stdout.split() == ["good", "2", "1001"]
    assert re.search("not passed: .*; nothing is written", run.stderr)
    assert "standard input is empty" in run.stderr


def test_nothing_comes_out_if_more_than_a_tenth_of_the_rows_are_rejected(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    head, *rows = (folder / "new.csv").read_bytes().splitlines(keepends=True)
    spoilt = [b"x," + row if place < 110 else row for place, row in enumerate(rows)]
    (folder / "many.csv").write_bytes(b"".join([head, *spoilt]))
    assert _check(folder, "-q", "base.jsonl", str(folder / "many.csv")) == 1
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert b"not passed: 110 of 1,000 rows rejected" in err
    assert b"nothing is written" in err


def test_what_is_read_is_not_written_over(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (folder / "base.csv").read_bytes()
    for option in ("--rejects", "--findings"):
        assert cli.run(["check", option, *[str(folder / "base.csv")] * 3]) == 2
        assert "is read: choose another FILE" in capfd.readouterr().err
    assert (folder / "base.csv").read_bytes() == before


@pytest.mark.parametrize(
    "options",
    [("--findings", "x", "-o", "x"), ("--rejects", "x", "--findings", "./x"), ("--rejects", "x", "-o", "x")],
)
def test_no_file_is_written_twice(
    options: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert cli.run(["check", *options, "base.csv", "new.csv"]) == 2
    assert "x is written twice: choose another FILE" in capfd.readouterr().err
    assert not (folder / "x").exists()


def test_a_place_without_a_folder_is_refused_before_anything_is_read(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["check", "--findings", str(folder / "nowhere" / "x"), "no-base.csv", "no-file.csv"]) == 2
    assert "nowhere" in capfd.readouterr().err
