"""The columns that features need are found by their slugs, or the error names them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from churnkit import features
from churnkit.errors import ChurnkitError
from churnkit.eventlog.reading import LogRoles
from churnkit.features.needed_columns import NeededColumns, needed_columns

ROLES = LogRoles("customer_id", "timestamp", "event", "amount")


def _needed(header: str, wanted: Sequence[str] | None) -> NeededColumns:
    asked = None if wanted is None else features.parse_all(wanted)
    return needed_columns(header.split(","), ROLES, asked, "log.csv")


def test_a_feature_of_a_missing_column_is_an_error() -> None:
    with pytest.raises(ChurnkitError, match=r"^log\.csv: .*did you mean 'price'"):
        _needed("customer_id,timestamp,price", ["prise_sum_30d"])


def test_a_column_is_found_by_its_slug() -> None:
    needed = _needed("customer_id,timestamp,Unit Price", ["unit_price_sum_30d"])
    assert needed.numbers == {"unit_price": "Unit Price"}


def test_by_default_every_other_column_is_text() -> None:
    needed = _needed("customer_id,timestamp,event,amount,Plan Type,!!", None)
    assert needed == NeededColumns({"amount": "amount"}, {"plan_type": "Plan Type"}, {})


def test_a_column_may_be_needed_as_a_number_and_as_a_text() -> None:
    needed = _needed("customer_id,timestamp,seats", ["seats_sum_30d", "seats_last", "seats_distinct_30d"])
    assert needed == NeededColumns({"seats": "seats"}, {"seats": "seats"}, {})


def test_a_column_is_not_both_a_date_and_a_number() -> None:
    with pytest.raises(ChurnkitError, match="'due' cannot be both"):
        _needed("customer_id,timestamp,due", ["due_sum_30d", "due_in_days"])


def test_the_last_of_the_time_column_is_refused() -> None:
    with pytest.raises(ChurnkitError, match="recency_days"):
        _needed("customer_id,timestamp", ["timestamp_last"])
