"""Rules evaluated: DuckDB judges the same rows by the same condition, as a CHECK constraint does."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from churnkit import windows
from churnkit.checks.rule_expressions import column_name, is_broken
from churnkit.checks.rules import parse_rules

NOW = windows.midnight(windows.parse_date("2024-06-01"))
TYPES = {"a": "number", "b": "number", "plan": "text", "start": "time", "end": "time"}
NUMBERS, WORDS = [None, -1.0, 0.0, 2.5], [None, "basic", "a.b", "it's"]
TIMES = [None, "2024-05-01", "2024-05-31 10:00:00", "2024-06-02"]
RULES = {  # rule → the condition in SQL
    "a > 0": "a > 0", "a > 0 unless plan = basic": "a > 0 OR plan = 'basic'", "a > b if plan != basic": "a > b OR NOT plan <> 'basic'",
    "a / b < 1": "a / NULLIF(b, 0) < 1", "not (a = b or b < 0)": "NOT (a = b OR b < 0)", "a between 0 and 3": "a BETWEEN 0 AND 3",
    "a not between 0 and 3": "a NOT BETWEEN 0 AND 3", "plan in (basic, 'it''s')": "plan IN ('basic', 'it''s')",
    "plan not in (basic)": "plan NOT IN ('basic')", "plan is empty": "plan IS NULL", "plan is not empty and a >= -1": "plan IS NOT NULL AND a >= -1",
    "plan matches '[a-z.]+'": "regexp_full_match(plan, '[a-z.]+')", "plan matches 'b|it.s'": "regexp_full_match(plan, 'b|it.s')",
    "length(plan) * 2 > 8": "length(plan) * 2 > 8",
    "end >= start": "\"end\" >= start", "end - start <= 30d": "\"end\" - start <= INTERVAL 30 DAY", "start + 1w < now": "start + INTERVAL 7 DAY < TIMESTAMP '2024-06-01'",
    "start != 2024-05-31T10:00": "start <> TIMESTAMP '2024-05-31 10:00'", "a = 250%": "a = 2.5", "a - -b < 2 * (a + 1)": "a - -b < 2 * (a + 1)",
    "a in (0, 2.5)": "a IN (0, 2.5)", "(end - start) / 1d > a": "epoch(\"end\" - start) / 86400 > a",
}  # fmt: skip


@pytest.fixture(scope="module")
def sql(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The same rows in DuckDB."""
    path = tmp_path_factory.mktemp("rules") / "rows.csv"
    rows.write_csv(path)
    connection = duckdb.connect()
    types = "{'a': 'DOUBLE', 'b': 'DOUBLE', 'plan': 'VARCHAR', 'start': 'TIMESTAMP', 'end': 'TIMESTAMP'}"
    connection.sql(f"CREATE TABLE rows AS FROM read_csv('{path}', columns = {types}, header = true)")
    return connection


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """All combinations of a few values."""
    frames = [pl.DataFrame({"a": NUMBERS}), pl.DataFrame({"b": NUMBERS}), pl.DataFrame({"plan": WORDS})]
    times = pl.Series(TIMES).str.replace(" ", "T").str.to_datetime(strict=False, time_unit="us")
    times = times.fill_null(pl.Series(TIMES).str.to_date(strict=False).cast(pl.Datetime("us")))
    frames += [pl.DataFrame({"start": times}), pl.DataFrame({"end": times})]
    joined = frames[0]
    for frame in frames[1:]:
        joined = joined.join(frame, how="cross")
    return joined


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_broken_where_sql_finds_the_condition_false(
    rule: str, rows: pl.DataFrame, sql: duckdb.DuckDBPyConnection
) -> None:
    parsed = parse_rules(rule, "rules", TYPES)[0]
    frame = rows.select(
        (pl.col(name).cast(pl.Int64) if kind == "time" else pl.col(name)).alias(column_name(name, kind))
        for name, kind in TYPES.items()
    )
    assert parsed.condition is not None
    broken = is_broken(parsed.condition, frame, NOW)
    expected = sql.sql(f"SELECT coalesce(NOT ({RULES[rule]}), false) FROM rows ORDER BY rowid").fetchall()
    assert broken.to_list() == [is_false for (is_false,) in expected]
    assert broken.any()
