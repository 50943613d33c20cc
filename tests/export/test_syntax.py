"""What comes from outside stays a name, a literal or a comment in every database."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from churnkit.errors import ChurnkitError
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.models.columns import CATEGORY, NUMBER, Column
from tests.export.test_model_sql import HOSTILE
from tests.export.written import PARAMETERS, model_of, sql_of

PLAIN = [Column("x", NUMBER), Column("plan", CATEGORY, HOSTILE[1].categories), Column("y", NUMBER)]
WORDS = st.text("aB'\"`\\{}%$#*/-;:&.[]() \n\té😀", min_size=1)
REMARK = "*/ '; DROP TABLE rows; -- \n DROP TABLE rows; {{ config() }} {% raw %} {# # ${x} \u2028 DROP"


def _names_and_words(tree: exp.Expression) -> Counter[tuple[str, str]]:
    """Every identifier and every text of a query; texts that are concatenated count as one."""
    found = Counter(("name", node.name) for node in tree.find_all(exp.Identifier))
    inside = {
        id(part) for node in tree.find_all(exp.Concat, exp.DPipe) for part in node.find_all(exp.Literal)
    }
    found += Counter(
        ("word", node.name)
        for node in tree.find_all(exp.Literal)
        if node.is_string and id(node) not in inside
    )
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", PARAMETERS)
def test_the_text_parses_back_to_the_same_names_and_words(kind: str, dialect: str) -> None:
    model = model_of(kind, PLAIN if DIALECTS[dialect].forbidden else HOSTILE)
    text = sql_of(model, dialect, [REMARK], reasons=0 if kind == "xgboost" else 2)
    statements = sqlglot.parse(text, read=dialect)
    assert len(statements) == 1
    (parsed,) = statements
    assert not [*parsed.find_all(exp.Drop, exp.Command)]
    again = sqlglot.parse_one(parsed.sql(dialect), read=dialect)
    assert again == parsed
    found = {name for what, name in _names_and_words(parsed) if what == "name"}
    assert {column.name for column in model.columns} & found
    assert {"id", "churn_probability"} < found
    words = {name for what, name in _names_and_words(parsed) if what == "word"}
    if dialect != "spark":  # there ${ is written in two parts
        assert {*HOSTILE[1].categories} & words
    assert not words & {"rows", "DROP"}


@pytest.mark.parametrize("dialect", DIALECTS)
@given(name=WORDS, word=WORDS)
@settings(max_examples=8)
def test_any_name_and_any_word_come_back_as_they_were(dialect: str, name: str, word: str) -> None:
    query = syntax.select([syntax.named(syntax.text(word), name)], syntax.table("t"))
    parsed = sqlglot.parse_one(syntax.render(query, DIALECTS[dialect], [word]), read=dialect)
    (column,) = parsed.expressions
    assert column.alias == name
    parts = [part.name for part in column.this.find_all(exp.Literal)]
    assert "".join(parts) == word


@given(word=WORDS, name=WORDS)
def test_duckdb_returns_the_word_under_the_name(word: str, name: str) -> None:
    query = exp.Select().select(syntax.named(syntax.text(word), name), copy=False)
    found = duckdb.execute(syntax.render(query, DIALECTS["duckdb"], [word]))
    assert found.description[0][0] == name
    assert found.fetchone() == (word,)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_to_the_same_bits(number: float) -> None:
    for dialect in ("duckdb", "postgres"):
        query = exp.Select().select(syntax.named(syntax.number(number), "x"), copy=False)
        ((found,),) = duckdb.execute(syntax.render(query, DIALECTS[dialect])).fetchall()
        assert (found, str(found)) == (number, str(number))


def test_a_table_is_split_at_its_dots() -> None:
    assert syntax.table("shop.now").sql("postgres") == '"shop"."now"'
    assert syntax.table("now").sql("spark") == "`now`"
    assert syntax.table("parquet.`/a.b/c`").sql("spark") == "`parquet`.`/a.b/c`"
    for name in ("", "a..b", ".a", "a.b.c.d"):
        with pytest.raises(ChurnkitError, match="not the name of a table"):
            syntax.table(name)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_comment_ends_with_its_line(dialect: str) -> None:
    query = syntax.select([syntax.column("x")], syntax.table("t"))
    text = syntax.render(query, DIALECTS[dialect], [REMARK])
    first, second = text.splitlines()[:2]
    assert first.startswith("-- ")
    assert second == "SELECT"
    assert not any(opening in text for opening in ("{{", "{%", "{#", "${"))


def test_names_that_a_database_does_not_take_are_refused_by_name() -> None:
    with pytest.raises(ChurnkitError, match=r"'a\.b': bigquery allows no '\.'"):
        syntax.check_name("a.b", DIALECTS["bigquery"])
    with pytest.raises(ChurnkitError, match="63 bytes"):
        syntax.check_name("é" * 32, DIALECTS["postgres"])
    syntax.check_name("é" * 31, DIALECTS["postgres"])
    with pytest.raises(ChurnkitError, match=r"spark puts a variable in place of \$\{"):
        syntax.check_name("a${b}", DIALECTS["spark"])


def test_a_text_that_is_too_long_for_a_database_is_refused() -> None:
    syntax.check_text("x" * 2_000_000, DIALECTS["duckdb"])
    most = DIALECTS["snowflake"].text_bytes or 0
    syntax.check_text("x" * most, DIALECTS["snowflake"])
    with pytest.raises(ChurnkitError, match="snowflake reads at most 1 MB"):
        syntax.check_text("x" * (most - 1) + "é", DIALECTS["snowflake"])
    with pytest.raises(ChurnkitError, match=r"2\.0 MB.*snowflake reads at most 1 MB"):
        syntax.check_text("x" * 2_000_000, DIALECTS["snowflake"])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_a_sum_is_balanced_and_right(numbers: list[float]) -> None:
    query = exp.Select().select(syntax.total([syntax.number(number) for number in numbers]), copy=False)
    ((found,),) = duckdb.execute(syntax.render(query, DIALECTS["duckdb"])).fetchall()
    assert found == pytest.approx(sum(numbers), abs=1e-6)


def test_a_long_sum_is_not_deep() -> None:
    query = exp.Select().select(syntax.total([syntax.number(1.0)] * 1_500), copy=False)
    assert duckdb.execute(syntax.render(query, DIALECTS["duckdb"])).fetchall() == [(1_500.0,)]


def test_bigquery_tests_for_nan_which_is_not_equal_to_itself_there() -> None:
    query = syntax.select([syntax.named(syntax.without_nan(syntax.column("x")), "x")], syntax.table("t"))
    assert "IS_NAN" in syntax.render(query, DIALECTS["bigquery"])
    assert "NULLIF" in syntax.render(query, DIALECTS["snowflake"])


def test_spark_sees_no_variable_in_a_word() -> None:
    query = syntax.select([syntax.named(syntax.text("a${HOME}${x"), "x")], syntax.table("t"))
    assert "${" not in syntax.render(query, DIALECTS["spark"])
    assert "${HOME}" in syntax.render(query, DIALECTS["duckdb"])


def test_a_fresh_name_differs_from_all_others_whatever_their_case() -> None:
    assert syntax.fresh("rule", ["Rule", "RULE_"]) == "rule__"
    assert syntax.fresh("Rule", ["rule"]) == "Rule_"
    assert syntax.fresh("rule", ["rules"]) == "rule"
