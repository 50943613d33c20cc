"""Reads the rows of `measure` as the history of each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from churnkit import messages, windows
from churnkit.arrays import Floats
from churnkit.columns import list_names
from churnkit.errors import ChurnkitError, quote
from churnkit.forecast.projection import History
from churnkit.forecast.records import fields
from churnkit.retention.movements import CUSTOMERS, MOVED
from churnkit.retention.periods import period_fields
from churnkit.tables.casts import NUMBER, TEXT
from churnkit.tables.table import Reading, Table

PERIOD, COMPLETE = "period", "complete"
START, NEW, RETURNED, CHURNED, END = CUSTOMERS
MONEY = ("revenue_start", "revenue_churned")
WAY_OUT = "forecast reads the rows of measure: churnkit measure --inactive 30d events.csv | churnkit forecast"


@dataclass(frozen=True)
class Measured:
    """The rows of `measure`. by: its --by columns. step: of its periods. histories: one per group."""

    by: list[str]
    step: str
    histories: list[History]


def read_histories(paths: Sequence[str], reading: Reading, every: str | None = None) -> Measured:
    """The complete periods of each group, from the first with customers on.

    every: the step of the periods; None: the distance of the rows.

    Raises ChurnkitError for a table of another shape, a period that is missing or occurs twice, a row that
    contradicts itself, and if no period is complete.
    """
    table = Table(list(paths), reading, check=_contradictions)
    for name in (PERIOD, *CUSTOMERS, COMPLETE):
        table.require(name, WAY_OUT)
    has_groups = all(name in table.names for name in MOVED)
    by = [name for name in table.names if name not in period_fields([""])] if has_groups else []
    if taken := [name for name in by if name in fields(())]:
        raise ChurnkitError(f"{table.name}: a group is called {quote(taken[0])}, as a column of forecast is")
    money = [name for name in MONEY if name in table.names]
    numbers = [*CUSTOMERS, *(MOVED if has_groups else ()), *(money if len(money) == len(MONEY) else [])]
    rows, _ = table.whole({**dict.fromkeys([PERIOD, COMPLETE, *by], TEXT), **dict.fromkeys(numbers, NUMBER)})
    rows = rows.with_columns(pl.col(COMPLETE).str.to_lowercase() == "true", pl.col(PERIOD).str.to_date())
    days = rows[PERIOD].unique().sort().to_list()
    step = _step(table.name, days, every)
    _refuse_repeated(table.name, rows, by)
    known = _complete_days(table.name, rows, days)
    histories = [
        history
        for group in _groups(rows, by)
        if (history := _history(rows.join(group, on=by, nulls_equal=True) if by else rows, group, known))
    ]
    if not histories:
        raise ChurnkitError(
            f"{table.name}: no complete period has customers at its start; measure a longer log"
        )
    return Measured(by, step, histories)


def _contradictions(rows: pl.DataFrame) -> dict[int, str]:
    """Row → what is wrong with its values."""
    bad: dict[int, str] = {}
    for row, (period, complete) in enumerate(rows.select(PERIOD, COMPLETE).iter_rows()):
        if not _is_date(period):
            bad[row] = f"column {quote(PERIOD)}: {quote(period or '')} is not a date such as 2024-09-01"
        elif (complete or "").lower() not in ("true", "false"):
            bad[row] = f"column {quote(COMPLETE)}: {quote(complete or '')} is not true or false"
    counts = [name for name in (*CUSTOMERS, *MOVED) if name in rows.columns]
    for name in counts:
        wrong = rows[name].is_null() | (rows[name] < 0) | (rows[name] % 1 != 0)
        for row in wrong.fill_null(True).arg_true():
            bad.setdefault(row, f"column {quote(name)}: a number of customers is a whole number from 0 on")
    for row in (rows[CHURNED] > rows[START]).fill_null(False).arg_true():
        bad.setdefault(row, f"more customers {CHURNED} than there were at {START}")
    if all(name in rows.columns for name in MONEY):
        for row in (rows[MONEY[0]].is_null() != rows[MONEY[1]].is_null()).arg_true():
            bad.setdefault(row, f"only one of {MONEY[0]} and {MONEY[1]} is empty")
    return bad


def _is_date(text: str | None) -> bool:
    try:
        windows.parse_date(text or "")
    except ChurnkitError:
        return False
    return True


def _step(table: str, days: Sequence[date], every: str | None) -> str:
    """The step of the periods. Raises ChurnkitError if it is not known, and if a period is missing."""
    if not days:
        raise ChurnkitError(f"{table} has no rows, so no complete period; {WAY_OUT}")
    step = every or windows.step_between(days)
    if step is None:
        raise ChurnkitError(
            f"{table} has one period only, so its length is not known: add --every 1mo, or 1y"
        )
    for place, day in enumerate(days):
        if (due := windows.add_step(days[0], step, place)) != day:
            raise ChurnkitError(
                f"{table}: the period {due} is missing before {day} (steps of {step});"
                " measure the whole log at once"
            )
    return step


def _refuse_repeated(table: str, rows: pl.DataFrame, by: Sequence[str]) -> None:
    repeated = rows.filter(rows.select(PERIOD, *by).is_duplicated())
    if repeated.height:
        of = f" of {list_names([text or '-' for text in repeated.select(by).row(0)])}" if by else ""
        raise ChurnkitError(
            f"{table}: the period {repeated[PERIOD][0]}{of} occurs twice; give the rows of one measure"
        )


def _complete_days(table: str, rows: pl.DataFrame, days: Sequence[date]) -> list[date]:
    """The complete periods. Raises ChurnkitError for none, and if one between them is not complete."""
    known = rows.filter(COMPLETE)[PERIOD].unique().sort().to_list()
    partly = set(rows.filter(~pl.col(COMPLETE))[PERIOD].to_list())
    if not known:
        raise ChurnkitError(f"{table} has no complete period; measure a longer log, or use a shorter --every")
    inside = sorted(day for day in partly if known[0] <= day <= known[-1])
    if inside:
        raise ChurnkitError(
            f"{table}: the period {inside[0]} is not complete, but later ones are;"
            " measure the whole log at once"
        )
    left_out = len(days) - len(known)
    if left_out:
        which = f"{messages.count(left_out, 'period')} left out, not complete"
        text = f"{which}; the last complete period is {known[-1]}"
        messages.note("incomplete-rows", text, count=left_out, column=COMPLETE)
    return known


def _groups(rows: pl.DataFrame, by: Sequence[str]) -> list[pl.DataFrame]:
    """One row with the names of each group, sorted by name; one row without columns where there are none."""
    if not by:
        return [pl.DataFrame()]
    names = rows.select(by).unique()
    order = sorted(range(names.height), key=lambda row: [text or "" for text in names.row(row)])
    return [names[row] for row in order]


def _history(rows: pl.DataFrame, group: pl.DataFrame, known: Sequence[date]) -> History | None:
    """The history of a group; None if it had no customers. A period without a row has none of them."""
    days = pl.DataFrame({PERIOD: known})
    numbers = [name for name, kind in rows.schema.items() if kind == pl.Float64]
    filled = days.join(rows, on=PERIOD, how="left", maintain_order="left").select(PERIOD, *numbers)
    has_money = all(name in numbers for name in MONEY) and not rows[MONEY[0]].is_null().any()
    filled = filled.fill_null(0)
    has_customers = (filled[START] > 0).arg_max() or 0
    filled = filled[has_customers:]
    if filled[START][0] == 0:
        return None
    figures: dict[str, Floats] = {name: filled[name].to_numpy() for name in numbers}
    arriving = figures[NEW] + figures[RETURNED]
    if all(name in figures for name in MOVED):
        arriving = arriving + figures[MOVED[0]] - figures[MOVED[1]]
    return History(
        group=tuple(group.row(0)) if group.width else (),
        days=filled[PERIOD].to_list(),
        customers=figures[START],
        arriving=arriving,
        churned=figures[CHURNED],
        end=figures[END],
        revenue=figures[MONEY[0]] if has_money else None,
        revenue_churned=figures[MONEY[1]] if has_money else None,
    )
