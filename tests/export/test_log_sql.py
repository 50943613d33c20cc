"""An event log in DuckDB: the names of its events and columns, and what cannot be read from it."""

from __future__ import annotations

import random

import duckdb
import pytest

from churnkit.columns import slug
from churnkit.errors import ChurnkitError
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.log_sql import fill
from tests.export.event_tables import (
    database_of,
    log_of,
    question_of,
    rows_of,
    sql_of,
)


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
