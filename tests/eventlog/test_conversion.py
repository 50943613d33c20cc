"""A table as an event log: one row per event as pandas reads it; subscriptions as the total of each day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnkit import messages
from churnkit.errors import ChurnkitError
from churnkit.eventlog.conversion import (
    EventSource,
    TableRoles,
    convert_events,
    convert_subscriptions,
    open_source,
)
from churnkit.tables.table import Reading

FIRST = date(2024, 1, 1)
SUBSCRIPTIONS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.none() | st.integers(1, 20), st.integers(1, 900)),
    min_size=1,
    max_size=12,
)


def _source(folder: Path, text: str, roles: TableRoles, keep: tuple[str, ...] = ()) -> EventSource:
    path = folder / "table.csv"
    path.write_text(text)
    return open_source([str(path)], Reading(), roles, set(), keep)


def test_an_event_keeps_its_instant_its_amount_and_its_place(tmp_path: Path) -> None:
    text = (
        "who,at,what,paid,plan\n"
        "b,2024-05-01T10:00:00+02:00,buy,1.50,x\n"
        "a,2024-04-30T23:59:59.25Z,,,\n"
        "b,2024-05-01,login,-3,y\n"
    )
    source = _source(tmp_path, text, TableRoles("who", "at", "what", "paid"), ("plan",))
    log = pl.concat(convert_events(source, None))
    table = pd.read_csv(source.table.paths[0], dtype=str)
    assert log.columns == ["customer_id", "timestamp", "event", "amount", "recurring", "plan"]
    assert log["customer_id"].to_list() == table["who"].to_list()
    assert list(pd.to_datetime(log["timestamp"].to_list(), utc=True, format="ISO8601")) == list(
        pd.to_datetime(table["at"], utc=True, format="ISO8601")
    )
    for name, column in (("event", "what"), ("amount", "paid"), ("plan", "plan")):
        assert log[name].to_list() == [None if text != text else text for text in table[column]]


def test_a_name_for_every_event_overrides_the_column(tmp_path: Path) -> None:
    source = _source(tmp_path, "who,at,what\na,2024-05-01,buy\n", TableRoles("who", "at", "what", None))
    assert pl.concat(convert_events(source, "ticket"))["event"].to_list() == ["ticket"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=SUBSCRIPTIONS)
def test_recurring_is_the_total_of_running_subscriptions(
    tmp_path: Path, rows: list[tuple[str, int, int | None, int]]
) -> None:
    lines = ["who,from,to,fee"]
    for who, start, length, cents in rows:
        end = "" if length is None else FIRST + timedelta(days=start + length)
        lines.append(f"{who},{FIRST + timedelta(days=start)},{end},{cents / 100:.2f}")
    roles = TableRoles("who", "at", "event", "fee", start="from", end="to")
    source = _source(tmp_path, "\n".join(lines) + "\n", roles)
    log = convert_subscriptions(source, 0, str(FIRST + timedelta(days=70)), "UTC")
    for who in {row[0] for row in rows}:
        own = log.filter(pl.col("customer_id") == who)
        for day in range(70):
            today = str(FIRST + timedelta(days=day))
            known = own.filter(pl.col("timestamp").str.head(10) <= today)["recurring"].to_list()
            runs = [
                cents
                for name, start, length, cents in rows
                if name == who and start <= day and (length is None or day < start + length)
            ]
            assert round(100 * float(known[-1] if known else 0)) == sum(runs)


def test_a_column_name_of_the_event_log_cannot_be_kept(tmp_path: Path) -> None:
    with pytest.raises(ChurnkitError, match="--keep 'event'"):
        _source(tmp_path, "who,at,event\n", TableRoles("who", "at", "event", None), ("event",))


def test_a_subscription_that_ends_before_it_starts_is_refused_with_its_line(tmp_path: Path) -> None:
    roles = TableRoles("who", "at", "event", None, start="from", end="to")
    text = "who,from,to\na,2024-01-01,2024-01-01\na,2024-01-02,2024-01-01\n"
    with pytest.raises(ChurnkitError, match=r"table\.csv:3: column 'to'"):
        convert_subscriptions(_source(tmp_path, text, roles), 0, None, "UTC")


def test_starts_and_ends_after_the_end_of_the_log_are_left_out_and_reported(tmp_path: Path) -> None:
    roles = TableRoles("who", "at", "plan", None, start="from", end="to")
    text = "who,from,to\na,2024-01-01,2024-03-01\na,2024-02-01,\nb,2024-01-05,2024-01-09\n"
    messages.begin()
    log = convert_subscriptions(_source(tmp_path, text, roles), 0, "2024-02-01", "UTC")
    codes = [(note["code"], note["count"], note["column"]) for note in messages.records()[1]]
    assert [*zip(log["customer_id"], log["event"], strict=True)] == [
        ("a", "started"), ("b", "started"), ("b", "ended"),
    ]  # fmt: skip
    assert codes == [("not-happened", 2, None)]


@pytest.mark.parametrize("start", [None, "from"])
def test_a_column_that_no_row_of_a_jsonl_has_is_reported(tmp_path: Path, start: str | None) -> None:
    path = tmp_path / "table.jsonl"
    path.write_text('{"who": "a", "at": "2024-01-01", "from": "2024-01-01"}\n')
    roles = TableRoles("who", "at", None, None, start=start)
    source = open_source([str(path)], Reading(), roles, set(), ("paln",))
    messages.begin()
    if start is None:
        assert pl.concat(convert_events(source, "x")).height == 1
    else:
        assert convert_subscriptions(source, 0, None, "UTC").height == 1
    assert [(note["code"], note["column"]) for note in messages.records()[1]] == [("unknown-column", "paln")]


def test_a_time_has_decimals_only_where_it_has_a_fraction_of_a_second(tmp_path: Path) -> None:
    text = "who,at\na,2024-05-01T10:00:07Z\na,2024-05-01T10:00:07.5Z\n"
    log = pl.concat(convert_events(_source(tmp_path, text, TableRoles("who", "at", None, None)), "x"))
    assert log["timestamp"].to_list() == ["2024-05-01T10:00:07", "2024-05-01T10:00:07.500000"]
