"""Customers and revenue per period, as a table with a bar for the churn rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from churnkit.pictures.bars import bar
from churnkit.pictures.text_table import align_rows
from churnkit.retention.movements import CUSTOMERS, INSIDE
from churnkit.windows import period_name

BAR = 20
MONEY = ("revenue_start", "revenue_churned", "revenue_end")
INCOMPLETE = (
    "* not complete: the log ends inside this period, or begins too late to know who could leave in it"
)
MONEY_IN_WORDS = (
    "revenue: revenue_end; lost: revenue_churned, of customers who paid before and pay nothing now; "
    "change: revenue_end against revenue_start"
)


def draw(records: Sequence[dict[str, Any]], by: Sequence[str], every: str, scale: float = 1.0) -> str:
    """records: from `measure_periods`. A period that is not complete is marked with *.
    every: the step of the periods, as in `windows.periods`. scale: of the bars."""
    heads = ["period", *by, "start", "new", "returned", "churned", *(["moved"] if by else []), "end"]
    has_money = any(record["revenue_end"] is not None for record in records)
    has_inside = any(record[INSIDE] for record in records)
    heads += ["came and went"] if has_inside else []
    heads += ["revenue", "lost", "change"] if has_money else []
    rates = [record["churn_rate"] for record in records]
    highest = max((rate for rate in rates if rate is not None), default=0.0) or 1.0
    rate_cells = [
        "" if rate is None else f"{rate:6.1%} {bar(rate / highest, round(BAR * scale))}" for rate in rates
    ]
    rows = [
        [
            *_names(record, by, every),
            *_figures(record, by, has_inside),
            *(_money(record) if has_money else []),
            rate,
        ]
        for record, rate in zip(records, rate_cells, strict=True)
    ]
    layout = "<  " * (1 + len(by)) + ">  " * (len(heads) - len(by) - 1) + "<"
    lines = align_rows([[*heads, "churn rate"], *rows], layout)
    if any(not record["complete"] for record in records):
        lines.append(INCOMPLETE)
    return "\n".join([*lines, *([MONEY_IN_WORDS] if has_money else [])])


def _names(record: dict[str, Any], by: Sequence[str], every: str) -> list[str]:
    name = period_name(date.fromisoformat(record["period"]), every)
    return [name + ("" if record["complete"] else "*"), *(record[group] or "-" for group in by)]


def _figures(record: dict[str, Any], by: Sequence[str], has_inside: bool) -> list[str]:
    texts = [f"{record[name]:,}" for name in CUSTOMERS[:-1]]
    texts += [f"{record['moved_in'] - record['moved_out']:+,}"] if by else []
    texts.append(f"{record[CUSTOMERS[-1]]:,}")
    return texts + ([f"{record[INSIDE]:,}"] if has_inside else [])


def _money(record: dict[str, Any]) -> list[str]:
    start, lost, end = (record[name] for name in MONEY)
    return [f"{end:,.0f}", f"{lost:,.0f}", f"{end / start - 1:+.1%}" if start > 0 else ""]
