"""How the contribution of a feature depends on its value: one bar per bin, to the right for more risk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice
from typing import Any

from churnkit.pictures.bars import two_sided_bar
from churnkit.pictures.text_table import align_rows
from churnkit.pictures.wording import bin_name, curve_in_words

MAX_FEATURES = 12
BAR = 20  # characters of the longest bar on either side


def draw(records: Sequence[dict[str, Any]], scale: float = 1.0) -> str:
    """records: of `curve_records`. scale: of the bars. Draws the first features, all on one scale."""
    features = [(name, list(bins)) for name, bins in groupby(records, key=lambda r: r["feature"])]
    drawn = features[:MAX_FEATURES]
    longest = max((abs(b["contribution"]) for _, bins in drawn for b in bins), default=0.0) or 1.0
    cells = [
        _cells(record, longest, round(BAR * scale), sum(b["rows"] for b in bins))
        for _, bins in drawn
        for record in bins
    ]
    aligned = iter(align_rows(cells, "  < < >7 >11 rows >5"))
    lines = ["Mean contribution to the log-odds: a bar to the left lowers the risk, to the right raises it"]
    for name, bins in drawn:
        words = curve_in_words(bins)
        lines += ["", f"{name}: {words}" if words else name, *islice(aligned, len(bins))]
    if len(features) > MAX_FEATURES:
        lines += ["", f"and {len(features) - MAX_FEATURES} less important features"]
    return "\n".join(lines)


def _cells(record: dict[str, Any], longest: float, bar_length: int, rows: int) -> list[str]:
    size = record["contribution"]
    return [
        bin_name(record),
        two_sided_bar(size / longest, bar_length),
        f"{size:+.3f}",
        f"{record['rows']:,}",
        f"{record['rows'] / rows:.1%}",
    ]
