"""The reasons of one customer in words."""

from __future__ import annotations

import textwrap
from typing import Any

from churnkit.explanation.reason_words import LOWERS, RAISES, reason_in_words
from churnkit.pictures.text_table import align_rows

INDENT = 16  # characters before a reason


def draw(record: dict[str, Any], width: int | None = None) -> str:
    """A headline, the reasons that raise the risk, then those that lower it. width: in characters."""
    head = [str(v) for k, v in record.items() if k not in ("churn_probability", "base", "reasons")]
    lines = []
    for title, sign in ((RAISES, 1), (LOWERS, -1)):
        reasons = [r for r in record["reasons"] if r["contribution"] * sign > 0]
        words = [line for reason in reasons for line in _wrapped(reason_in_words(reason), width)]
        lines += [[f"  {title}:" if place == 0 else "", line] for place, line in enumerate(words)]
    title = f"{' at '.join(head)}: {record['churn_probability']:.0%} likely to leave"
    return "\n".join([title, *align_rows(lines, f"<{INDENT}<")])


def _wrapped(words: str, width: int | None) -> list[str]:
    return (
        [words]
        if width is None
        else textwrap.wrap(words, max(width - INDENT, INDENT), subsequent_indent="  ")
    )
