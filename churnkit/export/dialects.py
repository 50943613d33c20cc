"""The databases that `export` writes SQL for: DIALECTS has one row per database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """One database. Its SQL is written by sqlglot; the rest is what sqlglot does not know.

    name: in sqlglot. run: the command line that runs score.sql and writes CSV. is_exponent_double: whether
    1.5e0 is a double; else it is a decimal number, and a cast makes it one. is_nan_equal: whether NaN = NaN.
    rounds_doubles: whether ROUND takes a double and decimals. forbidden: characters that the name of a column
    cannot contain. name_bytes: a longer name is cut, or refused. text_bytes: the longest statement.
    substitutes: texts that the command line replaces, even inside a literal.
    """

    name: str
    run: str
    is_exponent_double: bool = True
    is_nan_equal: bool = True
    rounds_doubles: bool = True
    forbidden: str = ""
    name_bytes: int = 1_000_000
    text_bytes: int | None = None
    substitutes: tuple[str, ...] = ()


DIALECTS = {
    "duckdb": Dialect("duckdb", "duckdb -csv client.duckdb < score.sql"),
    "postgres": Dialect(
        "postgres", "psql --csv -f score.sql",
        is_exponent_double=False, rounds_doubles=False, name_bytes=63,
    ),
    "bigquery": Dialect(
        "bigquery", "bq query --nouse_legacy_sql --format=csv < score.sql",
        is_nan_equal=False, forbidden="!\"$()*,./;?@[\\]^`{}~\n\t", name_bytes=300, text_bytes=1_000_000,
    ),
    "snowflake": Dialect(
        "snowflake", "snow sql --format csv -f score.sql",
        is_exponent_double=False, name_bytes=255, text_bytes=1_000_000,
    ),
    "spark": Dialect("spark", "spark-sql -f score.sql", name_bytes=255, substitutes=("${",)),
}  # fmt: skip
