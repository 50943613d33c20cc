"""Return rate by days of silence, as bars; the proposed value of --inactive is marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows

BAR = 40


def draw(records: Sequence[dict[str, Any]], proposed: int | None, scale: float = 1.0) -> str:
    """records: from `shown_rates`. proposed: the proposed number of silent days. scale: of the bars."""
    bar_length = round(BAR * scale)
    rows = []
    for record in records:
        rate, days = record["return_rate"], record["silent_days"]
        mark = " ◀ --inactive" if days == proposed else ""
        unit = "day" if days == 1 else "days"
        rows.append([str(days), unit, f"{rate:.1%}", bar(rate, bar_length), f"{record['silences']:,}", mark])
    lines = align_rows(rows, f"  >5 <4  >6 <{bar_length} >11 silences<")
    return "\n".join(["Return rate: share of customers silent for N days who come back", "", *lines])
