"""Drift as text: one line per column, with a bar for its PSI, and its values before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.formatting import format_value
from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows

BAR = 20  # characters of the longest bar
MAX_PSI = 1.0  # PSI of the longest bar


def draw(records: Sequence[dict[str, Any]], max_psi: float, scale: float = 1.0) -> str:
    """records: of `drift_records`. max_psi: the limit that the user set. scale: of the bars."""
    bar_length = round(BAR * scale)
    lines = [["column", "psi", "", "before → after"]]
    for record in records:
        if record["psi"] is None:
            lines.append([record["column"], record["kind"] + (" ◀" if record["drifted"] else "")])
            continue
        drawn = bar(min(record["psi"], MAX_PSI) / MAX_PSI, bar_length)
        mark = " ◀ drifted" if record["drifted"] else f" ({record['note']})" if record["note"] else ""
        lines.append([record["column"], f"{record['psi']:.3f}", drawn, _change(record) + mark])
    return "\n".join(
        [
            *align_rows(lines, f"<  >6  <{bar_length} <"),
            f"◀ drifted: psi above {max_psi:g}, and more than chance explains",
        ]
    )


def _change(record: dict[str, Any]) -> str:
    before, after = record["before"], record["after"]
    if record["kind"] == "number":
        words = f"mean {format_value(before)} → {format_value(after)}"
    elif record["kind"] == "score":
        words = f"mean {_share(before)} → {_share(after)}"
    else:
        words = f"most frequent value {_share(before)} → {_share(after)}"
    if abs(record["missing_after"] - record["missing_before"]) >= 0.01:
        words += f", missing {record['missing_before']:.0%} → {record['missing_after']:.0%}"
    if record["new_values"]:
        words += f", new: {', '.join(record['new_values'][:3])}"
    if record["vanished_values"]:
        words += f", vanished: {', '.join(record['vanished_values'][:3])}"
    return words


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
