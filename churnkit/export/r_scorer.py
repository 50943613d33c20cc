"""A model as one R file: a function of a data frame, and a filter from CSV to scores; base R alone.

The file is ASCII, with \\u for other letters: R reads it alike in every locale. Numbers are hexadecimal,
unless few decimal digits are exact: R may miss the last bit of a decimal number. Each tree is a statement of
one line: Rscript reads a statement again from its start at each of its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from churnkit.columns import AS_OF, PROBABILITY
from churnkit.errors import ChurnkitError, quote, visible
from churnkit.export import r_code
from churnkit.export.scorer import Scorer, SplitNode, Tree, TreeInput, WordNumbers
from churnkit.models.columns import Column
from churnkit.models.curves import LOG, Curve
from churnkit.models.pairs import Pair

FIRST_LINE = "#!/usr/bin/env Rscript"
CODE = r_code
EXACT_DIGITS = 15  # a decimal number that is a double, and has no more, is read without rounding
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r", '"': r"\"", "\\": r"\\"}


def text(value: str) -> str:
    """A literal text. Raises ChurnkitError for a NUL, which no text of R can hold."""
    if "\0" in value:
        raise ChurnkitError(f"{quote(value)} has a NUL character, which a text of R cannot hold")
    return f'"{"".join(map(_character, value))}"'


def number(value: float) -> str:
    """A literal double that R reads to the same bits."""
    value = float(value)
    short = repr(value).removesuffix(".0")
    is_exact = Decimal(short) == Decimal(value) and sum(map(str.isdigit, short)) <= EXACT_DIGITS
    if is_exact and "e" not in short:
        return short
    mantissa, _, exponent = value.hex().partition("p")
    return f"{mantissa.rstrip('0').removesuffix('.')}p{exponent}"


def comment(line: str) -> str:
    """A line of a comment."""
    return visible(line).encode("ascii", "backslashreplace").decode()


def _character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if " " <= character <= "~":
        return character
    return f"\\u{{{ord(character):04x}}}" if ord(character) < 0x10000 else f"\\U{{{ord(character):08x}}}"


def settings(scorer: Scorer) -> Iterator[str]:
    """The names and words, and what a user may want to look up."""
    names = [text(column.name) for column in scorer.columns]
    yield f"scorer$ID <- {text(scorer.id)}"
    yield f"scorer$AS_OF <- {text(AS_OF)}"
    yield f"scorer$PROBABILITY <- {text(PROBABILITY)}"
    yield from _call("scorer$COLUMNS", "c", names, "what score() reads of the rows")
    needed = ", ".join(["scorer$COLUMNS", *map(text, scorer.needed)])
    yield f"scorer$NEEDED <- c({needed})  # what the header of a CSV must have"
    words = _texts([column.name for column in scorer.columns if column.is_category])
    yield f"scorer$WORDS <- {words}  # columns of words; the others are numbers"
    booleans = [_booleans(column) for column in scorer.columns if column.booleans]
    yield from _call("scorer$BOOLEANS", "list", booleans, "a column, and what true and false mean")
    yield f"scorer$NULL_WORDS <- {_texts(scorer.null_words)}  # texts that mean no value"
    yield f"scorer$NULL_NUMBERS <- {_numbers(scorer.null_numbers)}"
    digits = "NULL" if scorer.digits is None else str(scorer.digits)
    yield f"scorer$DIGITS <- {digits}  # decimals of the filter's output; NULL: all"


def model(scorer: Scorer) -> Iterator[str]:
    """The numbers of the model."""
    yield f"scorer$SLOPE <- {number(scorer.calibration.slope)}"
    yield f"scorer$OFFSET <- {number(scorer.calibration.offset)}"
    yield f"scorer$BASE <- {number(scorer.base)}"
    if scorer.curves:
        named = zip(scorer.columns, scorer.curves, strict=True)
        curves = (_curve(curve, column) for column, curve in named)
        words = "for each column: what a missing value adds, and the curve of others"
        yield from _call("scorer$CURVES", "list", curves, words)
        pairs = (_pair(pair, scorer) for pair in scorer.pairs)
        words = "two columns, what a missing value adds, the places along each, and what is added there"
        yield from _call("scorer$PAIRS", "list", pairs, words)
        return
    words = "column; for words: the words, the number of each, and of all others"
    yield from _call("scorer$TESTED", "list", map(_tested, scorer.tested), words)
    yield "# of each tree: which of TESTED a node tests, 0 for a leaf; its border, or what a leaf adds;"
    yield "# the next node if the value is less, if it is not, and if it is missing"
    yield "scorer$TREES <- list()"
    for place, tree in enumerate(scorer.trees, 1):
        yield f"scorer$TREES[[{place}]] <- {_tree(tree)}"
    yield "scorer$FOREST <- scorer$joined(scorer$TREES)"


def _call(name: str, function: str, items: Iterable[str], words: str) -> Iterator[str]:
    """A vector or list with one item per line."""
    lines = [f"  {item}" for item in items]
    if lines:
        yield from [f"{name} <- {function}(  # {words}", ",\n".join(lines), ")"]
    else:
        yield f"{name} <- {function}()"


def _tested(one: TreeInput) -> str:
    place = f"{one.feature + 1}L"  # R counts from 1
    return f"list({place})" if one.words is None else f"list({place}, {_levels(one.words)})"


def _tree(tree: Tree) -> str:
    nodes = [
        (node.tested + 1, node.border, node.left + 1, node.right + 1, node.missing + 1)
        if isinstance(node, SplitNode)
        else (0, node, 0, 0, 0)
        for node in tree
    ]
    tested, values, *sides = zip(*nodes, strict=True)
    return f"list({_wholes(tested)}, {_numbers(values)}, {', '.join(map(_wholes, sides))})"


def _booleans(column: Column) -> str:
    return f"list({text(column.name)}, {_texts([column.booleans[word] for word in ('true', 'false')])})"


def _curve(curve: Curve, column: Column) -> str:
    missing = number(curve.missing)
    if curve.levels:
        return f"list({missing}, scorer$level, {_levels(WordNumbers(column.categories, curve.levels))})"
    if curve.points:
        return f"list({missing}, scorer$bend, {_numbers(curve.points[0])}, {_numbers(curve.points[1])})"
    of = "log_line" if curve.transform == LOG else "line"
    numbers = (curve.low, curve.high, curve.center, curve.scale, curve.weight)
    return f"list({missing}, scorer${of}, {', '.join(map(number, numbers))})"


def _pair(pair: Pair, scorer: Scorer) -> str:
    along = [
        _numbers(values) if values else _texts(scorer.columns[feature].categories)
        for feature, values in ((pair.first, pair.first_values), (pair.second, pair.second_values))
    ]
    by_row = ", ".join(number(added) for row in pair.table for added in row)
    table = f"matrix(c({by_row}), nrow = {len(pair.table)}L, byrow = TRUE)"
    places = f"{pair.first + 1}L, {pair.second + 1}L"
    return f"list({places}, {number(pair.missing)}, {along[0]}, {along[1]}, {table})"


def _levels(levels: WordNumbers) -> str:
    return f"{_texts(levels.words)}, {_numbers(levels.numbers)}"


def _texts(values: Sequence[str]) -> str:
    return f"c({', '.join(map(text, values))})" if values else "character(0)"


def _numbers(values: Sequence[float]) -> str:
    return f"c({', '.join(map(number, values))})" if values else "numeric(0)"


def _wholes(values: Sequence[int]) -> str:
    return f"c({', '.join(f'{value}L' for value in values)})"
