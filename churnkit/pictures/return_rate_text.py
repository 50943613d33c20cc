"""How often the silent come back, as bars; the proposed length of silence is marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BAR = 40


def draw(records: Sequence[dict[str, Any]], proposed: int | None) -> str:
    """records: of `silences.shown`."""
    lines = ["Of those silent for so many days, the share that come back", ""]
    for record in records:
        rate, days = record["return_rate"], record["silent_days"]
        mark = " ◀ --inactive" if days == proposed else ""
        bar = "█" * round(rate * BAR)
        unit = "day " if days == 1 else "days"
        lines.append(f"  {days:>5} {unit}  {rate:6.1%} {bar:<{BAR}} {record['silences']:>11,} silences{mark}")
    return "\n".join(lines)
