"""Names, literals, comments and sums of SQL: what comes from outside is quoted here."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from sqlglot import exp

from churnkit.errors import ChurnkitError, quote, visible
from churnkit.export.dialects import Dialect

OPENS_TEMPLATE = ("{{", "{%", "{#")  # what dbt would run, in comments too


def column(name: str, table: str | None = None) -> exp.Column:
    """A column, its name quoted; table: the table or CTE that it is of."""
    return exp.column(exp.to_identifier(name, quoted=True), table and exp.to_identifier(table, quoted=True))


def table(name: str) -> exp.Table:
    """A table; `schema.name` is split at dots, each part quoted. Raises ChurnkitError on an empty part."""
    parts = name.split(".")
    if not all(parts) or len(parts) > 3:
        raise ChurnkitError(f"{quote(name)} is not the name of a table: type NAME, or SCHEMA.NAME")
    quoted = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), quoted, strict=False)))


def named(expression: exp.Expression, name: str) -> exp.Alias:
    """An expression with the name of a column."""
    return exp.Alias(this=expression, alias=exp.to_identifier(name, quoted=True))


def text(value: str) -> exp.Expression:
    """A literal text."""
    return exp.Literal.string(value)


def number(value: float) -> exp.Expression:
    """A literal double: the shortest number that reads back to the same bits, with an exponent."""
    digits = repr(float(value))
    literal = exp.Literal.number((digits if "e" in digits else f"{digits}e0").lstrip("-"))
    return exp.Neg(this=literal) if digits.startswith("-") else literal


def double(expression: exp.Expression) -> exp.Expression:
    """The expression as a double."""
    return exp.cast(expression, exp.DataType.Type.DOUBLE, copy=False)


def as_text(expression: exp.Expression) -> exp.Expression:
    """The expression as a text."""
    return exp.cast(expression, exp.DataType.Type.TEXT, copy=False)


def total(terms: Sequence[exp.Expression]) -> exp.Expression:
    """The sum of at least one term, with balanced parentheses: DuckDB reads 1,000 levels at most."""
    if len(terms) == 1:
        return terms[0]
    middle = (len(terms) + 1) // 2
    left, right = total(terms[:middle]), total(terms[middle:])
    return exp.Add(this=left, expression=exp.Paren(this=right) if isinstance(right, exp.Add) else right)


def case(branches: Iterable[tuple[exp.Expression, exp.Expression]], otherwise: exp.Expression) -> exp.Case:
    """CASE WHEN condition THEN value … ELSE otherwise END."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise)


def render(query: exp.Query, dialect: Dialect, head: Sequence[str] = ()) -> str:
    """The query as text for a database, after a comment. head: the lines of the comment."""
    adapted = query.transform(functools.partial(_adapt, dialect=dialect), copy=True)
    lines = [f"-- {comment(line)}".rstrip() for line in head]
    return "\n".join([*lines, adapted.sql(dialect.name, pretty=True), ""])


def comment(line: str) -> str:
    """A line of a comment, which nothing in it can end: newlines are visible, templates are broken."""
    shown = visible(line)
    for opening in OPENS_TEMPLATE:
        shown = shown.replace(opening, f"{opening[0]} {opening[1]}")
    return shown


def _adapt(node: exp.Expression, dialect: Dialect) -> exp.Expression:
    """Literals as this database reads them."""
    if not isinstance(node, exp.Literal):
        return node
    if not node.is_string:
        is_decimal = "e" in node.name and not dialect.is_exponent_double
        return double(exp.Literal.string(node.name)) if is_decimal else node
    for opening in dialect.substitutes:
        if opening in node.name:
            parts = [exp.Literal.string(part) for part in _split(node.name, opening)]
            return exp.Concat(expressions=parts, safe=False, coalesce=False)
    return node


def _split(value: str, opening: str) -> list[str]:
    """The parts of a text, cut after the first character of each opening."""
    parts = value.split(opening)
    last = len(parts) - 1
    return [
        (opening[1:] if place else "") + part + (opening[0] if place < last else "")
        for place, part in enumerate(parts)
    ]
