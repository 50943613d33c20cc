"""The rules of a tree as text: one line per rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.columns import PROBABILITY
from churnkit.pictures.text_table import align_rows

HEAD = ("churn rate", "churned", "", "rows", "scored", "rule")


def draw(records: Sequence[dict[str, Any]]) -> str:
    """records: of `rule_records`. A line has the counts, what `score` returns, and the condition."""
    rows = [
        (
            f"{r['churn_rate']:.1%}",
            f"{r['churned']:,}",
            "of",
            f"{r['rows']:,}",
            f"{r[PROBABILITY]:.1%}",
            r["words"],
        )
        for r in records
    ]
    return "\n".join(align_rows([HEAD, *rows], ">  >  < >  >   <"))
