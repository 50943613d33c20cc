"""Drift as text: one line per column, with a bar for its PSI and what has moved; drifted columns first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.formatting import format_value
from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows

BAR = 20  # characters of the longest bar
MAX_PSI = 1.0  # PSI of the longest bar
DRIFTED, LITTLE = "◀ drifted", "moved, but little"


def draw(records: Sequence[dict[str, Any]], max_psi: float, max_outside: float, scale: float = 1.0) -> str:
    """records: of `drift_records`. max_psi, max_outside: the limits that the user set. scale: of the bars."""
    bar_length = round(BAR * scale)
    lines = [["column", "psi", "", "", "before → after"]]
    for record in sorted(records, key=_rank):
        if record["psi"] is None:
            lines.append([record["column"], "", "", ("◀ " if record["drifted"] else "") + record["kind"], ""])
            continue
        drawn = bar(min(record["psi"], MAX_PSI) / MAX_PSI, bar_length)
        lines.append([record["column"], f"{record['psi']:.3f}", drawn, _verdict(record), _change(record)])
    return "\n".join(
        [
            *align_rows(lines, f"<  >6  <{bar_length} <  <"),
            f"{DRIFTED}: psi above {max_psi:g}, or more than {100 * max_outside:g}% of the values "
            "outside the base's range, and more than chance explains",
            f"{LITTLE}: more than chance explains, but below these limits",
        ]
    )


def _rank(record: dict[str, Any]) -> int:
    """Drifted, then moved, then undecided columns; otherwise the order of the records."""
    return 0 if record["drifted"] else 1 if record["moved"] else 2 if record["note"] else 3


def _verdict(record: dict[str, Any]) -> str:
    return DRIFTED if record["drifted"] else LITTLE if record["moved"] else record["note"] or ""


def _change(record: dict[str, Any]) -> str:
    """What has moved, where something has; otherwise the means or the share of the base's top value."""
    words = record["change"] if record["moved"] or record["note"] else _values(record)
    if record["new_values"]:
        words += f"; new: {', '.join(record['new_values'][:3])}"
    if record["vanished_values"]:
        words += f"; vanished: {', '.join(record['vanished_values'][:3])}"
    return str(words)


def _values(record: dict[str, Any]) -> str:
    before, after = record["before"], record["after"]
    if record["kind"] == "number":
        words = f"mean {format_value(before)} → {format_value(after)}"
    elif record["kind"] == "score":
        words = f"mean {_share(before)} → {_share(after)}"
    else:
        words = f"share of {format_value(record['top_value'])} {_share(before)} → {_share(after)}"
    if abs(record["missing_after"] - record["missing_before"]) >= 0.01:
        words += f"; missing {record['missing_before']:.0%} → {record['missing_after']:.0%}"
    return words


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
