"""Trees in SQL: each as one CASE, with words as sets and borders that need no 32-bit numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from churnkit.errors import ChurnkitError
from churnkit.export import syntax
from churnkit.models.columns import Column
from churnkit.models.encoding import Design, words_by_side
from churnkit.models.forest import Forest, border_of

CHUNK = 10  # trees per column: DuckDB and Spark plan many short sums faster than one long sum
MOST_DEPTH = 64  # questions above a leaf
MOST_NODES = 64_000  # tried in DuckDB: 500 trees of depth 6, or 1,500 of depth 4

AtLeaf = Callable[[int], exp.Expression]


def check_size(forest: Forest) -> None:
    """Raises ChurnkitError for a forest that is too large for one statement."""
    nodes = len(forest.column)
    if nodes > MOST_NODES:
        raise ChurnkitError(
            f"the model's {len(forest.roots):,} trees have {nodes:,} nodes, and export was tried with up to"
            f" {MOST_NODES:,}: use a smaller model (fit --model logistic), or score"
        )


def tree_sql(
    forest: Forest, root: int, design: Design, columns: Sequence[Column], at_leaf: AtLeaf
) -> exp.Expression:
    """The tree as a CASE in a CASE. at_leaf: node number of a leaf → its value.

    A missing value makes a test NULL, so it goes to ELSE: each test is written for the side without them.
    """

    def written(node: int, depth: int) -> exp.Expression:
        if forest.column[node] < 0:
            return at_leaf(node)
        if depth == MOST_DEPTH:
            raise ChurnkitError(f"a tree asks more than {MOST_DEPTH} questions in a row: use score")
        left, right = (written(int(side[node]), depth + 1) for side in (forest.left, forest.right))
        test = _test(forest, node, design, columns)
        sides = (right, left) if forest.missing_left[node] else (left, right)
        return sides[1] if test is None else syntax.case([(test, sides[0])], sides[1])

    return written(root, 0)


def chunks(forest: Forest, design: Design, columns: Sequence[Column]) -> list[exp.Expression]:
    """The sum of the leaves of ten trees each."""
    trees = [
        tree_sql(forest, int(root), design, columns, lambda leaf: syntax.number(float(forest.value[leaf])))
        for root in forest.roots
    ]
    return [syntax.total(trees[start : start + CHUNK]) for start in range(0, len(trees), CHUNK)]


def _test(forest: Forest, node: int, design: Design, columns: Sequence[Column]) -> exp.Expression | None:
    """The test that is true for the side without missing values; None if no known value is on that side."""
    encoded, threshold = design[forest.column[node]], float(forest.threshold[node])
    column, is_right = columns[encoded.feature], bool(forest.missing_left[node])
    if not encoded.lookup:
        compare = exp.GTE if is_right else exp.LT
        return compare(this=syntax.column(column.name), expression=syntax.number(border_of(threshold)))
    sides = words_by_side(encoded, column.categories, threshold)
    words, has_other = sides[is_right]
    others, _ = sides[not is_right]
    if not has_other:
        return syntax.is_among(column.name, words) if words else None
    return exp.Not(this=syntax.is_among(column.name, others) if others else syntax.is_missing(column.name))
