"""fit: a model of who leaves, as one line of JSON."""

from __future__ import annotations

import importlib
import itertools
import platform
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from churnkit import messages, options
from churnkit.errors import ChurnkitError, quote
from churnkit.models import MODELS

if TYPE_CHECKING:
    from churnkit.models.columns import TrainingRows
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination
    from churnkit.training.candidates import Candidate
    from churnkit.training.learning_options import FitOptions
    from churnkit.training.preparation import PreparedColumns
    from churnkit.training.reading import LabelledRows
    from churnkit.training.test_plan import TestPlan


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "--model",
    "kind",
    type=click.Choice([*MODELS, "all", "best"]),
    default="logistic",
    show_default=True,
    help="Kind of model: logistic regression, decision tree, boosted trees; all: one model per line; best: the best.",
)
@options.target("Column to predict. Default: churned, or the only column whose name begins with churned_.")
@options.learning
@click.option(
    "--max-leaves",
    type=click.IntRange(2, 1000),
    default=12,
    show_default=True,
    help="Maximum number of leaves of a tree.",
)
@click.option(
    "--rising",
    callback=options.to_names,
    metavar="COLUMNS",
    help="Number columns whose higher values may only raise the probability.",
)
@click.option(
    "--falling",
    callback=options.to_names,
    metavar="COLUMNS",
    help="Number columns whose higher values may only lower the probability.",
)
@click.option(
    "--first",
    metavar="COLUMN",
    help="Column of the first question of a tree. Default: the one that fits best (tree).",
)
@click.option(
    "--tune",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Try N random settings and use the best.",
)
@click.option(
    "--ablate", is_flag=True, help="Also train without each group of columns, to see what the group adds."
)
@options.weight
@click.option(
    "--out-of-fold",
    type=click.Path(),
    metavar="FILE",
    help="Write the tested rows to FILE, with probabilities from models that did not see them; for evaluate.",
)
@click.option(
    "--keep",
    callback=options.to_names,
    metavar="COLUMNS",
    help="With --out-of-fold: also write these columns there (a,b).",
)
@click.option(
    "--backtest",
    type=click.Path(),
    metavar="FILE",
    help="Store what backtest wrote in the model: score then gives its sums the interval that past dates earned.",
)
@click.option(
    "--note",
    "remarks",
    multiple=True,
    metavar="KEY=VALUE",
    help="Store a remark in the model: owner=ann. Repeatable.",
)
@options.seed
@options.id_()
@options.reading
@options.output(["jsonl"], "one line of JSON")
def command(files: tuple[str, ...], out: Destination, reading: Reading, **given: Any) -> None:
    """Train a churn model and write it as one line of JSON.

    Reads a feature table (from featurize, or any table with a target) into memory, about 70 bytes per value: if
    that is too much, use fewer customers (sample --by) or columns (cut). Writes the model. Standard error reports
    the columns used, those left out and why, and the test results.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model xgboost --out-of-fold tested.csv train.csv > model.json
      churnkit evaluate tested.csv
      jq -r '.features[].name' model.json

    Left out are: the id, as_of, the target, other labels (churned…), times, constants, free text, ids, leaks
    (columns that reveal the target) and, in a table of three or more dates, clocks (columns that reveal the date). Missing values and categories need no preparation.

    With several as_of dates, the model is tested on the latest date, after training on the earlier dates whose
    label windows end by then. (If the latest date has very few rows, as with customers' own dates, it is tested on
    the latest fifth of the rows.) Otherwise it is tested in five folds, with all rows of a customer in one fold;
    rows that repeat another row are in its fold. Probabilities are calibrated on scores of unseen rows. The model
    that is written is then fitted on all rows, so scoring those rows again makes it look better than it is:
    evaluate the rows of --out-of-fold instead.

    --model all compares the kinds and the best single column, and writes one model per line, highest auc first.
    --model best writes one model: the lowest log loss in the test, or a simpler kind within one standard error of
    it (logistic, tree, xgboost). A logistic regression has up to five pairs of features that act together, where a
    test finds them and they lower the log loss in the folds by more than .005 and a standard error; columns of
    --rising and --falling enter no pair. --tune compares settings on folds of the training rows only, separately for each
    fold of the test, so the test stays honest. --ablate reports how the auc changes without the columns about one
    event, value or rhythm, each with a paired 95 % interval.
    """
    from churnkit.backtest.reading import read_history
    from churnkit.pictures import test_report_text
    from churnkit.tables import streams
    from churnkit.tables.notations import note_other_notation
    from churnkit.tables.table import Table
    from churnkit.training import notes
    from churnkit.training.candidates import BEST, FitChoice, fit_candidates
    from churnkit.training.larger_tree import try_larger_tree
    from churnkit.training.leakage import find_too_good
    from churnkit.training.learning_options import FitOptions
    from churnkit.training.preparation import prepare_rows
    from churnkit.training.reading import read_labelled
    from churnkit.training.repeats import find_repeats
    from churnkit.training.test_plan import plan_test

    chosen = FitOptions(**given)
    about: dict[str, Any] = {"created_at": options.now(), "notes": _remarks(chosen.remarks)}
    if chosen.keep and not chosen.out_of_fold:
        raise click.UsageError("--keep needs --out-of-fold")
    _check_backtest(chosen, files)
    with out.open() as output:
        table = Table(streams.arguments(files), reading, is_digested=True)
        for name in chosen.keep:
            table.require(name)
        rows = read_labelled(table, chosen.target, chosen.positive, chosen.id_, chosen.weight)
        prepared = prepare_rows(rows, chosen.only, chosen.drop, chosen.allow_leak, chosen.allow_clock)
        if chosen.first in prepared.left_out:
            why = prepared.left_out[chosen.first]
            raise ChurnkitError(f"--first: column {quote(chosen.first)} is left out of the model ({why})")
        if chosen.backtest:
            about["backtest"] = read_history(chosen.backtest, rows.target, chosen.kind)
        data = rows.training_rows(prepared)
        plan = plan_test(rows.target, rows.truth, rows.instants, chosen.horizon_days, chosen.lead_days)
        note_other_notation(prepared.notations)
        messages.write(notes.about_columns(prepared, data), notes.about_plan(plan))
        choice = FitChoice(
            chosen.kind,
            chosen.max_leaves,
            chosen.rising,
            chosen.falling,
            chosen.first,
            chosen.tune,
            chosen.seed,
        )
        candidates = fit_candidates(data, plan, choice, messages.step)
        best = candidates[0]
        lines = test_report_text.draw({each.kind: each.report for each in candidates})
        repeats = find_repeats(data, best.scores, best.report)
        written = candidates[:1] if chosen.kind == BEST else candidates
        larger = [try_larger_tree(each, data, plan, chosen.seed, messages.step) for each in written]
        too_good = find_too_good(data, best.report, chosen.seed)
        messages.write(
            notes.about_test(candidates, chosen.tune, lines),
            notes.about_larger_trees(written, larger),
            notes.about_repeats(repeats, best.report),
            notes.about_leakage(too_good, best.report),
        )
        if chosen.ablate:
            _note_ablations(best, data, plan, chosen.seed)
        if chosen.out_of_fold:
            _write_tested(chosen.out_of_fold, rows, best, chosen.keep)
        about["too_good"] = too_good.plain if too_good else None
        about["allow_clock"] = list(chosen.allow_clock)
        about["trained_on"] = rows.describe(data.groups, table.sha256)
        for candidate in written:
            output.bytes(_model(candidate, rows, prepared, data, plan, chosen.seed, reading.null, about))


