"""What is said to the person at the terminal, on standard error only: notes, warnings, a bar."""

from __future__ import annotations

import contextlib
import os
import time

from churnkit.errors import visible

PATIENCE = 2.0  # seconds of work from which on it is shown how far it is
PACE = 0.1  # seconds between two looks of the bar
BAR = 20  # characters
CLEAR = "\r\x1b[K"

_silent = False


def set_quiet(quiet: bool) -> None:
    """-q: notes and warnings are not said; errors still are."""
    global _silent
    _silent = quiet


def note(text: str) -> None:
    """One line on standard error. One that cannot be written is no failure."""
    if not _silent:
        write_line(text)


def warn(text: str) -> None:
    """A line that asks for attention."""
    note(f"warning: {text}")


def write_line(text: str) -> None:
    """A line on standard error, whatever -q says."""
    clear_progress()
    _write(f"{visible(text)}\n")


def _write(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text.encode("utf-8", "backslashreplace"))


def count(number: int, singular: str, plural: str = "") -> str:
    """'1 row', '1,234 rows'."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


# ------------------------------------------------------------------------ how far the work is
class _Progress:
    """The bytes and rows read so far. A class, for it is the one thing here that goes on."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.looked = 0.0
        self.bytes = self.rows = 0
        self.expected: int | None = 0  # bytes; None where nobody knows
        self.is_shown = False


_work: _Progress | None = None


def expect(size: int | None) -> None:
    """The bytes that are going to be read, None where they are not known; of several FILEs they add up."""
    work = _begun()
    work.expected = None if size is None or work.expected is None else work.expected + size


def advance(size: int = 0, rows: int = 0) -> None:
    """So many more bytes and rows are read. From two seconds on a terminal shows it."""
    work = _begun()
    work.bytes += size
    work.rows += rows
    now = time.monotonic()
    if now - work.looked < PACE or now - work.begun < PATIENCE or _silent:
        return
    work.looked = now
    if os.isatty(2):
        work.is_shown = True
        _write(CLEAR + progress_bar(work.bytes, work.rows, work.expected, now - work.begun))


def progress_bar(size: int, rows: int, expected: int | None, seconds: float) -> str:
    """How far it is, in a line of less than 80 characters. size, expected: bytes."""
    told = f"{rows:,} rows, {size / 1e6:,.0f} MB, {size / 1e6 / seconds:,.0f} MB/s"
    if not expected:
        return told
    share = min(1.0, size / expected)
    full = round(share * BAR)
    return f"[{'█' * full}{' ' * (BAR - full)}] {share:4.0%}  {told}"


def step(done: int, of: int, what: str) -> None:
    """So many of so many steps are done. From two seconds on a terminal shows it."""
    work = _begun()
    if time.monotonic() - work.begun < PATIENCE or _silent or not os.isatty(2):
        return
    work.is_shown = True
    full = round(done / of * BAR)
    _write(f"{CLEAR}[{'█' * full}{' ' * (BAR - full)}] {done:,} of {of:,} {what}")


def clear_progress() -> None:
    """Takes the bar away, before anything else is written."""
    if _work is not None and _work.is_shown:
        _work.is_shown = False
        _write(CLEAR)


def _begun() -> _Progress:
    global _work
    if _work is None:
        _work = _Progress()
    return _work
