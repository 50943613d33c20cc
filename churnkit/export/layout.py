"""A query as lines of text: one column per line, and a long CASE with one branch per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import Dialect, exp
from sqlglot.generator import Generator

WIDTH = 90  # characters; a longer CASE or sum is cut into lines
STEP = "  "
INNER = "_inner_"  # stands for what is inside a function
CLAUSES = ("from_", "joins", "where", "group", "having", "order")  # in the order of SQL


def lines_of(query: exp.Select, dialect: str) -> Iterator[str]:
    """The lines of a query: its CTEs, each after its comment, and the SELECT. dialect: in sqlglot."""
    generator = Dialect.get_or_raise(dialect).generator(comments=False)
    ctes = query.ctes
    for place, cte in enumerate(ctes):
        for comment in cte.comments or ():
            yield f"-- {comment}"
        name = _flat(cte.args["alias"], generator)
        yield f"{'WITH ' if place == 0 else ''}{name} AS ("
        yield from _indented(_select(cte.this, generator))
        yield ")," if place < len(ctes) - 1 else ")"
    yield from _select(query, generator)


def _flat(node: exp.Expression, generator: Generator) -> str:
    return generator.generate(node, copy=False).strip()


def _select(query: exp.Expression, generator: Generator) -> Iterator[str]:
    """A SELECT without its CTEs; a query of another shape is one line.

    Only whole expressions are lines: a literal may contain newlines, and must not be indented.
    """
    if isinstance(query, exp.Union):
        *before, query = _parts(query)
        for part in before:
            yield from _select(part, generator)
            yield "UNION ALL"
    given = {name for name, value in query.args.items() if value}
    if not isinstance(query, exp.Select) or given - {"with_", "expressions", *CLAUSES}:
        yield _flat(query, generator)
        return
    yield "SELECT"
    for place, column in enumerate(query.expressions, 1):
        *most, last = _lines(column, generator)
        yield from _indented(most)
        yield f"{STEP}{last}{',' if place < len(query.expressions) else ''}"
    for name in CLAUSES:
        clause = query.args.get(name) or []
        for part in clause if isinstance(clause, list) else [clause]:
            yield _flat(part, generator)


def _parts(union: exp.Expression) -> list[exp.Expression]:
    """The queries of UNION ALL, however many."""
    parts: list[exp.Expression] = []
    while isinstance(union, exp.Union):
        parts.append(union.expression)
        union = union.this
    return [union, *reversed(parts)]


def _lines(node: exp.Expression, generator: Generator) -> list[str]:
    """An expression on one line, or on several if it is a long CASE or sum."""
    if isinstance(node, exp.Alias):
        *most, last = _lines(node.this, generator)
        return [*most, f"{last} AS {_flat(node.args['alias'], generator)}"]
    if isinstance(node, exp.Paren):
        inner = _lines(node.this, generator)
        return [f"({inner[0]})"] if len(inner) == 1 else ["(", *_indented(inner), ")"]
    if isinstance(node, exp.Add):
        left, right = _lines(node.this, generator), _lines(node.expression, generator)
        return _joined(left, [f"+ {right[0]}", *right[1:]])
    if isinstance(node, exp.Case):
        return _case(node, generator)
    if isinstance(node, (exp.Cast, exp.Round)):
        return _around(node, generator)
    return [_flat(node, generator)]


def _around(node: exp.Cast | exp.Round, generator: Generator) -> list[str]:
    """A function around a long CASE: it begins on the first line of the CASE and ends on its last."""
    inner = _lines(node.this, generator)
    if len(inner) == 1:
        return [_flat(node, generator)]
    shell = type(node)(**{**node.args, "this": exp.Var(this=INNER)})
    before, after = _flat(shell, generator).split(INNER)
    inner[0] = before + inner[0]
    inner[-1] += after
    return inner


def _case(node: exp.Case, generator: Generator) -> list[str]:
    of = node.args.get("this")
    opening = "CASE" if of is None else f"CASE {_flat(of, generator)}"
    branches = [
        (f"WHEN {_flat(branch.this, generator)} THEN", _lines(branch.args["true"], generator))
        for branch in node.args["ifs"]
    ]
    if node.args.get("default") is not None:
        branches.append(("ELSE", _lines(node.args["default"], generator)))
    if all(len(value) == 1 for _, value in branches):
        line = " ".join([opening, *(f"{when} {value[0]}" for when, value in branches), "END"])
        if len(line) <= WIDTH:
            return [line]
    lines = [opening]
    for when, value in branches:
        if len(value) == 1:
            lines.append(f"{STEP}{when} {value[0]}")
        else:
            lines += [f"{STEP}{when}", *_indented(_indented(value))]
    return [*lines, "END"]


def _joined(left: list[str], right: list[str]) -> list[str]:
    """Two parts of a sum: on one line if they are short."""
    if len(left) == len(right) == 1 and len(left[0]) + len(right[0]) < WIDTH:
        return [f"{left[0]} {right[0]}"]
    return [*left, *right]


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield STEP + line
