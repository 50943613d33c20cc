"""Who is in the table and who churned as SQL, where the order of rows or the end of the log decides."""

from __future__ import annotations

from dataclasses import replace

from tests.export.event_tables import (
    DATES,
    database_of,
    log_of,
    question_of,
    random_log,
    rows_of,
    sql_of,
)


def test_without_an_order_column_the_largest_value_and_the_return_win_whatever_the_order_of_rows() -> None:
    rows = random_log(4)
    question = question_of(["amount_last", "plan_last", "event_count_30d"], "churned_cancel_30d")
    sql = sql_of(question, log_of(order_by=None))
    found = [rows_of(database_of(some), sql) for some in (rows, rows[::-1])]
    assert found[0] == found[1] != []


def test_the_label_is_unknown_where_the_log_ends_too_early_and_until_says_where_it_ends() -> None:
    rows = [row for row in random_log(5) if row[1] < "2024-05-01"]
    question = question_of(["recency_days"], "churned_30d")
    known = {row["as_of"]: row["churned_30d"] for row in rows_of(database_of(rows), sql_of(question))}
    assert known[DATES[0]] is not None
    assert known[DATES[1]] is None
    far = replace(question, log_end=2 * 10**15)
    assert all(row["churned_30d"] is not None for row in rows_of(database_of(rows), sql_of(far)))


def test_the_label_is_known_from_an_event_on_the_last_day_of_its_window_on() -> None:
    rows = [row for row in random_log(5) if row[1] < "2024-05-20"]
    sql = sql_of(question_of(["recency_days"], "churned_30d"))
    for last, is_known in (("2024-05-28 23:59:59.999999", False), ("2024-05-29 00:00:00", True)):
        log = [*rows, ("7", last, "login", "", "", "", "999")]
        found = [row for row in rows_of(database_of(log), sql) if row["as_of"] == DATES[1]]
        assert {row["churned_30d"] is not None for row in found} == {is_known}
