"""A query as lines of text: one column per line, and a long CASE with one branch per line."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

WIDTH = 100  # characters; a longer CASE or sum is cut into lines
STEP = "  "
CLAUSES = ("from_", "joins", "where", "group", "having", "order")  # in the order of SQL


def lines_of(query: exp.Select, dialect: str) -> Iterator[str]:
    """The lines of a query: its CTEs, each after its comment, and the SELECT. dialect: in sqlglot."""
    ctes = query.ctes
    for place, cte in enumerate(ctes):
        for comment in cte.comments or ():
            yield f"-- {comment}"
        name = cte.args["alias"].sql(dialect)
        yield f"{'WITH ' if place == 0 else ''}{name} AS ("
        yield from _indented(_select(cte.this, dialect))
        yield ")," if place < len(ctes) - 1 else ")"
    yield from _select(query, dialect)


def _select(query: exp.Expression, dialect: str) -> Iterator[str]:
    """A SELECT without its CTEs; a query of another shape is one line.

    Only whole expressions are lines: a literal may contain newlines, and must not be indented.
    """
    given = {name for name, value in query.args.items() if value}
    if not isinstance(query, exp.Select) or given - {"with_", "expressions", *CLAUSES}:
        yield query.sql(dialect, comments=False)
        return
    yield "SELECT"
    for place, column in enumerate(query.expressions, 1):
        *most, last = _lines(column, dialect)
        yield from _indented(most)
        yield f"{STEP}{last}{',' if place < len(query.expressions) else ''}"
    for name in CLAUSES:
        clause = query.args.get(name) or []
        for part in clause if isinstance(clause, list) else [clause]:
            yield part.sql(dialect, comments=False).strip()


def _lines(node: exp.Expression, dialect: str) -> list[str]:
    """An expression on one line, or on several if it is a long CASE or sum."""
    flat = node.sql(dialect, comments=False)
    if len(flat) <= WIDTH:
        return [flat]
    if isinstance(node, exp.Alias):
        *most, last = _lines(node.this, dialect)
        return [*most, f"{last} AS {node.args['alias'].sql(dialect)}"]
    if isinstance(node, exp.Paren):
        return ["(", *_indented(_lines(node.this, dialect)), ")"]
    if isinstance(node, exp.Add):
        first, *others = _lines(node.expression, dialect)
        return [*_lines(node.this, dialect), f"+ {first}", *others]
    if isinstance(node, exp.Case):
        return [*_case(node, dialect)]
    return [flat]


def _case(node: exp.Case, dialect: str) -> Iterator[str]:
    of = node.args.get("this")
    yield f"CASE {of.sql(dialect)}" if of is not None else "CASE"
    for branch in node.args["ifs"]:
        yield from _branch(f"WHEN {branch.this.sql(dialect)} THEN", branch.args["true"], dialect)
    if node.args.get("default") is not None:
        yield from _branch("ELSE", node.args["default"], dialect)
    yield "END"


def _branch(opening: str, value: exp.Expression, dialect: str) -> Iterator[str]:
    lines = _lines(value, dialect)
    if len(lines) == 1:
        yield f"{STEP}{opening} {lines[0]}"
        return
    yield f"{STEP}{opening}"
    yield from _indented(_indented(lines))


def _indented(lines: Iterator[str] | list[str]) -> Iterator[str]:
    for line in lines:
        yield STEP + line
