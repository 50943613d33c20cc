"""Names, literals, comments and sums of SQL: what comes from outside is quoted here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence

from sqlglot import exp

from churnkit.errors import ChurnkitError, quote, visible
from churnkit.export import layout
from churnkit.export.dialects import Dialect

OPENS_TEMPLATE = ("{{", "{%", "{#")  # what dbt would run, in comments too
_FILES = re.compile(r"(\w+)\.`([^`]+)`")  # a table of Spark: parquet.`/logs/events`
_BEFORE_TEMPLATE = re.compile(r"\{(?=[{%#])|\$(?=\{)")  # of dbt; ${ of Spark
NAN = "NaN"
Branch = tuple[exp.Expression, exp.Expression]  # of a CASE: condition and value


def column(name: str) -> exp.Column:
    """A column, its name quoted."""
    return exp.column(exp.to_identifier(name, quoted=True))


def table(name: str) -> exp.Table:
    """A table; `schema.name` is split at dots, each part quoted. Raises ChurnkitError on an empty part.

    The path in FORMAT.`PATH` is one part.
    """
    files = _FILES.fullmatch(name)
    parts = name.split(".") if files is None else [*files.groups()]
    if not all(parts) or len(parts) > 3:
        raise ChurnkitError(f"{quote(name)} is not the name of a table: type NAME, or SCHEMA.NAME")
    quoted = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), quoted, strict=False)))


def cte(name: str) -> exp.Table:
    """A CTE as the source of a query."""
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def select(columns: Sequence[exp.Expression], source: exp.Table) -> exp.Select:
    """SELECT columns FROM source; the columns are not copied, for a forest has many."""
    return exp.Select().select(*columns, copy=False).from_(source, copy=False)


def with_steps(query: exp.Select, steps: Iterable[tuple[str, str, exp.Query]]) -> exp.Select:
    """The query with these CTEs before it: name, a comment of one line, and the query of each."""
    for name, words, step in steps:
        query.with_(exp.to_identifier(name, quoted=True), as_=step, copy=False)
        query.ctes[-1].comments = [comment(words)]
    return query


def fresh(name: str, taken: Collection[str]) -> str:
    """The name, with underscores until it is none of those taken; databases ignore case."""
    lower = {each.lower() for each in taken}
    while name.lower() in lower:
        name += "_"
    return name


def named(expression: exp.Expression, name: str) -> exp.Alias:
    """An expression with the name of a column."""
    return exp.Alias(this=expression, alias=exp.to_identifier(name, quoted=True))


def text(value: str) -> exp.Expression:
    """A literal text."""
    return exp.Literal.string(value)


def number(value: float) -> exp.Expression:
    """A literal double: the shortest number that reads back to the same bits, with an exponent.

    Raises ChurnkitError for a number that is not finite.
    """
    if not math.isfinite(value):
        raise ChurnkitError("the model adds numbers that are too large for SQL")
    digits = repr(float(value)).removesuffix(".0")
    literal = exp.Literal.number((digits if "e" in digits else f"{digits}e0").lstrip("-"))
    return exp.Neg(this=literal) if digits.startswith("-") else literal


def double(expression: exp.Expression) -> exp.Expression:
    """The expression as a double."""
    return exp.cast(expression, exp.DataType.Type.DOUBLE, copy=False)


def as_text(expression: exp.Expression) -> exp.Expression:
    """The expression as a text."""
    return exp.cast(expression, exp.DataType.Type.TEXT, copy=False)


def without_nan(expression: exp.Expression) -> exp.Expression:
    """A double, and NULL for NaN, which is larger than all numbers in some databases."""
    return exp.Nullif(this=expression, expression=double(text(NAN)))


def rounded(expression: exp.Expression, digits: int | None) -> exp.Expression:
    """The number with this many decimals, as a decimal number; None: unchanged."""
    if digits is None:
        return expression
    rounded = exp.Round(this=expression, decimals=exp.Literal.number(digits))
    return exp.cast(rounded, exp.DataType.build(f"DECIMAL(18, {digits})"), copy=False)


def is_missing(name: str) -> exp.Expression:
    """Whether a column is NULL."""
    return exp.Is(this=column(name), expression=exp.Null())


def is_among(name: str, words: Sequence[str]) -> exp.Expression:
    """Whether a column is one of these words, at least one; NULL if it is missing."""
    if len(words) == 1:
        return exp.EQ(this=column(name), expression=text(words[0]))
    return exp.In(this=column(name), expressions=[text(word) for word in words])


def total(terms: Sequence[exp.Expression]) -> exp.Expression:
    """The sum of at least one term, with balanced parentheses: DuckDB reads 1,000 levels at most."""
    if len(terms) == 1:
        return terms[0]
    middle = (len(terms) + 1) // 2
    left, right = total(terms[:middle]), total(terms[middle:])
    return exp.Add(this=left, expression=exp.Paren(this=right) if isinstance(right, exp.Add) else right)


def case(branches: Iterable[Branch], otherwise: exp.Expression | None = None) -> exp.Case:
    """CASE WHEN condition THEN value … ELSE otherwise END."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise)


