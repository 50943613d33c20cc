"""The columns that features need are found by their slugs, or the error names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnkit import features
from churnkit.errors import ChurnkitError
from churnkit.eventlog.reading import LogRoles
from churnkit.features.reading import NeededColumns, needed_columns
from churnkit.tables.table import Table

ROLES = LogRoles("customer_id", "timestamp", "event", "amount")


def _table(folder: Path, text: str) -> Table:
    path = folder / "log.csv"
    path.write_text(text)
    return Table([str(path)])


def test_a_feature_of_a_missing_column_is_an_error(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,price\na,2024-01-01,1\n")
    with pytest.raises(ChurnkitError, match="did you mean 'price'"):
        needed_columns(table, ROLES, features.parse_all(["prise_sum_30d"]))


def test_a_column_is_found_by_its_slug(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,Unit Price\na,2024-01-01,1\n")
    needed = needed_columns(table, ROLES, features.parse_all(["unit_price_sum_30d"]))
    assert needed.numbers == {"unit_price": "Unit Price"}


def test_by_default_every_other_column_is_text(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,event,amount,Plan Type,!!\na,2024-01-01,x,1,y,z\n")
    needed = needed_columns(table, ROLES, None)
    assert needed == NeededColumns({"amount": "amount"}, {"plan_type": "Plan Type"}, {})


def test_a_column_may_be_needed_as_a_number_and_as_a_text(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,seats\na,2024-01-01,02\n")
    wanted = features.parse_all(["seats_sum_30d", "seats_last", "seats_distinct_30d"])
    seats = {"seats": "seats"}
    assert needed_columns(table, ROLES, wanted) == NeededColumns(seats, seats, {})


def test_a_column_is_not_both_a_date_and_a_number(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp,due\na,2024-01-01,2024-05-01\n")
    with pytest.raises(ChurnkitError, match="'due' cannot be both"):
        needed_columns(table, ROLES, features.parse_all(["due_sum_30d", "due_in_days"]))


def test_the_last_of_the_time_column_is_refused(tmp_path: Path) -> None:
    table = _table(tmp_path, "customer_id,timestamp\na,2024-01-01\n")
    with pytest.raises(ChurnkitError, match="recency_days"):
        needed_columns(table, ROLES, features.parse_all(["timestamp_last"]))
