"""What is said to the person at the terminal, on standard error only: notes and warnings."""

from __future__ import annotations

import contextlib
import os

from churnkit.errors import visible

_silent = False


def set_quiet(quiet: bool) -> None:
    """-q: notes and warnings are not said; errors still are."""
    global _silent
    _silent = quiet


def say(text: str) -> None:
    """One line on standard error. One that cannot be written is no failure."""
    if not _silent:
        write_line(text)


def warn(text: str) -> None:
    """A line that asks for attention."""
    say(f"warning: {text}")


def write_line(text: str) -> None:
    """A line on standard error, whatever -q says."""
    with contextlib.suppress(OSError):
        os.write(2, f"{visible(text)}\n".encode("utf-8", "backslashreplace"))


def count(number: int, singular: str, plural: str = "") -> str:
    """'1 row', '1,234 rows'."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
