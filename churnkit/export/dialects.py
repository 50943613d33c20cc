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
    substitutes: texts that the command line replaces, even inside a literal. placeholder: what stands for a
    value that a program binds to the name as_of. doubled: what is written twice where values are bound.
    sorts_twice: whether ORDER BY computes all rows twice, so that a table is created without it.

    Formulas in the words of the database: utc: of {x}, a date or a time with or without a zone, the time in
    UTC, without a zone. local: that of such an {x} in a {zone}. microseconds: from {a} to {b}. day: the days
    from 1970-01-01 to {x}. slug: the text {x} in lower case, with _ for all but letters and digits.
    has_all_letters: whether slug keeps the letters of all languages. bytewise: {x}, sorted by its bytes.
    """

    name: str
    run: str
    placeholder: str
    utc: str
    local: str
    microseconds: str
    day: str
    slug: str
    has_all_letters: bool = True
    bytewise: str = "{x}"
    doubled: str = ""
    is_exponent_double: bool = True
    is_nan_equal: bool = True
    rounds_doubles: bool = True
    forbidden: str = ""
    name_bytes: int = 1_000_000
    text_bytes: int | None = None
    substitutes: tuple[str, ...] = ()
    sorts_twice: bool = False


DIALECTS = {
    "duckdb": Dialect(
        "duckdb", "duckdb -csv client.duckdb < score.sql", "$as_of",
        utc="MAKE_TIMESTAMP(EPOCH_US({x}))",
        local="({x} AT TIME ZONE 'UTC') AT TIME ZONE {zone}",
        microseconds="DATE_DIFF('MICROSECOND', {a}, {b})",
        day="CAST({x} AS DATE) - CAST('1970-01-01' AS DATE)",
        slug=r"TRIM(REGEXP_REPLACE(LOWER({x}), '[^\p{{L}}\p{{N}}]+', '_', 'g'), '_')",
    ),
    "postgres": Dialect(
        "postgres", "psql --csv -f score.sql", "%(as_of)s",
        utc="TO_TIMESTAMP(EXTRACT(EPOCH FROM {x})) AT TIME ZONE 'UTC'",
        local="({x} AT TIME ZONE 'UTC') AT TIME ZONE {zone}",
        microseconds="EXTRACT(EPOCH FROM {b} - {a}) * 1000000",
        day="CAST({x} AS DATE) - CAST('1970-01-01' AS DATE)",
        slug="TRIM(BOTH '_' FROM REGEXP_REPLACE(LOWER({x}), '[^[:alnum:]]+', '_', 'g'))",
        has_all_letters=False, bytewise='{x} COLLATE "C"', doubled="%",
        is_exponent_double=False, rounds_doubles=False, name_bytes=63,
    ),
    "bigquery": Dialect(
        "bigquery", "bq query --nouse_legacy_sql --format=csv < score.sql", "@as_of",
        utc="CAST({x} AS DATETIME)",
        local="DATETIME(TIMESTAMP({x}, 'UTC'), {zone})",
        microseconds="DATETIME_DIFF({b}, {a}, MICROSECOND)",
        day="DATE_DIFF(CAST({x} AS DATE), CAST('1970-01-01' AS DATE), DAY)",
        slug=r"TRIM(REGEXP_REPLACE(LOWER({x}), r'[^\p{{L}}\p{{N}}]+', '_'), '_')",
        is_nan_equal=False, forbidden="!\"$()*,./;?@[\\]^`{}~\n\t", name_bytes=300, text_bytes=1_000_000,
    ),
    "snowflake": Dialect(
        "snowflake", "snow sql --format csv -f score.sql", ":as_of",
        utc="DATEADD(MICROSECOND, DATE_PART(EPOCH_MICROSECOND, {x}), CAST('1970-01-01' AS TIMESTAMP_NTZ))",
        local="CONVERT_TIMEZONE('UTC', {zone}, {x})",
        microseconds="DATEDIFF(MICROSECOND, {a}, {b})",
        day="DATEDIFF(DAY, CAST('1970-01-01' AS DATE), CAST({x} AS DATE))",
        slug="TRIM(REGEXP_REPLACE(LOWER({x}), '[^[:alnum:]]+', '_'), '_')",
        has_all_letters=False, is_exponent_double=False, name_bytes=255, text_bytes=1_000_000,
    ),
    "spark": Dialect(
        "spark", "spark-sql -f score.sql", ":as_of",
        utc=(
            "CASE TYPEOF({x}) WHEN 'timestamp' THEN CAST('1970-01-01' AS TIMESTAMP_NTZ)"
            " + MAKE_DT_INTERVAL(0, 0, 0, UNIX_MICROS(CAST({x} AS TIMESTAMP)) * 0.000001)"
            " WHEN 'string' THEN RAISE_ERROR('a time is a text: cast it to TIMESTAMP_NTZ in a view')"
            " ELSE CAST({x} AS TIMESTAMP_NTZ) END"
        ),
        local="CONVERT_TIMEZONE('UTC', {zone}, {x})",
        microseconds="CAST({b} - {a} AS DECIMAL(18, 6)) * 1000000",  # TIMESTAMPDIFF minds the session's zone
        day="CAST(DATEDIFF(CAST({x} AS DATE), CAST('1970-01-01' AS DATE)) AS BIGINT)",
        slug=r"TRIM(BOTH '_' FROM REGEXP_REPLACE(LOWER({x}), '[^\\p{{L}}\\p{{N}}]+', '_'))",
        name_bytes=255, substitutes=("${",), sorts_twice=True,
    ),
}  # fmt: skip
