"""Customers and revenue per period, as a table with a bar for the churn rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows
from churnkit.retention.movements import CUSTOMERS

BAR = 20
MONEY = ("revenue_start", "revenue_end")


def draw(records: Sequence[dict[str, Any]], by: Sequence[str], scale: float = 1.0) -> str:
    """records: from `measure_periods`. A period is marked with * if the log ends inside it.
    scale: of the bars."""
    heads = ["period", *by, "start", "new", "returned", "churned", *(["moved"] if by else []), "end"]
    has_money = any(record["revenue_end"] is not None for record in records)
    heads += ["revenue", "change"] if has_money else []
    rates = [record["churn_rate"] for record in records]
    highest = max((rate for rate in rates if rate is not None), default=0.0) or 1.0
    rate_cells = [
        "" if rate is None else f"{rate:6.1%} {bar(rate / highest, round(BAR * scale))}" for rate in rates
    ]
    rows = [[*_cells(record, by, has_money), rate] for record, rate in zip(records, rate_cells, strict=True)]
    layout = "<  " * (1 + len(by)) + ">  " * (len(heads) - len(by) - 1) + "<"
    lines = align_rows([[*heads, "churn rate"], *rows], layout)
    if any(not record["complete"] for record in records):
        lines.append("* the log ends inside this period")
    return "\n".join(lines)


def _cells(record: dict[str, Any], by: Sequence[str], has_money: bool) -> list[str]:
    texts = [record["period"] + ("" if record["complete"] else "*"), *(record[name] or "-" for name in by)]
    texts += [f"{record[name]:,}" for name in CUSTOMERS[:-1]]
    texts += [f"{record['moved_in'] - record['moved_out']:+,}"] if by else []
    texts.append(f"{record[CUSTOMERS[-1]]:,}")
    if has_money:
        start, end = (record[name] for name in MONEY)
        texts += [f"{end:,.0f}", f"{end / start - 1:+.1%}" if start > 0 else ""]
    return texts