def switch(of: exp.Expression, branches: Iterable[Branch]) -> exp.Case:
    """CASE of WHEN value THEN value … END."""
    return exp.Case(this=of, ifs=[exp.If(this=value, true=then) for value, then in branches])


def render(
    query: exp.Select,
    dialect: Dialect,
    head: Sequence[str] = (),
    before: Sequence[str] = (),
    escape: Callable[[str], str] | None = None,
) -> str:
    """The query as text for a database. head: the lines of a comment. before: lines between it and the query.

    escape: changes each name and each literal text.
    """
    adapted = query.copy()
    adapted.transform(lambda node: _adapt(node, dialect), copy=False)  # a SELECT stays what it is
    for node in adapted.find_all(exp.Literal, exp.Identifier) if escape else ():
        if escape and (isinstance(node, exp.Identifier) or node.is_string):
            node.set("this", escape(node.this))
    comments = [f"-- {comment(line)}".rstrip() for line in head]
    lines = [escape(line) for line in comments] if escape else comments
    return "\n".join([*lines, *before, *layout.lines_of(adapted, dialect.name), ""])


def check_text(text: str, dialect: Dialect) -> None:
    """Raises ChurnkitError if the text is longer than the database reads."""
    if dialect.text_bytes is not None and len(text.encode()) > dialect.text_bytes:
        size, most = len(text.encode()) / 1e6, dialect.text_bytes / 1e6
        raise ChurnkitError(
            f"the SQL has {size:.1f} MB, and {dialect.name} reads at most {most:.0f} MB: use a smaller model"
            " (fit --model logistic), or score"
        )


def comment(line: str) -> str:
    """A line of a comment, which nothing in it can end: newlines are visible, templates are broken."""
    return _BEFORE_TEMPLATE.sub(r"\g<0> ", visible(line))


def check_name(name: str, dialect: Dialect) -> None:
    """Raises ChurnkitError if a column cannot have this name in the database."""
    bad = next((character for character in name if character in dialect.forbidden), None)
    if bad is not None:
        raise ChurnkitError(f"column {quote(name)}: {dialect.name} allows no {quote(bad)} in a column's name")
    if replaced := next((opening for opening in dialect.substitutes if opening in name), None):
        raise ChurnkitError(f"column {quote(name)}: {dialect.name} puts a variable in place of {replaced}")
    if len(name.encode()) > dialect.name_bytes:
        most = f"{dialect.name} reads only {dialect.name_bytes} bytes of a name"
        raise ChurnkitError(f"column {quote(name)}: {most}; give it a shorter one and fit again")


def _adapt(node: exp.Expression, dialect: Dialect) -> exp.Expression:
    """A node of the tree as this database reads it."""
    if isinstance(node, exp.Literal):
        return _literal(node, dialect)
    if isinstance(node, exp.Round) and not dialect.rounds_doubles:
        return exp.Round(this=exp.cast(node.this, "DECIMAL", copy=False), decimals=node.args["decimals"])
    if isinstance(node, exp.Nullif) and not dialect.is_nan_equal and _is_nan(node.expression):
        return case([(exp.Not(this=exp.IsNan(this=node.this)), node.this.copy())])
    return node


def _literal(node: exp.Literal, dialect: Dialect) -> exp.Expression:
    if not node.is_string:
        is_decimal = "e" in node.name and not dialect.is_exponent_double
        return double(exp.Literal.string(node.name)) if is_decimal else node
    for opening in dialect.substitutes:
        if opening in node.name:
            first, *others = node.name.split(opening)
            parts = [first + opening[0], *(opening[1:] + other + opening[0] for other in others)]
            parts[-1] = parts[-1][: -len(opening[0])]
            return exp.Concat(expressions=[*map(exp.Literal.string, parts)], safe=False, coalesce=False)
    return node


def _is_nan(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.this.name == NAN
