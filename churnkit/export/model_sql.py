"""A model as one SELECT: from a table with its columns to the id, churn_probability and as_of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlglot import exp

from churnkit.columns import AS_OF, PROBABILITY
from churnkit.errors import ChurnkitError
from churnkit.explanation.tree_rules import describe_tree, leaf_paths
from churnkit.export import reasons_sql, syntax, trees_sql
from churnkit.export.curves_sql import curve_sql, half_pair_sql
from churnkit.models.columns import Column
from churnkit.models.formula import Formula
from churnkit.models.model_file import Model
from churnkit.models.tree import TreeParameters

LARGEST_POWER = 700.0  # beyond it, EXP overflows or is an error; the probability is 0 or 1
INPUT, RULES, CONTRIBUTIONS, LOG_ODDS = "input", "rules", "contributions", "log_odds"
RULE = "rule"
Step = tuple[str, str, exp.Select]


@dataclass(frozen=True)
class Wanted:
    """What the SELECT returns.

    id: the column of the id. has_as_of: whether the table has as_of. digits: decimals of the numbers; None
    for all. reasons: their number. taken: names of CTEs that exist already.
    """

    id: str
    has_as_of: bool
    digits: int | None = None
    reasons: int = 0
    taken: Collection[str] = ()

    @property
    def heads(self) -> list[str]:
        """The columns that say which row it is."""
        return [self.id, AS_OF] if self.has_as_of else [self.id]


def wanted(model: Model, id_: str | None, digits: int | None, reasons: int | None) -> Wanted:
    """What the options ask for. reasons: 0 for all. Raises ChurnkitError if nothing names the id."""
    if id_ is None and model.id is None:
        raise ChurnkitError("the model was trained without an id: name the column of the table with --id")
    number = 0 if reasons is None else reasons or len(model.columns)
    return Wanted(id_ or str(model.id), bool(model.facts["trained_on"].get("dates")), digits, number)


def model_select(model: Model, source: exp.Table, wanted: Wanted) -> exp.Select:
    """The SELECT. source: the table, or the name of a CTE, with the model's columns.

    Raises ChurnkitError if the model is too large, or has no reasons that SQL can compute.
    """
    reasons = min(wanted.reasons, len(model.columns))
    select = _select(model, source, replace(wanted, reasons=reasons))
    more = range(reasons + 1, wanted.reasons + 1)
    return select.select(*(c for turn in more for c in reasons_sql.no_reason(turn)), copy=False)


def _select(model: Model, source: exp.Table, wanted: Wanted) -> exp.Select:
    taken = [*wanted.taken, source.name]
    tested = _used(model)
    used = [column for column in model.columns if wanted.reasons or column.name in tested]
    values = [syntax.named(_value(column, model.null), column.name) for column in used]
    read = syntax.select([*_columns(wanted.heads), *values], source)
    steps: list[Step] = [(syntax.fresh(INPUT, taken), "the model's columns; NULL: no value", read)]
    tree = model.fitted.tree
    if tree is not None:
        return _tree_select(model, tree, steps, wanted, taken)
    return _sum_select(model, steps, wanted, taken)


def _used(model: Model) -> set[str]:
    """The columns that the model reads: of a tree, those that it tests."""
    formula = model.fitted.formula
    if formula.curves or formula.forest is None:
        return {column.name for column in model.columns}
    tested = np.unique(formula.forest.column[formula.forest.column >= 0])
    return {model.columns[formula.design[place].feature].name for place in tested}


def _columns(names: Sequence[str]) -> list[exp.Column]:
    return [syntax.column(name) for name in names]


def _value(column: Column, null: Sequence[str]) -> exp.Expression:
    """A column of the table as the model reads it: a double or a text, and NULL if there is no value."""
    of_table = syntax.column(column.name)
    if not column.is_category:
        return _number(column.name, null)
    value = _known(column.name, null, syntax.as_text(of_table))
    if not column.booleans:
        return value
    lower = exp.Lower(this=value)
    branches = [
        (exp.EQ(this=lower.copy(), expression=syntax.text(word)), syntax.text(category))
        for word, category in column.booleans.items()
    ]
    return syntax.case(branches, value.copy())


def _number(name: str, null: Sequence[str]) -> exp.Expression:
    """A number; the model's null words are missing, in a column of texts and as numbers."""
    if not null:
        return syntax.without_nan(syntax.double(syntax.column(name)))
    value = syntax.without_nan(syntax.double(_known(name, null, syntax.column(name))))
    for word in null:
        if _is_number(word):
            value = exp.Nullif(this=value, expression=syntax.number(float(word)))
    return value


