"""How the contribution of a feature depends on its value: one bar per bin, to the right for more risk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby, islice
from typing import Any

from churnkit.formatting import format_value
from churnkit.pictures.bars import two_sided_bar
from churnkit.pictures.text_table import align_rows

MAX_FEATURES = 12
BAR = 20  # characters of the longest bar on either side


def draw(records: Sequence[dict[str, Any]], scale: float = 1.0) -> str:
    """records: of `curve_records`. scale: of the bars. Draws the first features, all on one scale."""
    features = [(name, list(bins)) for name, bins in groupby(records, key=lambda r: r["feature"])]
    drawn = features[:MAX_FEATURES]
    longest = max((abs(b["contribution"]) for _, bins in drawn for b in bins), default=0.0) or 1.0
    cells = [_cells(record, longest, round(BAR * scale)) for _, bins in drawn for record in bins]
    aligned = iter(align_rows(cells, "  < < >7 >11 rows"))
    lines = ["Mean contribution to the log-odds: a bar to the left lowers the risk, to the right raises it"]
    for name, bins in drawn:
        lines += ["", name, *islice(aligned, len(bins))]
    if len(features) > MAX_FEATURES:
        lines += ["", f"and {len(features) - MAX_FEATURES} less important features"]
    return "\n".join(lines)


def _cells(record: dict[str, Any], longest: float, bar_length: int) -> list[str]:
    size = record["contribution"]
    return [
        _bin_name(record),
        two_sided_bar(size / longest, bar_length),
        f"{size:+.3f}",
        f"{record['rows']:,}",
    ]


def _bin_name(record: dict[str, Any]) -> str:
    start, end = record["from"], record["below"]
    if start is None and end is None:
        return format_value(record["value"])
    if start is None:
        return f"below {format_value(end)}"
    if end is None:
        return f"{format_value(start)} and above"
    is_one_number = end == math.nextafter(start, math.inf)
    return format_value(start) if is_one_number else f"{format_value(start)} to below {format_value(end)}"
