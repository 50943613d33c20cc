"""Messages on standard error: notes and warnings, each with a code, and a progress bar."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from churnkit.errors import visible
from churnkit.formatting import Finding
from churnkit.formatting import count as count
from churnkit.message_codes import MESSAGES

PATIENCE = 2.0  # seconds of work before the progress bar appears
PACE = 0.1  # seconds between two updates of the bar
BAR = 20  # characters
CLEAR = "\r\x1b[K"


@dataclass
class _Written:
    """The notes of this run, kept for -q, --notes and --fail-on."""

    is_quiet: bool = False
    path: str | None = None
    fail_on: tuple[str, ...] = ()
    notes: list[dict[str, str | int | None]] = field(default_factory=list)


_written = _Written()


def begin() -> None:
    """Starts a new run without notes."""
    global _written
    _written = _Written()


def set_quiet(quiet: bool) -> None:
    """-q: hide notes and warnings; errors are still shown."""
    _written.is_quiet = quiet


def set_path(path: str | None) -> None:
    """--notes: the FILE to which the notes are written at the end."""
    _written.path = path


def set_fail_on(codes: tuple[str, ...]) -> None:
    """--fail-on: the codes that end the command with status 1."""
    _written.fail_on = codes


def fail_on() -> tuple[str, ...]:
    """The codes of --fail-on."""
    return _written.fail_on


def records() -> tuple[str | None, list[dict[str, str | int | None]]]:
    """The FILE of --notes, and the notes of this run: code, text, count, column."""
    return _written.path, _written.notes


def failing() -> list[str]:
    """The codes of --fail-on for which a note was written, each once."""
    return list(dict.fromkeys(str(n["code"]) for n in _written.notes if n["code"] in _written.fail_on))


def note(code: str, text: str, *, count: int | None = None, column: str | None = None) -> None:
    """Writes one line to standard error; a line that cannot be written is dropped without an error.

    code: a key of MESSAGES. count: the number of rows, values or events concerned. column: its name.
    """
    _add(code, text, text, count, column)


def note_once(code: str, text: str, *, count: int | None = None, column: str | None = None) -> None:
    """Writes a note, unless this run has one with the same code."""
    if all(known["code"] != code for known in _written.notes):
        note(code, text, count=count, column=column)


def warn(code: str, text: str, *, count: int | None = None, column: str | None = None) -> None:
    """Writes a note that starts with `warning:`."""
    _add(code, f"warning: {text}", text, count, column)


def write(*findings: Iterable[Finding]) -> None:
    """Writes a note or a warning per finding."""
    for finding in itertools.chain(*findings):
        send = warn if finding.is_warning else note
        send(finding.code, finding.text, count=finding.count, column=finding.column)


def _add(code: str, line: str, text: str, count: int | None, column: str | None) -> None:
    if code not in MESSAGES:
        raise KeyError(code)
    _written.notes.append({"code": code, "text": text.strip(), "count": count, "column": column})
    if not _written.is_quiet:
        write_line(line)


def write_line(text: str) -> None:
    """Writes a line to standard error, even with -q."""
    clear_progress()
    _write(f"{visible(text)}\n")


def _write(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text.encode("utf-8", "backslashreplace"))


# ------------------------------------------------------------------------ progress
class _Progress:
    """The bytes and rows read so far; its values change while the command runs."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.updated = 0.0
        self.bytes = self.rows = 0
        self.expected: int | None = 0  # bytes; None if unknown
        self.is_shown = False
        self.steps_of = ""  # what the latest steps are about
        self.steps_since = (0.0, 0)  # when their first step was shown, and its number


_work: _Progress | None = None


def expect(size: int | None) -> None:
    """Adds to the number of bytes that will be read; None if it is unknown."""
    work = _current()
    work.expected = None if size is None or work.expected is None else work.expected + size


def advance(size: int = 0, rows: int = 0) -> None:
    """Adds bytes and rows that were read. After two seconds a terminal shows the progress bar."""
    work = _current()
    work.bytes += size
    work.rows += rows
    now = time.monotonic()
    if now - work.updated < PACE or now - work.started < PATIENCE or _written.is_quiet:
        return
    work.updated = now
    if os.isatty(2):
        work.is_shown = True
        _write(CLEAR + progress_bar(work.bytes, work.rows, work.expected, now - work.started))


def progress_bar(size: int, rows: int, expected: int | None, seconds: float) -> str:
    """The progress in a line of less than 80 characters. size, expected: bytes."""
    amounts = f"{rows:,} rows, {size / 1e6:,.0f} MB, {size / 1e6 / seconds:,.0f} MB/s"
    if not expected:
        return amounts
    share = min(1.0, size / expected)
    return f"{_bar(share)} {share:4.0%}  {amounts}"


def step(what: str, done: int, of: int) -> None:
    """Shows that `done` of `of` steps are done, on a terminal and after two seconds. what: 'tree: fold'."""
    work, now = _current(), time.monotonic()
    if work.steps_of != what:
        work.steps_of, work.steps_since = what, (now, done)
    if now - work.started < PATIENCE or _written.is_quiet or not os.isatty(2):
        return
    work.is_shown = True
    since, before = work.steps_since
    left = (now - since) / (done - before) * (of - done) if done > before else 0.0
    _write(CLEAR + steps_bar(what, done, of, left))


def steps_bar(what: str, done: int, of: int, seconds_left: float) -> str:
    """The steps in a line: 'tree: trial 7 of 20, about a minute left'; under ten seconds are not shown."""
    minutes = round(seconds_left / 60)
    if seconds_left < 10:
        time_left = ""
    elif seconds_left < 45:
        time_left = f", about {seconds_left:.0f} seconds left"
    else:
        time_left = f", about {minutes} minutes left" if minutes > 1 else ", about a minute left"
    return f"{_bar(done / of)} {what} {done:,} of {of:,}{time_left}"


def _bar(share: float) -> str:
    full = round(share * BAR)
    return f"[{'█' * full}{' ' * (BAR - full)}]"


def clear_progress() -> None:
    """Removes the bar before anything else is written."""
    if _work is not None and _work.is_shown:
        _work.is_shown = False
        _write(CLEAR)


def _current() -> _Progress:
    global _work
    if _work is None:
        _work = _Progress()
    return _work