def _known(name: str, null: Sequence[str], value: exp.Expression) -> exp.Expression:
    """The value of a column, and NULL for an empty text and for the model's null words."""
    as_text = syntax.as_text(syntax.column(name))
    if not null:
        return exp.Nullif(this=value, expression=syntax.text(""))
    is_null = exp.In(this=as_text, expressions=[syntax.text(word) for word in dict.fromkeys(["", *null])])
    return syntax.case([(is_null, exp.Null())], value)


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _tree_select(
    model: Model, tree: TreeParameters, steps: list[Step], wanted: Wanted, taken: Sequence[str]
) -> exp.Select:
    """One tree: the number of the rule as a CASE, and what score returns for each rule.

    The rules have the numbers of `explain --rules`.
    """
    trees_sql.check_size(tree.forest)
    nodes = describe_tree(tree, model.fitted.calibration, model.columns)
    leaves = np.array([leaf.number for leaf, _ in leaf_paths(nodes)])
    rules = {int(leaf): exp.Literal.number(rule) for rule, leaf in enumerate(leaves, 1)}
    case = trees_sql.tree_sql(tree.forest, 0, tree.design, model.columns, lambda leaf: rules[leaf].copy())
    rule = syntax.fresh(RULE, [*wanted.heads, *(column.name for column in model.columns)])
    kept: list[exp.Expression] = [exp.Star()] if wanted.reasons else [*_columns(wanted.heads)]
    found = syntax.select([*kept, syntax.named(case, rule)], syntax.cte(steps[0][0]))
    steps.append((syntax.fresh(RULES, taken), "the rule of each row, as explain --rules numbers them", found))
    said = model.fitted.calibration.probability(tree.forest.value[leaves]).tolist()
    probability = reasons_sql.by_number(rule, [syntax.number(each) for each in said])
    reasons = (
        reasons_sql.leaf_reasons(
            model.fitted, tree, model.columns, leaves, rule, wanted.reasons, wanted.digits
        )
        if wanted.reasons
        else []
    )
    return _final(syntax.rounded(probability, wanted.digits), reasons, steps, wanted)


def _sum_select(model: Model, steps: list[Step], wanted: Wanted, taken: Sequence[str]) -> exp.Select:
    """A sum of curves or of trees, and the probability of its log-odds."""
    formula, names = model.fitted.formula, [*wanted.heads, *(column.name for column in model.columns)]
    if wanted.reasons and not formula.curves:
        raise ChurnkitError(
            f"--reasons: those of {model.kind} are Shapley values, which SQL cannot compute;"
            " use explain, or a logistic or tree model"
        )
    terms = _terms(formula, model.columns, names)
    added = [term.alias for term in terms]
    largest = reasons_sql.LargestContributions(model.columns, added, names)
    kept = largest.values() if wanted.reasons else []
    parts = syntax.select([*_columns(wanted.heads), *terms, *kept], syntax.cte(steps[0][0]))
    words = "what each column adds to the log-odds" if formula.curves else "the leaves of the trees, summed"
    steps.append((syntax.fresh(CONTRIBUTIONS, taken), words, parts))
    for turn in range(1, wanted.reasons + 1):
        for name, words, step in (
            (f"largest_{turn}", f"the size of reason {turn}", largest.largest),
            (f"reason_{turn}", f"the place of reason {turn} among the columns", largest.place),
        ):
            steps.append((syntax.fresh(name, taken), words, step(turn, steps[-1][0])))
    log_odds = syntax.fresh(LOG_ODDS, names)
    total = syntax.total([syntax.number(formula.base), *_columns(added)])
    heads: list[exp.Expression] = [exp.Star()] if wanted.reasons else [*_columns(wanted.heads)]
    summed = syntax.select([*heads, syntax.named(total, log_odds)], syntax.cte(steps[-1][0]))
    steps.append((syntax.fresh(LOG_ODDS, taken), "the calibrated log-odds of churn", summed))
    reasons = [each for turn in range(1, wanted.reasons + 1) for each in largest.reason(turn, wanted.digits)]
    return _final(syntax.rounded(_sigmoid(log_odds), wanted.digits), reasons, steps, wanted)


def _terms(formula: Formula, columns: Sequence[Column], taken: Sequence[str]) -> list[exp.Alias]:
    parts = [curve_sql(curve, column) for curve, column in zip(formula.curves, columns, strict=False)]
    for pair in formula.pairs:
        for place in (pair.first, pair.second):
            half = half_pair_sql(pair, columns[pair.first], columns[pair.second])
            parts[place] = exp.Add(this=parts[place], expression=half)
    terms = [syntax.named(part, column.name) for part, column in zip(parts, columns, strict=False)]
    if formula.forest is not None:
        trees_sql.check_size(formula.forest)
        for number, chunk in enumerate(trees_sql.chunks(formula.forest, formula.design, columns)):
            first, last = number * trees_sql.CHUNK + 1, (number + 1) * trees_sql.CHUNK
            last = min(last, len(formula.forest.roots))
            terms.append(syntax.named(chunk, syntax.fresh(f"trees_{first}_to_{last}", taken)))
    return terms


def _final(
    probability: exp.Expression, more: Sequence[exp.Expression], steps: Sequence[Step], wanted: Wanted
) -> exp.Select:
    """The id, churn_probability, and as_of: the columns of `score`, in its order; then the reasons."""
    first, *others = _columns(wanted.heads)
    columns = [first, syntax.named(probability, PROBABILITY), *others, *more]
    select = syntax.select(columns, syntax.cte(steps[-1][0]))
    return syntax.with_steps(select.order_by(*_columns(wanted.heads), copy=False), steps)


def _sigmoid(log_odds: str) -> exp.Expression:
    """The probability, 1 / (1 + exp(-x)), written so that EXP never overflows."""
    x, one, zero = syntax.column(log_odds), syntax.number(1.0), syntax.number(0.0)

    def share(power: exp.Expression, above: exp.Expression) -> exp.Expression:
        below = exp.Paren(this=exp.Add(this=one.copy(), expression=exp.Exp(this=power)))
        return exp.Div(this=above, expression=below)

    return syntax.case(
        [
            (exp.GT(this=x.copy(), expression=syntax.number(LARGEST_POWER)), one.copy()),
            (exp.LT(this=x.copy(), expression=syntax.number(-LARGEST_POWER)), zero.copy()),
            (exp.GTE(this=x.copy(), expression=zero.copy()), share(exp.Neg(this=x.copy()), one.copy())),
        ],
        share(x.copy(), exp.Exp(this=x.copy())),
    )
