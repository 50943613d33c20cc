"""The most important features as a slide: one bar per feature, with its direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.pictures.svg import INK, LOWERS, MIXED, RAISES, SOFT, sheet, text
from churnkit.pictures.wording import direction_in_words, feature_in_words, title_in_words

WIDTH, HEIGHT = 1280, 720
MAX_FEATURES = 12
LEFT, BAR = 380, 520  # where bars begin, and the length of the longest, px
SUBTITLE = "How much each feature changes the predicted risk: its share of the effect of all features"


def draw(records: Sequence[dict[str, Any]], title: str) -> str:
    """records: of `importance_records`, the most important first."""
    title = title_in_words(title)
    total = sum(record["importance"] for record in records) or 1.0
    shown = [record for record in records if record["importance"]][:MAX_FEATURES]
    longest = max((record["importance"] for record in shown), default=1.0)
    parts = [
        text(40, 60, title, 30, weight="bold"),
        text(40, 90, SUBTITLE, 16, SOFT),
    ]
    for number, record in enumerate(shown):
        y = 130 + 46 * number
        length = BAR * record["importance"] / longest
        words = direction_in_words(record["direction"])
        colour = {"more raises the risk": RAISES, "more lowers the risk": LOWERS}.get(words, MIXED)
        if words in ("", "mixed"):
            words = "depends on the value"
        parts.append(text(LEFT - 14, y + 20, feature_in_words(record["feature"]), 16, INK, "end"))
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="30" rx="3" fill="{colour}"/>')
        share = f"{record['importance'] / total:.0%}"
        parts.append(text(LEFT + length + 12, y + 20, f"{share}  {words}", 15, SOFT))
    return sheet(WIDTH, HEIGHT, title, parts)
