"""The features as SQL, run in DuckDB, against featurize."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.log_sql import Dates
from churnkit.export.table_sql import feature_table
from tests.export.event_tables import (
    DATES,
    NAMES,
    database_of,
    featurized,
    largest_difference,
    log_of,
    question_of,
    random_log,
    rows_of,
    sql_of,
)

TARGETS = [
    (None, "America/Havana"),
    ("churned_30d_after_7d_of_60d", "Europe/Berlin"),
    ("churned_without_login_or_purchase_30d_from_join", "UTC"),
    ("churned_cancel_30d", "Asia/Beirut"),
    ("churned_cancel_30d_after_7d", "UTC"),
    ("churned_cancel_without_purchase_30d_of_30d_from_join", "UTC"),
]


@pytest.mark.parametrize(("target", "zone"), TARGETS)
def test_customers_features_and_label_are_those_of_featurize(
    target: str | None, zone: str, tmp_path: Path
) -> None:
    names = [*NAMES, *(["due_in_days"] if zone == "UTC" else [])]
    rows = random_log(len(str(target)), zone)
    expected = featurized(rows, names, target, zone, tmp_path)
    random.Random(1).shuffle(rows)
    found = rows_of(database_of(rows), sql_of(question_of(names, target, zone), log_of(zone)))
    assert len(expected) > 3
    assert largest_difference(found, expected) <= 1e-9


@pytest.mark.parametrize("target", ["churned_30d", "churned_cancel_30d"])
def test_events_from_as_of_on_change_nothing(target: str) -> None:
    rows = random_log(3)
    question = replace(question_of(NAMES, target, has_label=False))
    sql = sql_of(replace(question, dates=Dates(question.dates.known[1:])))  # type: ignore[index]
    before = [row for row in rows if row[1] < str(DATES[1])]
    assert len(before) < len(rows)
    assert rows_of(database_of(rows), sql) == rows_of(database_of(before), sql) != []


@pytest.mark.parametrize("target", ["churned_30d", "churned_cancel_30d"])
def test_rows_without_a_customer_or_a_time_are_not_read(target: str) -> None:
    database, sql = database_of(random_log(8, size=60)), sql_of(question_of(NAMES, target))
    before = rows_of(database, sql)
    without = "(NULL, '2024-03-30', 'login'), ('', '2024-03-30', 'login'), ('7', NULL, 'cancel')"
    database.execute(f"INSERT INTO events (customer_id, timestamp, event) VALUES {without}")
    assert rows_of(database, sql) == before != []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_text_of_every_dialect_reads_back_as_the_same_query(dialect: str) -> None:
    target, zone = "churned_cancel_30d_after_7d", "Europe/Berlin"
    question = question_of(NAMES, target, zone)
    tree = sqlglot.parse_one(sql_of(question, log_of(zone), dialect), read=dialect)
    assert isinstance(tree, exp.Select)
    assert tree.named_selects == ["customer_id", "as_of", *map(str, question.features), target]
    again = tree.sql(dialect, comments=False)
    assert sqlglot.parse_one(again, read=dialect).sql(dialect, comments=False) == again


@pytest.mark.parametrize(
    ("names", "target", "has_ties"),
    [
        (["event_count_30d"], "churned_30d", False),
        (["event_count_30d"], "churned_cancel_30d", True),
        (["plan_last"], "churned_30d", True),
    ],
)
def test_the_order_of_rows_at_one_time_decides_a_churn_event_and_a_latest_value(
    names: list[str], target: str, *, has_ties: bool
) -> None:
    written = feature_table(question_of(names, target), log_of(order_by=None), DIALECTS["duckdb"])
    assert written.has_ties == has_ties


def test_a_table_with_the_name_of_a_step_is_read() -> None:
    database = database_of(random_log(6, size=30))
    database.execute("ALTER TABLE events RENAME TO dates")
    log = replace(log_of(), table=syntax.table("dates"))
    assert rows_of(database, sql_of(question_of(["event_count_30d"], "churned_30d"), log))
