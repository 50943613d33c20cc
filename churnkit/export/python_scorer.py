"""A model as one Python file: importable, and a filter from CSV to scores; the standard library alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from churnkit.columns import AS_OF, PROBABILITY
from churnkit.errors import visible
from churnkit.export import python_code
from churnkit.export.scorer import Scorer, SplitNode, Tree, WordNumbers
from churnkit.models.curves import LOG, Curve
from churnkit.models.pairs import Pair

FIRST_LINE = "#!/usr/bin/env python3"
CODE = python_code
comment = visible


def settings(scorer: Scorer) -> Iterator[str]:
    """The names and words, and what a user may want to look up."""
    words = tuple(column.name for column in scorer.columns if column.is_category)
    booleans = {column.name: column.booleans for column in scorer.columns if column.booleans}
    yield f"ID = {scorer.id!r}"
    yield f"AS_OF = {AS_OF!r}"
    yield f"PROBABILITY = {PROBABILITY!r}"
    yield from _tuple(
        "COLUMNS", [repr(column.name) for column in scorer.columns], "what score() reads of a row"
    )
    yield f"NEEDED = COLUMNS + {scorer.needed!r}  # what the header of a CSV must have"
    yield f"WORDS = {words!r}  # columns of words; the others are numbers"
    yield f"BOOLEANS = {booleans!r}  # what true and false mean"
    yield f"NULL = {tuple(scorer.null_words)!r}  # texts that mean no value"
    yield f"NULL_NUMBERS = {_numbers(scorer.null_numbers)}"
    yield f"DIGITS = {scorer.digits!r}  # decimals of the filter's output; None: all"


def model(scorer: Scorer) -> Iterator[str]:
    """The numbers of the model."""
    calibration = scorer.calibration
    yield f"SLOPE, OFFSET = {_number(calibration.slope)}, {_number(calibration.offset)}"
    yield f"BASE = {_number(scorer.base)}"
    if scorer.curves:
        named = zip(scorer.columns, scorer.curves, strict=True)
        curves = (_curve(curve, column.categories) for column, curve in named)
        yield from _tuple(
            "CURVES", curves, "for each column: what a missing value adds, and the curve of others"
        )
        pairs = (_pair(pair, scorer) for pair in scorer.pairs)
        words = "two columns, what a missing value adds, the places along each, and what is added there"
        yield from _tuple("PAIRS", pairs, words)
        return
    tested = (
        f"({one.feature}, {'None, 0.0' if one.words is None else _levels(one.words)})"
        for one in scorer.tested
    )
    yield from _tuple("TESTED", tested, "column; for words: the number of each word, and of all others")
    words = "a leaf is a number; a question: TESTED[0] < [1]? then node [2], else [3]; if missing, [4]"
    yield from _tuple("TREES", map(_tree, scorer.trees), words)


def _tuple(name: str, items: Iterable[str], words: str) -> Iterator[str]:
    """A tuple with one item per line."""
    lines = [f"    {item}," for item in items]
    yield from [f"{name} = (  # {words}", *lines, ")"] if lines else [f"{name} = ()"]


def _curve(curve: Curve, categories: Sequence[str]) -> str:
    missing = _number(curve.missing)
    if curve.levels:
        return f"({missing}, level, {_levels(WordNumbers(tuple(categories), curve.levels))})"
    if curve.points:
        return f"({missing}, bend, {_numbers(curve.points[0])}, {_numbers(curve.points[1])})"
    of = "log_line" if curve.transform == LOG else "line"
    numbers = (curve.low, curve.high, curve.center, curve.scale, curve.weight)
    return f"({missing}, {of}, {', '.join(map(_number, numbers))})"


def _pair(pair: Pair, scorer: Scorer) -> str:
    along = [
        _numbers(values)
        if values
        else repr({word: place for place, word in enumerate(scorer.columns[feature].categories)})
        for feature, values in ((pair.first, pair.first_values), (pair.second, pair.second_values))
    ]
    table = f"({', '.join(map(_numbers, pair.table))},)"
    return f"({pair.first}, {pair.second}, {_number(pair.missing)}, {along[0]}, {along[1]}, {table})"


def _levels(levels: WordNumbers) -> str:
    """The numbers of the words that differ from that of all other words, and that number."""
    *numbers, other = map(float, levels.numbers)
    own = {word: number for word, number in zip(levels.words, numbers, strict=True) if number != other}
    return f"{own!r}, {other!r}"


def _number(value: float) -> str:
    """The shortest literal that reads back to the same bits."""
    return repr(float(value))


def _numbers(values: Sequence[float]) -> str:
    return repr(tuple(map(float, values)))


def _tree(tree: Tree) -> str:
    nodes = (
        f"({node.tested}, {_number(node.border)}, {node.left}, {node.right}, {node.missing})"
        if isinstance(node, SplitNode)
        else _number(node)
        for node in tree
    )
    return f"({', '.join(nodes)},)"
