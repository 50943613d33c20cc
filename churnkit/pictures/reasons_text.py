"""The reasons of one customer in words."""

from __future__ import annotations

import textwrap
from typing import Any

from churnkit.features.words import describe_value, round_value
from churnkit.pictures.text_table import align_rows

INDENT = 16  # characters before a reason
STRONG, CLEAR = 1.0, 0.3  # least absolute contribution, in log-odds


def draw(record: dict[str, Any], width: int | None = None) -> str:
    """A headline, the reasons that raise the risk, then those that lower it. width: in characters."""
    head = [str(v) for k, v in record.items() if k not in ("churn_probability", "base", "reasons")]
    lines = []
    for title, sign in (("raises risk", 1), ("lowers risk", -1)):
        reasons = [r for r in record["reasons"] if r["contribution"] * sign > 0]
        words = [line for reason in reasons for line in _wrapped(_words(reason), width)]
        lines += [[f"  {title}:" if place == 0 else "", line] for place, line in enumerate(words)]
    title = f"{' at '.join(head)}: {record['churn_probability']:.0%} likely to leave"
    return "\n".join([title, *align_rows(lines, f"<{INDENT}<")])


def _wrapped(words: str, width: int | None) -> list[str]:
    return (
        [words]
        if width is None
        else textwrap.wrap(words, max(width - INDENT, INDENT), subsequent_indent="  ")
    )


def _words(reason: dict[str, Any]) -> str:
    size = abs(reason["contribution"])
    how = "strongly" if size >= STRONG else "clearly" if size >= CLEAR else "a little"
    name = reason["feature"]
    value, typical = (round_value(name, reason[key]) for key in ("value", "typical"))
    typical_words = f" (typical: {typical})" if typical != value else " (as is typical)"
    return f"{describe_value(name, reason['value'])}{typical_words}, {how}"
