"""A table as an event log: its roles, the needed values, and bad event names with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnkit import features
from churnkit.errors import ChurnkitError
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.reading import LogRoles, find_roles, read_log
from churnkit.features.needed_columns import needed_columns
from churnkit.tables.table import Table

ROLES = LogRoles("customer_id", "timestamp", "event", "amount")


def _table(folder: Path, text: str) -> Table:
    path = folder / "log.csv"
    path.write_text(text)
    return Table([str(path)])


def _read(table: Table, *, dedupe: bool = False) -> EventLog:
    roles = find_roles(table, ROLES, set())
    needed = needed_columns(table.names, roles, None, table.name)
    return read_log(table, roles, needed.numbers, needed.texts, "UTC", dedupe, by_type=True)


def test_a_missing_default_column_is_not_used(tmp_path: Path) -> None:
    roles = find_roles(_table(tmp_path, "customer_id,timestamp\na,2024-01-01\n"), ROLES, set())
    assert (roles.event, roles.value) == (None, None)


def test_a_requested_column_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ChurnkitError, match="no column 'amount'"):
        find_roles(_table(tmp_path, "customer_id,timestamp\na,2024-01-01\n"), ROLES, {"value"})


def test_the_last_value_of_a_column_is_its_text_even_if_it_is_also_a_number(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,seats\na,2024-01-01,02\n")
    roles = find_roles(table, ROLES, set())
    needed = needed_columns(
        table.names, roles, features.parse_all(["seats_sum_30d", "seats_last"]), table.name
    )
    log = read_log(table, roles, needed.numbers, needed.texts, "UTC", dedupe=False)
    assert log.texts["seats"].to_list() == ["02"]
    assert log.values["seats"].tolist() == [2.0]


def test_by_default_a_column_is_what_all_its_values_are(tmp_path: Path) -> None:
    text = "customer_id,timestamp,recurring,due,seats,plan\n"
    text += "a,2024-01-01,9.5,2024-05-01,3,\nb,2024-01-01,,,x,\n"
    log = _read(_table(tmp_path, text))
    assert (list(log.values), list(log.dates), list(log.texts)) == (["recurring"], ["due"], ["seats", "plan"])
    mixed = _read(_table(tmp_path, text.replace("9.5,2024-05-01", "yes,never")))
    assert (list(mixed.values), list(mixed.dates)) == ([], [])


def test_an_event_that_cannot_be_named_is_an_error_with_its_line(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,event\na,2024-01-01,x\na,2024-01-01,!!!\n")
    with pytest.raises(ChurnkitError, match=r"log\.csv:3: the event '!!!'"):
        _read(table)


def test_dedupe_keeps_the_first_of_events_equal_in_every_column(tmp_path: Path) -> None:
    text = "customer_id,timestamp,event,extra\na,2024-01-01,x,1\na,2024-01-01,x,1\na,2024-01-01,x,2\n"
    assert len(_read(_table(tmp_path, text), dedupe=True).times) == 2
    assert len(_read(_table(tmp_path, text)).times) == 3


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",2024-01-01", "'customer_id': is empty"),
        ("a,", "'timestamp': is empty"),
        ("a,soon", "'timestamp': 'soon' is not a time"),
    ],
)
def test_an_event_needs_a_customer_and_a_time(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(ChurnkitError, match=f"log.csv:3: column {words}"):
        _read(_table(tmp_path, f"customer_id,timestamp\nb,2024-01-01\n{row}\n"))
