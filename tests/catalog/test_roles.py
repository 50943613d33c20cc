"""Roles of columns by names and values."""

from __future__ import annotations

import pytest

from churnkit.catalog.roles import RoleGuess, guess_roles, is_leaving
from tests.catalog.tables import numbers, table

DAYS = [f"2024-01-{day:02d}" for day in range(1, 21)]


def _roles(path: str = "t.csv", **columns: list[str | None]) -> RoleGuess:
    return guess_roles(table(path, columns))


def test_a_log_has_a_customer_more_than_once_and_a_time() -> None:
    roles = _roles(
        sessionId=numbers(20), userId=numbers(5) * 4, ts=DAYS, page=["a", "b"] * 10, length=numbers(20)
    )
    assert (roles.kind, roles.id, roles.time, roles.event, roles.value) == (
        "log",
        "userId",
        "ts",
        "page",
        "length",
    )


def test_a_table_with_a_target_and_a_customer_per_row_is_a_snapshot() -> None:
    roles = _roles(
        RowNumber=numbers(20), CustomerId=numbers(20, 100), account_length=numbers(20), Exited=["0", "1"] * 10
    )
    assert (roles.kind, roles.id, roles.target, roles.positive) == ("snapshot", "CustomerId", "Exited", None)


def test_a_start_and_an_end_are_subscriptions() -> None:
    roles = _roles(
        subscription_id=numbers(20),
        account_id=numbers(5) * 4,
        start_date=DAYS,
        end_date=[None] * 20,
        mrr=numbers(20),
    )
    assert (roles.kind, roles.id, roles.start, roles.end, roles.value) == (
        "subscriptions",
        "account_id",
        "start_date",
        "end_date",
        "mrr",
    )


def test_of_two_times_that_are_as_likely_the_one_with_fewer_empty_rows_is_the_time() -> None:
    paid = [*DAYS[:10], *([None] * 10)]
    assert _roles(user_id=numbers(5) * 4, paid_at=paid, created_at=DAYS).time == "created_at"
    assert _roles(user_id=numbers(5) * 4, paid_at=DAYS, created_at=DAYS).time == "paid_at"


def test_sessions_with_a_start_and_an_end_are_events() -> None:
    assert _roles("sessions.csv", user_id=numbers(5) * 4, start_time=DAYS, end_time=DAYS).kind == "log"


def test_a_measure_is_no_id() -> None:
    roles = _roles(account_length=numbers(20), churn=["yes", "no"] * 10)
    assert (roles.kind, roles.id) == ("snapshot", None)


def test_the_price_of_one_piece_is_the_last_choice_for_a_value() -> None:
    roles = _roles(customer_id=numbers(5) * 4, InvoiceDate=DAYS, UnitPrice=["2.5"] * 20, Quantity=numbers(20))
    assert roles.value == "Quantity"


def test_an_ambiguous_date_is_a_choice() -> None:
    roles = _roles(customer_id=numbers(2) * 2, date=["01/02/2024", "03/04/2024"] * 2)
    assert roles.time_format is None
    assert roles.unsure == {"time_format": ["%d/%m/%Y", "%m/%d/%Y"]}


@pytest.mark.parametrize(
    ("values", "positive", "choices"),
    [
        (["yes", "no"], None, []),
        (["Attrited Customer", "Existing Customer"], "Attrited Customer", []),
        (["Joined", "Stayed", "Churned"], "Churned", []),
        (["A", "B"], None, ["A", "B"]),
    ],
    ids=["words that mean yes", "a word that means left", "three values", "no telling"],
)
def test_the_value_that_means_churned(values: list[str], positive: str | None, choices: list[str]) -> None:
    roles = _roles(id=numbers(12), churn=(values * 6)[:12])
    assert (roles.target, roles.positive, roles.unsure.get("positive", [])) == ("churn", positive, choices)


def test_a_word_that_says_not_churned_does_not_mean_left() -> None:
    assert [is_leaving(word) for word in ("Churned", "not churned", "cancel", "stayed")] == [
        True,
        False,
        True,
        False,
    ]
