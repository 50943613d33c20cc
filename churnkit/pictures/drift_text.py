"""What has moved: a line a column, a bar for its PSI, what it was and is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.formatting import format_value
from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows

BAR = 20
MOST = 1.0  # PSI of the longest bar


def draw(records: Sequence[dict[str, Any]], max_psi: float) -> str:
    """records: of `drifting.records`, the most moved first."""
    lines = [["column", "psi", "", "before → after"]]
    for record in records:
        if record["psi"] is None:
            lines.append([record["column"], record["kind"] + (" ◀" if record["drifted"] else "")])
            continue
        drawn = bar(min(record["psi"], MOST) / MOST, BAR)
        mark = " ◀ drifted" if record["drifted"] else f" ({record['note']})" if record["note"] else ""
        lines.append([record["column"], f"{record['psi']:.3f}", drawn, _words(record) + mark])
    return "\n".join([*align_rows(lines, f"<  >6  <{BAR} <"), f"◀ past {max_psi:g} and more than chance"])


def _words(record: dict[str, Any]) -> str:
    before, after = record["before"], record["after"]
    if record["kind"] == "number":
        told = f"mean {format_value(before)} → {format_value(after)}"
    elif record["kind"] == "score":
        told = f"mean {_share(before)} → {_share(after)}"
    else:
        told = f"top value {_share(before)} → {_share(after)}"
    if abs(record["missing_after"] - record["missing_before"]) >= 0.01:
        told += f", missing {record['missing_before']:.0%} → {record['missing_after']:.0%}"
    if record["new_values"]:
        told += f", new: {', '.join(record['new_values'][:3])}"
    if record["vanished_values"]:
        told += f", vanished: {', '.join(record['vanished_values'][:3])}"
    return told


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
