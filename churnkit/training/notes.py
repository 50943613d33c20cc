"""The notes of a fit: the columns, the rows that repeat, the test, and what makes the result doubtful."""

from __future__ import annotations

from collections.abc import Sequence

from churnkit import intervals, messages
from churnkit.errors import quote
from churnkit.models.columns import TrainingRows
from churnkit.tables.notations import note_other_notation
from churnkit.training.baselines import TestReport, upside_down
from churnkit.training.candidates import Candidate
from churnkit.training.leakage import TooGood
from churnkit.training.preparation import PreparedColumns
from churnkit.training.reading import LabelledRows
from churnkit.training.repeats import Repeats
from churnkit.training.search import trials_on_folds
from churnkit.training.test_plan import TestPlan

# reasons for leaving a column out that need no note
EXPECTED_REASONS = ("the id", "the target", "the observation date", "the weight", "--drop", "not in --only")


def note_columns(rows: LabelledRows, prepared: PreparedColumns, data: TrainingRows) -> None:
    """Notes on the columns that are used, and on those left out and why."""
    note_other_notation(prepared.notations)
    for name, why in prepared.left_out.items():
        if name in prepared.leaks:
            text = (
                f"{quote(name)} left out because it reveals the target: {why} (--allow-leak uses it anyway)"
            )
            messages.warn("leak", text, column=name)
        elif name in prepared.clocks:
            messages.note(
                "clock", f"{quote(name)} left out: {why} (--allow-clock uses it anyway)", column=name
            )
        elif why not in EXPECTED_REASONS:
            messages.note("column-left-out", f"{quote(name)} left out: {why}", column=name)
    columns, customers = len(prepared.columns), int(data.groups.max()) + 1
    messages.note(
        "learnt-from",
        f"trained on {messages.count(columns, 'column')} of {messages.count(rows.table.height, 'row')}"
        f" ({messages.count(customers, 'customer')}), {data.base_rate:.1%} churned",
        count=rows.table.height,
    )


def note_repeats(repeats: Repeats | None, report: TestReport) -> None:
    """How many rows repeat; a warning if that makes the test look better than it is."""
    if repeats is None:
        return
    rows = messages.count(repeats.rows, "row")
    text = (
        f"{rows} ({repeats.share:.1%}) repeat an earlier row in every column that the model learns from and "
        "in the target"
    )
    if repeats.auc is None:
        messages.note("repeated-rows", f"{text}; equal rows are tested in one fold", count=repeats.rows)
        return
    auc = report.figures["auc"]
    messages.warn(
        "repeated-rows",
        f"{text}: with one row of each the auc is {repeats.auc:.3f}, not {auc:.3f}: remove the copies",
        count=repeats.rows,
    )


def note_plan(plan: TestPlan) -> None:
    """How the model is tested; a warning if that is not by date although there are several dates."""
    if plan.warning:
        messages.warn("no-test-in-time", plan.warning)
    messages.note("test", f"tested on {plan.how}; {intervals.LEVEL} intervals:")


def note_reports(candidates: Sequence[Candidate], tune: int, lines: Sequence[str]) -> None:
    """Notes on the test results of the models, compared with simple baselines. lines: the reports as text."""
    if figures := upside_down(candidates[0].report.plain):
        messages.warn("upside-down", f"the ranking is upside down ({figures}): do not use this model")
    for each in candidates:
        if each.searched is not None:
            tried = trials_on_folds(each.kind, tune)[0]
            words = ", ".join(f"{name} {value:.3g}" for name, value in each.searched.items())
            messages.note(
                "settings", f"  best of {tried} settings of {each.kind}: {words or 'the default settings'}"
            )
    for line in lines:
        messages.note("test", f"  {line}")
    best = candidates[0].report
    if not best.beats_a_column:
        name = best.best_column.column
        messages.warn("one-column", f"the model does not clearly beat one column, {name}", column=name)


def warn_too_good(too_good: TooGood, report: TestReport) -> None:
    """A warning that names the fewest columns that are enough for the result."""
    names = ", ".join(map(quote, too_good.columns))
    reach = f"alone reach{'es' * (len(too_good.columns) == 1)} {too_good.auc:.3f}"
    auc = report.figures["auc"]
    messages.warn(
        "too-good",
        f"auc {auc:.3f} is too good to be true: {names} {reach}. If they are known only after "
        f"a customer churned: --drop {','.join(too_good.columns)}",
    )
