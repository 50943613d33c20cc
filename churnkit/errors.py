"""What can go wrong for a user, and how a value is shown in a message."""

from __future__ import annotations

import os

SHOWN = 60  # characters of a value in a message


class ChurnkitError(Exception):
    """Bad usage or bad data: one line on standard error, exit status 2."""

    status = 2


class CheckFailed(ChurnkitError):
    """A check that the user asked for said no: exit status 1."""

    status = 1


def visible(text: str) -> str:
    """Text with what a terminal would obey (newlines, escapes) spelt out as \\n, \\x1b."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quote(value: str) -> str:
    """A value as it stands in a message: visible, in single quotes, cut at 60 characters."""
    text = visible(value[: SHOWN + 1])
    return f"'{text}'" if len(text) <= SHOWN else f"'{text[:SHOWN]}…'"


def is_panic(error: BaseException) -> bool:
    """Whether polars gave up: its PanicException is no Exception, and has no public name."""
    return type(error).__name__ == "PanicException"


STANDARD_INPUT = "standard input"


def shown_path(path: str) -> str:
    """How a message calls a FILE."""
    return STANDARD_INPUT if path == "-" else visible(os.fsencode(path).decode("utf-8", "replace"))
