"""A query as lines: what people read, and the same query."""

from __future__ import annotations

import pytest
import sqlglot

from churnkit.export.layout import WIDTH, lines_of

LONG = " + ".join(
    f"CASE WHEN x < {k} THEN {k} ELSE CASE WHEN y IS NULL THEN 1 ELSE z_of_this_row END END" for k in range(4)
)
QUERIES = [
    "SELECT 1 AS x",
    f"WITH a AS (SELECT {LONG} AS s, x FROM t WHERE x > 1), b AS (SELECT * FROM a) SELECT s FROM b ORDER BY s",
    "SELECT t.x, COUNT(*) AS n FROM t LEFT JOIN u ON t.x = u.x WHERE u.x IS NULL GROUP BY t.x HAVING COUNT(*) > 1",
    f"SELECT CAST(ROUND({LONG}, 6) AS DECIMAL(18, 6)) AS s, CAST(x AS TEXT) AS t FROM t",
    "SELECT DISTINCT x FROM t LIMIT 3",
    "SELECT x FROM t UNION ALL SELECT y FROM u",
    "SELECT 'a\n  b' AS x, CASE x WHEN 1 THEN 'c\nd' END AS y FROM (SELECT 'e\nf' AS x)",
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_the_lines_are_the_same_query(query: str) -> None:
    tree = sqlglot.parse_one(query, read="duckdb")
    assert sqlglot.parse_one("\n".join(lines_of(tree, "duckdb")), read="duckdb") == tree


def test_a_column_is_a_line_and_a_long_case_has_a_line_per_branch() -> None:
    tree = sqlglot.parse_one(f"SELECT x, {LONG} AS s FROM t", read="duckdb")
    lines = list(lines_of(tree, "duckdb"))
    assert lines[:4] == [
        "SELECT",
        "  x,",
        "  CASE WHEN x < 0 THEN 0 ELSE CASE WHEN y IS NULL THEN 1 ELSE z_of_this_row END END",
        "  + CASE WHEN x < 1 THEN 1 ELSE CASE WHEN y IS NULL THEN 1 ELSE z_of_this_row END END",
    ]
    assert lines[-2:] == [
        "  + CASE WHEN x < 3 THEN 3 ELSE CASE WHEN y IS NULL THEN 1 ELSE z_of_this_row END END AS s",
        "FROM t",
    ]
    branches = " ".join(f"WHEN x < {k} THEN {k}" for k in range(20))
    (case,) = [list(lines_of(sqlglot.parse_one(f"SELECT CASE {branches} END AS s"), "duckdb"))]
    assert case == ["SELECT", "  CASE", *(f"    WHEN x < {k} THEN {k}" for k in range(20)), "  END AS s"]
    assert max(map(len, case)) <= WIDTH


def test_a_cte_comes_after_its_comment() -> None:
    tree = sqlglot.parse_one("WITH a AS (SELECT 1 AS x) SELECT x FROM a")
    tree.ctes[0].comments = ["one number"]
    assert list(lines_of(tree, "duckdb")) == [
        "-- one number",
        "WITH a AS (",
        "  SELECT",
        "    1 AS x",
        ")",
        "SELECT",
        "  x",
        "FROM a",
    ]
