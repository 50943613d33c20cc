"""A backtest as text: per date the interval, what was expected in it, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.pictures.bars import axis_end
from churnkit.pictures.text_table import align_rows

BAR = 48  # characters of the axis
EXPECTED, INSIDE, OUTSIDE, LAST, REACH = "┃", "●", "○", "·", "─"
LEGEND = (
    f"{REACH} interval; {EXPECTED} expected; {INSIDE} what happened, {OUTSIDE} outside the interval; "
    f"{LAST} with the rate of the date before"
)
CUSTOMERS = ("observed", "expected", "expected_low", "expected_high", "expected_last_rate")
MONEY = (
    "observed_loss", "expected_loss", "expected_loss_low", "expected_loss_high", "expected_loss_last_rate",
)  # fmt: skip


def draw(records: Sequence[dict[str, Any]], sentences: Sequence[str], scale: float = 1.0) -> str:
    """records: of `date_records`. sentences: the totals. scale: of the axis."""
    lines = [*sentences, "", *_panel(records, CUSTOMERS, "left", scale)]
    if records and "observed_loss" in records[0]:
        lines += ["", *_panel(records, MONEY, "lost", scale)]
    return "\n".join([*lines, "", LEGEND])


def _panel(records: Sequence[dict[str, Any]], names: Sequence[str], title: str, scale: float) -> list[str]:
    """One line per date, on an axis from 0. names: of the fields. title: of what happened."""
    width = round(BAR * scale)
    observed_, expected_, _, high_, last_ = names
    most = axis_end(
        [record[name] for record in records for name in (observed_, expected_, last_)],
        [record[high_] for record in records],
    )
    rows = [["as_of", "expected", title, "", ""]]
    for record in records:
        observed, expected, low, high, _ = (record[name] for name in names)
        is_inside = low <= observed <= high
        rows.append(
            [
                record["as_of"],
                f"{expected:,.0f}",
                f"{observed:,.0f}",
                _axis(record, names, most, width, is_inside),
                "" if is_inside else f"outside {low:,.0f} to {high:,.0f}",
            ]
        )
    return align_rows(rows, f"<  >8  >6  <{width}  <")


def _axis(record: dict[str, Any], names: Sequence[str], most: float, width: int, is_inside: bool) -> str:
    """The marks of a date; an interval that is longer than the axis ends with an arrow."""
    if not width or most <= 0:
        return ""

    def place(value: float) -> int:
        return min(max(round(value / most * (width - 1)), 0), width - 1)

    observed, expected, low, high, last = (record[name] for name in names)
    cells = [" "] * width
    for at in range(place(low), place(high) + 1):
        cells[at] = REACH
    if high > most:
        cells[-1] = "▶"
    cells[place(last)] = LAST
    cells[place(expected)] = EXPECTED
    cells[place(observed)] = INSIDE if is_inside else OUTSIDE
    return "".join(cells).rstrip()


def draw_ages(records: Sequence[dict[str, Any]]) -> str:
    """How a model ages: one line per age. records: of `age_records`."""
    rows = [["age, days", "dates", "auc", "beside a new model", "observed / expected", "", "a new model"]]
    for record in records:
        ratio, fresh = record["observed_over_expected"], record["observed_over_expected_fresh"]
        rows.append(
            [
                f"{record['age_days']:,}",
                f"{record['dates']:,}",
                _figure(record["auc"], ".3f"),
                _with_interval(record, "auc_change", "+.3f") if record["age"] else "",
                _figure(ratio, ".2f"),
                _interval(record, "observed_over_expected", ".2f"),
                _figure(fresh, ".2f"),
            ]
        )
    return "\n".join(align_rows(rows, ">  >  >6  <  >  <  >"))


def _figure(value: float | None, form: str) -> str:
    return "unknown" if value is None else f"{value:{form}}"


def _interval(record: dict[str, Any], name: str, form: str) -> str:
    low, high = record[f"{name}_low"], record[f"{name}_high"]
    return "" if low is None else f"{low:{form}} to {high:{form}}"


def _with_interval(record: dict[str, Any], name: str, form: str) -> str:
    return f"{_figure(record[name], form)}  {_interval(record, name, form)}".rstrip()
