"""Messages go to standard error, and the progress bar only to a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from churnkit import cli, messages

LOG = """customer_id,timestamp,event
a,2024-05-01,login
b,2024-05-02,log in
b,2024-06-20,Log-In
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


def _featurize(log: Path, *more: str) -> int:
    label = ["--as-of", "2024-06-10", "--horizon", "30d", "--active-within", "60d"]
    return cli.run(["featurize", *label, "-o", str(log.with_name("table.csv")), *more, str(log)])


def test_notes_are_written_as_json_lines(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = log.with_name("notes.jsonl")
    assert _featurize(log, "-q", "--notes", str(file)) == 0
    assert capfd.readouterr().err == ""
    notes = [json.loads(line) for line in file.read_text().splitlines()]
    assert [list(note) for note in notes] == [["code", "text", "count", "column"]] * len(notes)
    assert {
        "code": "feature-table",
        "text": "2 rows: 2 customers at 1 date",
        "count": 2,
        "column": None,
    } in notes
    (censored,) = [note for note in notes if note["code"] == "censored"]
    assert censored["column"] == "churned_30d_of_60d"
    assert not censored["text"].startswith("warning")


def test_a_command_without_a_note_writes_an_empty_file(log: Path) -> None:
    file = log.with_name("notes.jsonl")
    assert (
        cli.run(["sample", "--rate", "1", "--notes", str(file), "-o", str(log.with_name("s")), str(log)]) == 0
    )
    assert file.read_bytes() == b""


def test_a_command_that_fails_writes_the_notes_that_came_before(log: Path) -> None:
    log.write_text(LOG + "a,2024-05-01,!\n")
    file = log.with_name("notes.jsonl")
    assert (
        cli.run(["profile", "--on-error", "skip", "--notes", str(file), str(log), str(log), "missing"]) == 2
    )
    assert file.exists()


@pytest.mark.parametrize(("codes", "status"), [("censored", 1), ("leak,censored", 1), ("leak", 0)])
def test_a_note_of_fail_on_ends_with_1_and_the_output_stays(
    log: Path, codes: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _featurize(log, "-q", "--fail-on", codes) == status
    assert capfd.readouterr().err == (
        "churnkit featurize: censored: written as a note (--fail-on)\n" if status else ""
    )
    assert log.with_name("table.csv").exists()


def test_an_unknown_code_is_a_usage_error_with_a_suggestion(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _featurize(log, "--fail-on", "censord") == 2
    assert "did you mean 'censored'?" in capfd.readouterr().err


def test_notes_that_cannot_be_written_are_an_error(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _featurize(log, "-q", "--notes", "/dev/full") == 2
    assert capfd.readouterr().err == "churnkit featurize: /dev/full: No space left on device\n"


def test_counts_have_singular_and_plural() -> None:
    assert messages.count(1, "row") == "1 row"
    assert messages.count(1234, "row") == "1,234 rows"
    assert messages.count(2, "loss", "losses") == "2 losses"


def test_quiet_silences_notes_and_not_errors(capfd: pytest.CaptureFixture[str]) -> None:
    messages.set_quiet(True)
    messages.note("test", "a note")
    messages.warn("leak", "a warning")
    messages.write_line("an\nerror")
    messages.set_quiet(False)
    assert capfd.readouterr().err == "an\\nerror\n"


@pytest.mark.parametrize("expected", [None, 400_000_000])
def test_a_bar_fits_into_a_line(expected: int | None) -> None:
    bar = messages.progress_bar(123_456_789, 12_345_678, expected, 10.0)
    assert len(bar) < 80
    assert "12,345,678 rows, 123 MB, 12 MB/s" in bar
    assert ("31%" in bar) is (expected is not None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""), (30, ", about 30 seconds left"), (60, ", about a minute left"), (170, ", about 3 minutes left"),
    ],
)  # fmt: skip
def test_steps_say_how_long_they_will_take(seconds: float, words: str) -> None:
    bar = messages.steps_bar("tree: trial", 7, 20, seconds)
    assert bar == f"[{'█' * 7}{' ' * 13}] tree: trial 7 of 20{words}"


@contextlib.contextmanager
def _terminal() -> Iterator[Callable[[], str]]:
    """Makes standard error a terminal; yields a function that returns what was written to it."""
    ours, theirs = pty.openpty()
    kept = os.dup(2)
    os.dup2(theirs, 2)
    os.close(theirs)

    def shown() -> str:
        os.dup2(kept, 2)  # closes the other end
        said = b""
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                said += part
        return said.decode()

    try:
        yield shown
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(ours)


def _work(monkeypatch: pytest.MonkeyPatch, patience: float, quiet: bool = False) -> str:
    """What a terminal shows for two reads and the end of the work."""
    monkeypatch.setattr(messages, "PATIENCE", patience)
    monkeypatch.setattr(messages, "PACE", 0.0)
    monkeypatch.setattr(messages, "_work", None)
    messages.set_quiet(quiet)
    with _terminal() as shown:
        messages.advance(size=2_000_000, rows=1000)
        messages.advance(size=2_000_000, rows=1001)
        messages.clear_progress()
        return shown()


def test_long_work_shows_a_bar_on_a_terminal_and_removes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _work(monkeypatch, patience=0.0)
    assert re.search(r"2,001 rows, 4 MB, [\d,]+ MB/s", said)
    assert said.endswith(messages.CLEAR)


def test_short_work_and_quiet_work_show_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _work(monkeypatch, patience=1e9) == ""
    assert _work(monkeypatch, patience=0.0, quiet=True) == ""


def test_a_terminal_shows_the_steps_of_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PATIENCE", 0.0)
    monkeypatch.setattr(messages, "_work", None)
    with _terminal() as shown:
        for done in range(1, 3):
            messages.step("tree: fold", done, 5)
        said = shown()
    assert "tree: fold 1 of 5" in said
    assert "tree: fold 2 of 5" in said
