"""The reasons of one customer in words."""

from __future__ import annotations

import textwrap
from typing import Any

from churnkit.explanation.reason_words import LOWERS, RAISES, reason_in_words

INDENT = 16  # characters before a reason


def draw(record: dict[str, Any], width: int | None = None) -> str:
    """A headline, the reasons that raise the risk, then those that lower it. width: in characters."""
    head = [str(v) for k, v in record.items() if k not in ("churn_probability", "base", "reasons")]
    lines = [f"{' at '.join(head)}: {record['churn_probability']:.0%} likely to leave"]
    for title, sign in ((RAISES, 1), (LOWERS, -1)):
        start = f"  {title}:"
        for reason in record["reasons"]:
            if reason["contribution"] * sign > 0:
                for words in _wrapped(reason_in_words(reason), width):
                    lines.append(f"{start:<{INDENT}}{words}".rstrip())
                    start = ""
    return "\n".join(lines)


def _wrapped(words: str, width: int | None) -> list[str]:
    room = width and max(width - INDENT, INDENT)
    if not room or (len(words) <= room and words.isprintable()):
        return [words]
    return textwrap.wrap(words, room, subsequent_indent="  ")