def _check_backtest(chosen: FitOptions, files: Sequence[str]) -> None:
    """Raises UsageError if the history and the rows are one standard input, or several kinds are fitted."""
    if chosen.backtest and chosen.kind not in MODELS:
        raise click.UsageError(f"--backtest is the history of one kind: not with --model {chosen.kind}")
    if chosen.backtest == "-" and (not files or "-" in files):
        raise click.UsageError("--backtest and the rows cannot both be standard input")


def _model(
    candidate: Candidate,
    rows: LabelledRows,
    prepared: PreparedColumns,
    data: TrainingRows,
    plan: TestPlan,
    seed: int,
    null: tuple[str, ...],
    about: dict[str, Any],
) -> bytes:
    """The line of the model that is fitted on all rows."""
    from churnkit.explanation.importance import pair_records
    from churnkit.models.model_file import Model, serialize
    from churnkit.training import notes
    from churnkit.training.fitting import add_importance, refit, score_histogram

    fitted = refit(candidate.kind, data, candidate.scores, candidate.settings, seed, messages.step)
    pairs = [record["features"] for record in pair_records(data.columns, fitted)]
    messages.write(notes.about_pairs(candidate.kind, pairs))
    if not fitted.calibration.slope:
        messages.warn(
            "no-signal",
            f"{candidate.kind} ranks unseen rows no better than chance: it gives everyone the base rate",
        )
    report = {**candidate.report.plain, "too_good": about["too_good"]}
    facts = {
        "label": plan.label,
        "trained_on": about["trained_on"],
        "metrics": {"tested": plan.how, **report, "scores": score_histogram(fitted, data)},
        "settings": {
            **candidate.settings,
            "seed": seed,
            "left_out": prepared.left_out,
            "allow_clock": about["allow_clock"],
        },
        "notes": about["notes"],
        "versions": _versions(candidate.kind),
        "created_at": about["created_at"],
        "backtest": about.get("backtest"),
    }
    weighed = add_importance(fitted, data, seed)
    return serialize(Model(fitted, weighed, rows.target, rows.id, null, facts))


def _note_ablations(candidate: Candidate, data: TrainingRows, plan: TestPlan, seed: int) -> None:
    """Notes on the AUC that the model loses without each group of columns."""
    from churnkit import features
    from churnkit.pictures import test_report_text
    from churnkit.training.ablation import ablate

    groups = features.subjects([column.name for column in data.columns])
    steps = itertools.count(1)
    ablations = ablate(
        candidate.kind, data, plan.split, lambda _: candidate.settings, seed, candidate.scores, groups,
        lambda: messages.step("ablation: group", next(steps), len(groups)),
    )  # fmt: skip
    messages.note("ablation", f"change of the {candidate.kind} auc when a group of columns is left out:")
    for line in test_report_text.ablations(ablations):
        messages.note("ablation", f"  {line}")


def _write_tested(path: str, rows: LabelledRows, candidate: Candidate, kept: Sequence[str]) -> None:
    from churnkit.tables import writing

    with writing.open_table(path) as output:
        output.frame(rows.with_scores(candidate.scores, kept))


def _remarks(pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--note must be KEY=VALUE, not {quote(pair)}")
    return dict(pair.split("=", 1) for pair in pairs)


def _versions(kind: str) -> dict[str, str]:
    import numpy
    import polars

    from churnkit import __version__
    from churnkit.models import kind_of

    versions = {"churnkit": __version__, "python": platform.python_version()}
    versions.update(numpy=numpy.__version__, polars=polars.__version__)
    library = kind_of(kind).LIBRARY
    versions[library] = importlib.import_module(library).__version__
    return versions
