"""Words, paths and comments of a shell script: whatever a name contains, it stays a name."""

from __future__ import annotations

import json
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def word(text: str) -> str:
    """A text as one word of `sh`. Control characters are written as octal numbers."""
    if not _CONTROL.search(text) or text.endswith("\n"):
        return _quoted(text)
    octal = "".join(
        f"\\{ord(c):03o}" if _CONTROL.match(c) and ord(c) < 128 else {"\\": "\\\\", "%": "%%"}.get(c, c)
        for c in text
    )
    if octal.startswith("-"):  # printf would take it for an option
        octal = f"\\055{octal[1:]}"
    return f'"$(printf {_quoted(octal)})"'


def _quoted(text: str) -> str:
    """In single quotes, also where a shell needs none: a column may be called date, as a command is."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def path(text: str) -> str:
    """A path as one word that no command takes for an option."""
    return word(f"./{text}" if text.startswith("-") else text)


def pattern(text: str) -> str:
    """A path whose stars stand for any digits, as a pattern of `sh`; everything else is taken as it is."""
    parts = (f"./{text}" if text.startswith("-") else text).split("*")
    return "*".join(word(part) if part else "" for part in parts)


def comment(text: str) -> str:
    """A name as a JSON string, which has no line end: it can stand in a comment."""
    return json.dumps(text)


def is_plain(name: str) -> bool:
    """Whether a name has letters, digits and _ only, so that it can be put into a command of sed."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is not None
