"""The features as SQL, run in DuckDB, against featurize."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from churnkit import features
from churnkit.columns import slug
from churnkit.errors import ChurnkitError
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.log_sql import Dates, fill
from churnkit.features import FEATURES
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


def test_without_an_order_column_the_largest_value_and_the_return_win_whatever_the_order_of_rows() -> None:
    rows = random_log(4)
    question = question_of(["amount_last", "plan_last", "event_count_30d"], "churned_cancel_30d")
    sql = sql_of(question, log_of(order_by=None))
    found = [rows_of(database_of(some), sql) for some in (rows, rows[::-1])]
    assert found[0] == found[1] != []


def test_a_standard_deviation_keeps_its_digits_beside_a_large_mean(tmp_path: Path) -> None:
    rows = [("7", f"2024-03-{day:02}", "x", f"{10**9 + day / 7}", "", "", "0") for day in range(10, 30)]
    names = ["amount_std_30d"]
    expected = featurized(rows, names, None, "UTC", tmp_path)
    found = rows_of(database_of(rows), sql_of(question_of(names, None)))
    assert largest_difference(found, expected) <= 1e-9


def test_the_label_is_unknown_where_the_log_ends_too_early_and_until_says_where_it_ends() -> None:
    rows = [row for row in random_log(5) if row[1] < "2024-05-01"]
    question = question_of(["recency_days"], "churned_30d")
    known = {row["as_of"]: row["churned_30d"] for row in rows_of(database_of(rows), sql_of(question))}
    assert known[DATES[0]] is not None
    assert known[DATES[1]] is None
    far = replace(question, log_end=2 * 10**15)
    assert all(row["churned_30d"] is not None for row in rows_of(database_of(rows), sql_of(far)))


def test_the_slug_of_an_event_in_duckdb_is_that_of_featurize() -> None:
    rng = random.Random(7)
    names = ["".join(rng.choices("aZé中²_ -.,'\\\n\"{}%$/ß0🙂", k=rng.randrange(1, 9))) for _ in range(300)]
    text = fill(DIALECTS["duckdb"].slug, DIALECTS["duckdb"], x=syntax.column("name")).sql("duckdb")
    asked = f"SELECT name, {text} FROM (SELECT unnest(?::TEXT[]) AS name)"
    assert duckdb.execute(asked, [names]).fetchall() == [(name, slug(name)) for name in names]


def test_an_exact_name_is_the_only_one_that_is_that_event() -> None:
    odd = 'it\'s {{ x }} \\ "y"\n%'
    rows = [("7", "2024-03-20", name, "", "", "", "0") for name in ("Support Call", "support-call", odd)]
    log = log_of(event_names={"support_call": ["Support Call"], "odd": [odd]})
    names = ["support_call_count_30d", "odd_count_30d", "event_count_30d"]
    row = rows_of(database_of(rows), sql_of(question_of(names, None), log))[0]
    assert [row[name] for name in names] == [1, 1, 3]


def test_a_column_may_have_another_name_than_in_the_feature() -> None:
    database = database_of([("7", "2024-03-20", "x", "2.5", "pro", "", "0")])
    database.execute('ALTER TABLE events RENAME plan TO "Plan ""Type"""')
    log = log_of(column_names={"plan_type": 'Plan "Type"'})
    assert rows_of(database, sql_of(question_of(["plan_type_last"], None), log))[0]["plan_type_last"] == "pro"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_text_of_every_dialect_reads_back_as_the_same_query(dialect: str) -> None:
    target, zone = "churned_cancel_30d_after_7d", "Europe/Berlin"
    question = question_of(NAMES, target, zone)
    tree = sqlglot.parse_one(sql_of(question, log_of(zone), dialect), read=dialect)
    assert isinstance(tree, exp.Select)
    assert tree.named_selects == ["customer_id", "as_of", *map(str, question.features), target]
    again = tree.sql(dialect, comments=False)
    assert sqlglot.parse_one(again, read=dialect).sql(dialect, comments=False) == again


def test_every_family_has_its_formula_in_sql_and_one_without_gives_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert all(family.sql for family in FEATURES)
    monkeypatch.setattr("churnkit.features.FEATURES", (replace(FEATURES[0], sql=""),))
    with pytest.raises(
        ChurnkitError, match=r"event_count_30d.*cannot be written in SQL.*--drop event_count_30d"
    ):
        sql_of(question_of(["event_count_30d"], None))


@pytest.mark.parametrize(
    ("names", "zone", "dialect", "words"),
    [
        (["due_in_days"], "Europe/Berlin", "duckdb", "--tz UTC"),
        (["käufe_count_30d"], "UTC", "postgres", "--event-name käufe="),
        (["timestamp_last"], "UTC", "duckdb", "recency_days"),
    ],
)
def test_what_cannot_be_written_gives_one_line(names: list[str], zone: str, dialect: str, words: str) -> None:
    with pytest.raises(ChurnkitError, match=words):
        sql_of(question_of(names, None, zone), log_of(zone), dialect)


def test_a_table_with_the_name_of_a_step_is_read() -> None:
    database = database_of(random_log(6, size=30))
    database.execute("ALTER TABLE events RENAME TO dates")
    log = replace(log_of(), table=syntax.table("dates"))
    assert rows_of(database, sql_of(question_of(["event_count_30d"], "churned_30d"), log))


def test_names_of_features_in_the_sql_are_those_of_the_features() -> None:
    names = [str(feature) for feature in features.parse_all(NAMES)]
    sql = sql_of(question_of(NAMES, None))
    assert all(f'"{name}"' in sql for name in names)
