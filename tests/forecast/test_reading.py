"""Rows of `measure` as histories; a table of another shape is one line that says what to type."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli, messages
from churnkit.errors import ChurnkitError
from churnkit.forecast.reading import Measured, read_histories
from churnkit.tables.table import Reading
from tests.measured import FIELDS, history, lines

ROWS = lines(history([(50, 5, 0.1)] * 8), incomplete=1)


def _read(tmp_path: Path, rows: list[str], every: str | None = None) -> Measured:
    path = tmp_path / "months.csv"
    path.write_text("\n".join(rows) + "\n")
    return read_histories([str(path)], Reading(), every)


def test_the_complete_periods_are_the_history(tmp_path: Path) -> None:
    known = history([(50, 5, 0.1)] * 8)
    messages.begin()
    measured = _read(tmp_path, ROWS)
    assert measured.step == "1mo"
    assert measured.by == []
    (read,) = measured.histories
    assert read.days == known.days[:-1]
    for name in ("customers", "arriving", "churned", "end", "revenue", "revenue_churned"):
        assert np.array_equal(getattr(read, name), getattr(known, name)[:-1])
    assert [note["code"] for note in messages.records()[1]] == ["incomplete-rows"]


def test_rows_in_any_order_are_the_same_history(tmp_path: Path) -> None:
    turned = _read(tmp_path, [ROWS[0], *ROWS[:0:-1]])
    assert turned.histories[0].days == _read(tmp_path, ROWS).histories[0].days
    assert np.array_equal(turned.histories[0].churned, _read(tmp_path, ROWS).histories[0].churned)


def test_an_incomplete_last_row_changes_nothing(tmp_path: Path) -> None:
    (with_it,), (without,) = (_read(tmp_path, rows).histories for rows in (ROWS, ROWS[:-1]))
    assert with_it.days == without.days
    assert np.array_equal(with_it.end, without.end)


def test_a_history_begins_with_the_first_customers(tmp_path: Path) -> None:
    empty = ["2019-11-01,0,0,0,0,0,0,0,true", "2019-12-01,0,1000,0,0,1000,0,0,true"]
    (read,) = _read(tmp_path, [ROWS[0], *empty, *ROWS[1:]]).histories
    assert read.days[0] == date(2020, 1, 1)


def test_groups_of_measure_are_groups_of_the_forecast(tmp_path: Path) -> None:
    log, months = tmp_path / "events.csv", tmp_path / "months.csv"
    assert cli.run(["simulate", "-q", "--customers", "300", "-o", str(log)]) == 0
    assert cli.run(["measure", "-q", "--inactive", "30d", "--by", "plan", "-o", str(months), str(log)]) == 0
    measured = read_histories([str(months)], Reading())
    assert measured.by == ["plan"]
    assert [known.group for known in measured.histories] == [("basic",), ("plus",), ("premium",)]
    for known in measured.histories:
        assert known.end == pytest.approx(known.customers + known.arriving - known.churned)
        assert np.array_equal(known.customers[1:], known.end[:-1])


def test_a_period_without_a_row_has_none_of_the_group(tmp_path: Path) -> None:
    head = "period,plan,customers_start,new,returned,churned,customers_end,moved_in,moved_out,complete"
    rows = [f"2020-0{k}-01,a,{100 + k},1,0,0,{101 + k},0,0,true" for k in range(1, 7)]
    rows += [f"2020-0{k}-01,,10,0,0,5,5,0,0,true" for k in (2, 3, 5)]
    unnamed, _ = _read(tmp_path, [head, *rows]).histories
    assert unnamed.group == (None,)
    assert unnamed.customers.tolist() == [10, 10, 0, 10, 0]


@pytest.mark.parametrize(
    ("days", "step"),
    [
        (["2020-01-01", "2021-01-01"], "1y"),
        (["2020-04-01", "2020-07-01"], "1q"),
        (["2020-02-01", "2020-04-01"], "2mo"),
        (["2020-01-06", "2020-01-13"], "7d"),
        (["2020-01-01", "2020-01-31"], "30d"),
    ],
)
def test_the_step_is_the_distance_of_the_rows(tmp_path: Path, days: list[str], step: str) -> None:
    assert _read(tmp_path, [ROWS[0], *(f"{day},10,0,0,1,9,1,1,true" for day in days)]).step == step


def test_one_period_needs_its_length(tmp_path: Path) -> None:
    assert _read(tmp_path, ROWS[:2], "1y").histories[0].days == [date(2020, 1, 1)]
    with pytest.raises(ChurnkitError, match=r"one period only.*--every 1mo"):
        _read(tmp_path, ROWS[:2])


HEAD, ROW = ROWS[0], "2020-09-01,100,5,0,10,95,1000,90,true"
BAD = {
    "another table": (["cohort,since,retention", "2020-01-01,1,0.5"], "no column 'period'.*measure"),
    "no rows": ([HEAD], "no rows, so no complete period"),
    "nothing complete": ([HEAD, *(row.replace("true", "false") for row in ROWS[1:])], "no complete period"),
    "no customers": ([HEAD, "2020-01-01,0,0,0,0,0,0,0,true", "2020-02-01,0,0,0,0,0,0,0,true"], "no complete period has customers"),
    "a period is missing": ([*ROWS[:3], *ROWS[4:]], "the period 2020-03-01 is missing before 2020-04-01"),
    "a period twice": ([*ROWS, ROWS[3]], "the period 2020-03-01 occurs twice"),
    "not complete inside": ([*ROWS, ROW], "the period 2020-08-01 is not complete, but later ones are"),
    "no date": ([*ROWS, ROW.replace("2020-09-01", "Sep 2020")], r"csv:10: column 'period': 'Sep 2020' is not a date"),
    "no truth": ([*ROWS, ROW.replace("true", "")], r"csv:10: column 'complete': '' is not true or false"),
    "no number": ([*ROWS, ROW.replace(",10,", ",x,")], r"csv:10: column 'churned': 'x' is not a number"),
    "no count": ([*ROWS, ROW.replace(",10,", ",10.5,")], r"csv:10: column 'churned': a number of customers is a whole"),
    "empty": ([*ROWS, ROW.replace(",10,", ",,")], r"csv:10: column 'churned': a number of customers is a whole"),
    "more than all": ([*ROWS, ROW.replace(",10,", ",101,")], r"csv:10: more customers churned than there were"),
    "half the money": ([*ROWS, ROW.replace(",90,", ",,")], r"csv:10: only one of revenue_start and revenue_churned"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "words"), BAD.values(), ids=BAD)
def test_bad_rows_are_one_line(tmp_path: Path, rows: list[str], words: str) -> None:
    with pytest.raises(ChurnkitError, match=words):
        _read(tmp_path, rows)


def test_a_group_called_as_a_column_of_the_forecast_is_an_error(tmp_path: Path) -> None:
    head = ",".join(["period", "ahead", *FIELDS[1:6], "moved_in", "moved_out", "complete"])
    with pytest.raises(ChurnkitError, match="a group is called 'ahead'"):
        _read(tmp_path, [head, "2020-01-01,x,1,0,0,0,1,0,0,0,true"])
