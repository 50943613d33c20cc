"""Random event logs with rows on and beside every border, as CSV for featurize and as a table of DuckDB."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from churnkit import cli, features, labels, windows
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.log_sql import Dates, LogTable
from churnkit.export.table_sql import TableQuestion, feature_table

HEADER = ("customer_id", "timestamp", "event", "amount", "plan", "due", "line")
TYPES = "customer_id text, timestamp timestamp, event text, amount double precision, plan text, due timestamp, line int"
DATES = [date(2024, 3, 31), date(2024, 4, 30)]
NAMES = [
    "event_count_30d",
    "event_count_7d",
    "event_rate_30d",
    "event_trend_7d",
    "active_days_7d",
    "active_days_30d",
    "login_count_30d",
    "support_call_count_30d",
    "never_count_7d",
    "support_call_share_7d",
    "amount_sum_7d",
    "amount_sum_30d",
    "amount_mean_30d",
    "amount_min_30d",
    "amount_max_7d",
    "amount_std_30d",
    "amount_trend_7d",
    "amount_per_active_day_30d",
    "plan_distinct_30d",
    "amount_distinct_30d",
    "recency_days",
    "tenure_days",
    "gap_mean_days",
    "gap_std_days",
    "recency_ratio",
    "purchase_recency_days",
    "never_recency_days",
    "amount_last",
    "plan_last",
]
_IDS = ["00123", "123", " 7", "7", "a,b", 'say "hi"', "1e3", "é", "Z", "a"]
_EVENTS = ["login", "login", "purchase", "Support Call", "support-call", "cancel", "cancel", "join", ""]
_AMOUNTS = ["", "0", "1", "2.5", "-3", "0.25", "-0.25", "1000000.5", "1e2", "0.1", "0.2", "-0.3"]
_PLANS, _DUES = ["", "basic", "pro", "00123", " "], ["", "2024-04-15 00:00:00", "2023-12-01 10:00:00"]
_BESIDE = [0, 0, -1, 1, 3_600_000_000]  # microseconds
Row = tuple[str, ...]


def random_log(seed: int, zone: str = "UTC", size: int = 150) -> list[Row]:
    """Rows by line, many at the same time, around the borders of the windows of DATES."""
    rng = random.Random(seed)
    borders = [day + timedelta(days) for day in DATES for days in (-60, -30, -14, -7, 0, 7, 30, 37)]
    rows = []
    for line in range(size):
        beside = rng.choice([*_BESIDE, rng.randrange(-(10**11), 10**11)])
        instant = windows.midnight(rng.choice(borders), zone) + beside
        time = (datetime(1970, 1, 1) + timedelta(microseconds=instant)).isoformat(" ")
        words = [rng.choice(some) for some in (_IDS, _EVENTS, _AMOUNTS, _PLANS, _DUES)]
        rows.append((words[0], time, *words[1:], str(line)))
    return rows


def text_of(rows: Sequence[Row]) -> str:
    """The log as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEADER, *rows])
    return out.getvalue()


def database_of(rows: Sequence[Row]) -> duckdb.DuckDBPyConnection:
    """A database with the table events, in a session in New York."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'America/New_York'")
    database.execute(f"CREATE TABLE events ({TYPES})")
    marks = ", ".join(f"({', '.join('?' * len(HEADER))})" for _ in rows)
    database.execute(f"INSERT INTO events VALUES {marks}", [value or None for row in rows for value in row])
    return database


def question_of(
    names: Sequence[str], target: str | None, zone: str = "UTC", has_label: bool = True
) -> TableQuestion:
    """These features at DATES, for the customers of a label, with the label."""
    label = labels.parse(target) if target else None
    dates = Dates([windows.as_of(day, zone) for day in DATES])
    return TableQuestion(features.parse_all(names), [], dates, label, has_label)


def log_of(zone: str = "UTC", order_by: str | None = "line", **more: Any) -> LogTable:
    """The table events; of its rows at one time the larger line is the later one."""
    roles = HEADER[0], HEADER[1], HEADER[2], HEADER[3]
    return LogTable(syntax.table("events"), *roles, order_by=order_by, zone=zone, **more)


def sql_of(question: TableQuestion, log: LogTable | None = None, dialect: str = "duckdb") -> str:
    """The features as SQL."""
    database = DIALECTS[dialect]
    return syntax.render(feature_table(question, log or log_of(), database).query, database)


def featurized(
    rows: Sequence[Row], names: Sequence[str], target: str | None, zone: str, folder: Path
) -> list[Any]:
    """The rows of featurize, each a dictionary of texts."""
    label = labels.parse(target) if target else None
    words = ["--as-of", ",".join(map(str, DATES)), "--tz", zone, "--features", ",".join(names)]
    if label is not None:
        words += ["--horizon", f"{label.horizon_days}d", "--lead", f"{label.lead_days}d"]
        words += ["--activity", ",".join(label.activity)] if label.activity else []
        words += ["--churn-event", label.churn_event] if label.churn_event else []
        words += ["--start-event", label.start_event] if label.start_event else []
        words += ["--active-within", f"{label.within_days}d"] if label.within_days else []
    log, out = folder / "log.csv", folder / "out.csv"
    log.write_text(text_of(rows), encoding="utf-8")
    assert cli.run(["featurize", "-q", *words, "-o", str(out), str(log)]) == 0
    return list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))


def largest_difference(found: Sequence[dict[str, Any]], expected: Sequence[dict[str, str]]) -> float:
    """|difference| / max(1, |value|) over all numbers; texts, empty values, rows and columns must be equal."""
    assert [list(row) for row in found] == [list(row) for row in expected]
    largest = 0.0
    for row, other in zip(found, expected, strict=True):
        for name, text in other.items():
            value = "" if row[name] is None else str(row[name])
            if value == text:
                continue
            assert "" not in (value, text), (name, value, text, other)
            assert name != "plan_last", (value, text, other)
            largest = max(largest, abs(float(value) - float(text)) / max(1.0, abs(float(text))))
    return largest


def rows_of(database: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a query."""
    cursor = database.execute(sql, *values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
