"""The notes of a fit: the columns, the test, the rows that repeat, and what makes the result doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from churnkit.errors import quote
from churnkit.formatting import Finding, count
from churnkit.intervals import LEVEL
from churnkit.models.columns import TrainingRows
from churnkit.training.baselines import TestReport, upside_down
from churnkit.training.candidates import Candidate
from churnkit.training.larger_tree import LARGE_LEAVES
from churnkit.training.leakage import TooGood
from churnkit.training.preparation import PreparedColumns
from churnkit.training.repeats import Repeats
from churnkit.training.search import trials_on_folds
from churnkit.training.test_plan import TestPlan

# reasons for leaving a column out that need no note
EXPECTED_REASONS = ("the id", "the target", "the observation date", "the weight", "--drop", "not in --only")


def about_columns(prepared: PreparedColumns, data: TrainingRows) -> Iterator[Finding]:
    """The columns that are left out and why, and those that are used."""
    for name, why in prepared.left_out.items():
        left_out = f"{quote(name)} left out"
        if name in prepared.leaks:
            text = f"{left_out} because it reveals the target: {why} (--allow-leak uses it anyway)"
            yield Finding("leak", text, is_warning=True, column=name)
        elif name in prepared.clocks:
            yield Finding("clock", f"{left_out}: {why} (--allow-clock uses it anyway)", column=name)
        elif why not in EXPECTED_REASONS:
            yield Finding("column-left-out", f"{left_out}: {why}", column=name)
    columns, rows, customers = len(prepared.columns), len(data.truth), int(data.groups.max()) + 1
    text = (
        f"trained on {count(columns, 'column')} of {count(rows, 'row')} ({count(customers, 'customer')}), "
        f"{data.base_rate:.1%} churned"
    )
    yield Finding("learnt-from", text, count=rows)


def about_plan(plan: TestPlan) -> Iterator[Finding]:
    """How the model is tested; a warning if that is not by date although there are several dates."""
    if plan.warning:
        yield Finding("no-test-in-time", plan.warning, is_warning=True)
    yield Finding("test", f"tested on {plan.how}; {LEVEL} intervals:")


def about_test(candidates: Sequence[Candidate], tune: int, lines: Sequence[str]) -> Iterator[Finding]:
    """The test results of the models, compared with simple baselines. lines: the reports as text."""
    best = candidates[0].report
    if figures := upside_down(best.plain):
        text = f"the ranking is upside down ({figures}): do not use this model"
        yield Finding("upside-down", text, is_warning=True)
    for each in candidates:
        if each.searched is not None:
            words = ", ".join(f"{name} {value:.3g}" for name, value in each.searched.items())
            tried = f"best of {trials_on_folds(each.kind, tune)[0]} settings of {each.kind}"
            yield Finding("settings", f"  {tried}: {words or 'the default settings'}")
    for line in lines:
        yield Finding("test", f"  {line}")
    if not best.beats_a_column:
        name = best.best_column.column
        text = f"the model does not clearly beat one column, {name}"
        yield Finding("one-column", text, is_warning=True, column=name)


def about_pairs(kind: str, pairs: Sequence[Sequence[str]]) -> Iterator[Finding]:
    """The features that act together in a model. pairs: of names."""
    if pairs:
        names = "; ".join(f"{quote(first)} and {quote(second)}" for first, second in pairs)
        yield Finding("pairs", f"{kind}: features that act together: {names}")


def about_larger_trees(candidates: Sequence[Candidate], aucs: Sequence[float | None]) -> Iterator[Finding]:
    """What larger trees would have. aucs: of `try_larger_tree`."""
    for each, auc in zip(candidates, aucs, strict=True):
        if auc is not None:
            text = f"{each.kind} of at most {each.settings['max_leaves']} leaves: auc"
            own = each.report.figures["auc"]
            with_more = f"with --max-leaves {LARGE_LEAVES} it would have {auc:.3f}"
            yield Finding("larger-tree", f"{text} {own:.3f}; {with_more}")


def about_repeats(repeats: Repeats | None, report: TestReport) -> Iterator[Finding]:
    """How many rows repeat; a warning if that makes the test look better than it is."""
    if repeats is None:
        return
    text = (
        f"{count(repeats.rows, 'row')} ({repeats.share:.1%}) repeat an earlier row in every column that the "
        "model learns from and in the target"
    )
    if repeats.auc is None:
        text += "; equal rows are tested in one fold"
    else:
        auc = report.figures["auc"]
        text += f": with one row of each the auc is {repeats.auc:.3f}, not {auc:.3f}: remove the copies"
    yield Finding("repeated-rows", text, is_warning=repeats.auc is not None, count=repeats.rows)


def about_leakage(too_good: TooGood | None, report: TestReport) -> Iterator[Finding]:
    """A warning that names the fewest columns that are enough for a result that is too good to be true."""
    if too_good is None:
        return
    names = ", ".join(map(quote, too_good.columns))
    reach = f"alone reach{'es' * (len(too_good.columns) == 1)} {too_good.auc:.3f}"
    text = (
        f"auc {report.figures['auc']:.3f} is too good to be true: {names} {reach}. "
        f"If they are known only after a customer churned: --drop {','.join(too_good.columns)}"
    )
    yield Finding("too-good", text, is_warning=True)
