"""The errors that a user can see, and how a value is shown in a message."""

from __future__ import annotations

import os
import re

SHOWN = 60  # characters of a value in a message
SEARCHED = 500  # characters of a value in which personal data is hidden


class ChurnkitError(Exception):
    """Bad usage or bad data: one line on standard error, exit status 2."""

    status = 2


class CheckFailed(ChurnkitError):
    """A check that the user requested has failed: exit status 1."""

    status = 1


def visible(text: str) -> str:
    """Text with control characters (newlines, escapes) written as \\n, \\x1b, harmless on a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quote(value: str) -> str:
    """A value as it is shown in a message: visible, in single quotes, cut at 60 characters.

    An e-mail address in it is shown as [email]; phone numbers, cards and bank accounts likewise.
    """
    from churnkit.personal_text import hide  # few runs have a message

    text = visible(hide(value[:SEARCHED])[: SHOWN + 1])
    return f"'{text}'" if len(text) <= SHOWN else f"'{text[:SHOWN]}…'"


def is_panic(error: BaseException) -> bool:
    """Whether an error is a PanicException of polars, which is not an Exception and has no public name."""
    return type(error).__name__ == "PanicException"


STANDARD_INPUT = "standard input"


def shown_path(path: str) -> str:
    """The name of a FILE in a message."""
    return STANDARD_INPUT if path == "-" else visible(os.fsencode(path).decode("utf-8", "replace"))


class EmptyInputError(ChurnkitError):
    """An input of zero bytes."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{shown_path(path)} is empty")
        self.path = path


_JSON_TYPES = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "null": "null",
    "array": "a list", "object": "an object",
}  # fmt: skip
_SENTENCES = (
    (r"Expected (.+), got `float`", "should be {}, not a decimal number"),
    (r"Expected (.+), got (.+)", "should be {}, not {}"),
    (r"Expected (.+)", "should be {}"),
    (r"Number out of range", "is out of range"),
    (r"Object missing required field `(.+)`", "has no '{}'"),
)
_INVALID_VALUE = re.compile(r"Invalid (?:enum )?value '?(.*?)'?", re.DOTALL)


def schema_words(error: Exception) -> str:
    """A msgspec error about JSON of the wrong type, in plain words: where it is, and what is wrong.

    "Expected `int`, got `str` - at `$.features[3].fill`" becomes "features[3].fill: should be a whole number,
    not text". Other messages are not changed.
    """
    words, _, path = str(error).rpartition(" - at `") if " - at `" in str(error) else (str(error), "", "")
    place = path.removesuffix("`").removeprefix("$").removeprefix(".")
    if invalid := _INVALID_VALUE.fullmatch(words):
        words = f"{quote(invalid[1])} is not an allowed value"
    for pattern, sentence in _SENTENCES:
        if match := re.fullmatch(pattern, words):
            words = sentence.format(*match.groups())
            break
    words = re.sub(r"`([a-z |]+)`", lambda match: _in_words(match[1]), words)
    return visible(f"{place}: {words}" if place else words)


def _in_words(json_types: str) -> str:
    """float | null: a number or null."""
    return " or ".join(_JSON_TYPES.get(name, name) for name in json_types.split(" | "))
