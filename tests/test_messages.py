"""What is said goes to standard error, and how far long work is, to a terminal alone."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from churnkit import messages

A_SECOND_A_LOOK, NO_TIME_AT_ALL = "itertools.count().__next__", "lambda: 0"


def test_counts_are_said_as_a_person_would() -> None:
    assert messages.count(1, "row") == "1 row"
    assert messages.count(1234, "row") == "1,234 rows"
    assert messages.count(2, "loss", "losses") == "2 losses"


def test_quiet_silences_notes_and_not_errors(capfd: pytest.CaptureFixture[str]) -> None:
    messages.set_quiet(True)
    messages.note("a note")
    messages.warn("a warning")
    messages.write_line("an\nerror")
    messages.set_quiet(False)
    assert capfd.readouterr().err == "an\\nerror\n"


@pytest.mark.parametrize("expected", [None, 400_000_000])
def test_a_bar_fits_into_a_line(expected: int | None) -> None:
    bar = messages.progress_bar(123_456_789, 12_345_678, expected, 10.0)
    assert len(bar) < 80
    assert "12,345,678 rows, 123 MB, 12 MB/s" in bar
    assert ("31%" in bar) is (expected is not None)


def _said(script: str, clock: str, folder: Path, env: dict[str, str]) -> str:
    """What a terminal on standard error got from a script in which `churnkit` goes by this clock."""
    program = f"import itertools, time; time.monotonic = {clock}; from churnkit.__main__ import main; main()"
    script = f"churnkit() {{ {sys.executable} -c '{program}' \"$@\"; }}; {script}"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["bash", "-c", script], cwd=folder, env=env, stderr=theirs, stdout=subprocess.DEVNULL
    ) as run:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the other end is closed
            pass
        assert run.wait() == 0
    os.close(ours)
    return said.decode()


def test_long_work_shows_a_bar_on_a_terminal_and_takes_it_away(
    tmp_path: Path, shell_env: dict[str, str]
) -> None:
    said = _said("seq 900000 | churnkit sample --rate 1", A_SECOND_A_LOOK, tmp_path, shell_env)
    assert re.search(r"\d,\d{3} rows, \d MB, \d MB/s", said)
    assert said.endswith(messages.CLEAR)
    assert _said("seq 900000 | churnkit sample -q --rate 1", A_SECOND_A_LOOK, tmp_path, shell_env) == ""


def test_short_work_shows_none(tmp_path: Path, shell_env: dict[str, str]) -> None:
    assert _said("seq 900000 | churnkit sample --rate 1", NO_TIME_AT_ALL, tmp_path, shell_env) == ""
