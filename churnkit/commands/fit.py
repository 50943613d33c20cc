"""fit: a model of who leaves, as one line of JSON."""

from __future__ import annotations

import itertools
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options, windows
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.evaluation.splits import Split
    from churnkit.models.columns import TrainingRows
    from churnkit.training.baselines import TestReport
    from churnkit.training.fitting import TestScores
    from churnkit.training.preparation import PreparedColumns
    from churnkit.training.reading import LabelledRows

KINDS = ("logistic", "tree", "xgboost")
ALL = "all"


@click.command()
@options.files
@click.option(
    "--model",
    "kind",
    type=click.Choice([*KINDS, ALL]),
    default="logistic",
    show_default=True,
    help="Kind of model: logistic regression, a decision tree, boosted trees; all: a line each, best first.",
)
@options.target("Column to learn. Default: churned, or the only one that begins with churned_.")
@click.option(
    "--positive", metavar="VALUE", help="The value of the target that means: she left. Default: 1, true, yes."
)
@click.option(
    "--horizon",
    metavar="DAYS",
    help="Length of the label window, where the target's name does not tell it (30d).",
)
@click.option(
    "--lead", metavar="DAYS", help="Days before the label window, where the target's name does not tell them."
)
@click.option("--only", metavar="COLUMNS", help="Learn from these columns alone (a,b).")
@click.option("--drop", metavar="COLUMNS", help="Do not learn from these columns (a,b).")
@click.option(
    "--allow-leak",
    metavar="COLUMNS",
    help="Learn from these columns although they seem to give the answer away.",
)
@click.option(
    "--max-leaves",
    type=click.IntRange(2, 1000),
    default=12,
    show_default=True,
    help="Leaves of the tree, at most.",
)
@click.option(
    "--rising",
    metavar="COLUMNS",
    help="Numbers of which more may only raise the probability (tree, xgboost).",
)
@click.option("--falling", metavar="COLUMNS", help="Numbers of which more may only lower the probability.")
@click.option(
    "--tune",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Try so many settings at random, and take the best.",
)
@click.option("--ablate", is_flag=True, help="Train without each group of columns as well: what does it add?")
@click.option("--weight", metavar="COLUMN", help="How many each row stands for, where a sample was not even.")
@click.option(
    "--out-of-fold",
    type=click.Path(),
    metavar="FILE",
    help="Write the tested rows with their honest probabilities there, for evaluate.",
)
@click.option(
    "--note",
    "remarks",
    multiple=True,
    metavar="KEY=VALUE",
    help="A remark kept in the model: owner=ann. Repeatable.",
)
@options.seed
@options.id_()
@options.reading
@options.output(["jsonl"], "one line of JSON")
def command(files: tuple[str, ...], path: str | None, **given: Any) -> None:
    """A model of who leaves, as one line of JSON.

    Reads a feature table (featurize makes one; any table with a target will do), all rows into memory, about 70
    bytes a value: where that is too much, fewer customers (sample --by) or columns (cut). Writes the
    model; what is learnt from, left out and why, and how good it is, goes to standard error.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model xgboost --out-of-fold tested.csv train.csv > model.json
      churnkit evaluate tested.csv
      jq -r '.features[].name' model.json

    Left out are: the id, as_of, the target, other labels (churned…), times, constants, free text, ids, and
    columns that give the answer away. Missing values and categories need no preparation.

    Where there are several as_of dates, the model is tested on the latest, trained on the earlier ones whose
    label window is over by then; else in five folds, all rows of a customer in one. Probabilities are
    calibrated on scores of rows not seen. The model that is written is then fitted on all rows: to judge it
    by scoring those same rows would flatter it; --out-of-fold gives what was said of rows not seen.

    --model all tells the kinds and the best single column side by side, and writes the model of the largest auc
    first: churnkit fit --model all train.csv | head -n 1 > model.json. --tune compares settings on folds of
    the training rows alone, in each fold anew, so the test stays honest. --ablate tells what the auc loses
    without the columns that speak of one event, value or rhythm, each with a paired 95 % interval.
    """
    from churnkit.models.calibration import FEWEST, Calibration
    from churnkit.models.model_file import Model, serialize
    from churnkit.tables import streams, writing
    from churnkit.tables.table import Table
    from churnkit.training.fitting import add_importance, refit, score_histogram
    from churnkit.training.reading import read_labelled

    created_at = _now()
    remarks = _remarks(given["remarks"])
    with writing.open_output(path, "jsonl") as output:
        table = Table(streams.arguments(files), given["reading"], is_digested=True)
        rows = read_labelled(table, given["target"], given["positive"], given["id_"], given["weight"])
        chosen = _prepared(rows, given)
        data = _data(rows, chosen)
        test = _test(rows, given)
        _tell_columns(rows, chosen, data)
        messages.note("test", f"tested on {test.how}; 95 % intervals:")
        kinds = KINDS if given["kind"] == ALL else (given["kind"],)
        fits = sorted(
            (_fit(kind, data, test, given) for kind in kinds), key=lambda fit: -fit.judged.figures["auc"]
        )
        _tell(fits)
        if given["ablate"]:
            _tell_ablations(fits[0], data, test, given["seed"])
        if given["out_of_fold"]:
            _write_tested(given["out_of_fold"], rows, fits[0].test)
        for fit in fits:
            fitted = refit(fit.kind, data, fit.test, fit.settings, given["seed"])
            if fitted.calibration == Calibration():
                messages.note(
                    "not-calibrated",
                    f"{fit.kind} is not calibrated: that needs {FEWEST} rows of each kind that it ranks right",
                )
            facts = {
                "label": test.label,
                "trained_on": rows.described(table.sha256),
                "metrics": {"tested": test.how, **fit.judged.plain, "scores": score_histogram(fitted, data)},
                "settings": {**fit.settings, "seed": given["seed"], "left_out": chosen.left_out},
                "notes": remarks,
                "versions": _versions(fit.kind),
                "created_at": created_at,
            }
            weighed = add_importance(fitted, data, given["seed"])
            model = Model(fitted, weighed, rows.target, rows.id, given["reading"].null, facts)
            output.bytes(serialize(model))


@dataclass(frozen=True)
class _Fit:
    """One kind of model, tested."""

    kind: str
    settings: dict[str, Any]
    test: TestScores
    judged: TestReport


def _data(rows: LabelledRows, chosen: PreparedColumns) -> TrainingRows:
    from churnkit.models.columns import TrainingRows

    return TrainingRows(chosen.columns, chosen.matrix, rows.truth, rows.groups, rows.weights)


def _fit(kind: str, data: TrainingRows, test: _TestPlan, given: dict[str, Any]) -> _Fit:
    """The kind tested, its settings searched where that is asked."""
    from churnkit.evaluation.splits import FOLDS
    from churnkit.training.baselines import report_test
    from churnkit.training.fitting import search_settings, test_model

    fixed = _settings(kind, data, given)
    searches = 1 if test.split else FOLDS + 1
    steps = itertools.count(1)

    def choose(train: TrainingRows) -> dict[str, Any]:
        if not given["tune"]:
            return fixed
        total = searches * (given["tune"] + 1)
        return search_settings(
            kind, train, fixed, given["tune"], given["seed"],
            lambda: messages.step(next(steps), total, f"settings of {kind} tried"),
        )  # fmt: skip

    found = test_model(kind, data, test.split, choose, given["seed"])
    settings = choose(data.part(test.split.train) if test.split else data)
    if given["tune"]:
        told = ", ".join(f"{name} {value:.3g}" for name, value in settings.items() if name not in fixed)
        messages.note(
            "settings", f"  best of {given['tune'] + 1} settings of {kind}: {told or 'the usual ones'}"
        )
    return _Fit(kind, settings, found, report_test(found, data, given["seed"]))


def _settings(kind: str, data: TrainingRows, given: dict[str, Any]) -> dict[str, Any]:
    """What the user sets of a kind. Raises ChurnkitError for a direction of what is no number here."""
    settings: dict[str, Any] = {"max_leaves": given["max_leaves"]} if kind == "tree" else {}
    numbers = [column.name for column in data.columns if not column.is_category]
    for word in ("rising", "falling"):
        names = options.names(given[word])
        if names and kind == "logistic" and given["kind"] != ALL:
            raise click.UsageError(f"--{word} is for tree and xgboost: a regression's line has one direction")
        for name in names:
            if name not in numbers:
                raise ChurnkitError(f"--{word}: {columns.missing_column(name, numbers)}")
        if names and kind != "logistic":
            settings[word] = names
    return settings


@dataclass(frozen=True)
class _TestPlan:
    """How the model is tested. split: by dates, or None for folds. how: in words. label: for the model."""

    split: Split | None
    how: str
    label: dict[str, Any]


def _prepared(rows: LabelledRows, given: dict[str, Any]) -> PreparedColumns:
    from churnkit.training.preparation import prepare

    reserved = {columns.AS_OF: "the observation date", columns.PROBABILITY: "a score"}
    reserved.update({n: "a label" for n in rows.table.columns if n.startswith(columns.LABEL_START)})
    reserved[rows.target] = "the target"
    if rows.id:
        reserved[rows.id] = "the id"
    if rows.weight:
        reserved[rows.weight] = "the weight"
    return prepare(
        rows.table,
        rows.truth,
        reserved,
        only=options.names(given["only"]),
        drop=options.names(given["drop"]),
        allowed_leaks=options.names(given["allow_leak"]),
    )


def _test(rows: LabelledRows, given: dict[str, Any]) -> _TestPlan:
    """By dates where there are several and one is early enough, else in folds of customers."""
    from churnkit import labels
    from churnkit.evaluation.splits import latest_date_split

    rule = labels.parse(rows.target)
    horizon = (
        windows.parse_days(given["horizon"]) if given["horizon"] else rule.horizon_days if rule else None
    )
    lead = windows.parse_days(given["lead"]) if given["lead"] else rule.lead_days if rule else 0
    label = {
        "name": rows.target,
        "horizon_days": horizon,
        "lead_days": lead,
        "definition": labels.describe(rule) if rule else None,
    }
    in_folds = _TestPlan(None, "5 folds of customers", label)
    if rows.instants is None or len(set(rows.instants.tolist())) < 2:
        return in_folds
    if horizon is None:
        raise ChurnkitError(
            f"several dates, and the name {quote(rows.target)} does not tell how long its label window is: "
            "say --horizon 30d (and --lead), so that no training label reaches past the test date"
        )
    last = windows.as_of(windows.day_of(int(rows.instants.max())))
    split = latest_date_split(rows.instants, last.shifted(-(horizon + lead)))
    if not len(split.train) or any(len(set(rows.truth[part])) < 2 for part in (split.train, split.test)):
        earliest = windows.day_of(last.shifted(-(horizon + lead)))
        messages.warn(
            "no-test-in-time",
            f"no test in time: it needs rows of both kinds at {last} and at {earliest} or before "
            f"({horizon + lead} days of label window); tested in folds of customers instead",
        )
        return in_folds
    days = sorted({str(windows.day_of(i)) for i in set(rows.instants[split.train].tolist())})
    how = (
        f"{last} ({len(split.test):,} rows), trained on {messages.count(len(days), 'date')} up to {days[-1]}"
    )
    return _TestPlan(split, how, label)


def _tell_columns(rows: LabelledRows, chosen: PreparedColumns, data: TrainingRows) -> None:
    """What is learnt from, and what is not."""
    silent = ("the id", "the target", "the observation date", "the weight", "--drop", "not in --only")
    for name, why in chosen.left_out.items():
        if name in chosen.leaks:
            messages.warn(
                "leak",
                f"{quote(name)} left out, it would give the answer away: {why} (--allow-leak)",
                column=name,
            )
        elif why not in silent:
            messages.note("column-left-out", f"{quote(name)} left out: {why}", column=name)
    messages.note(
        "learnt-from",
        f"learnt from {messages.count(len(chosen.columns), 'column')} of {messages.count(rows.table.height, 'row')}"
        f" ({messages.count(int(rows.groups.max()) + 1, 'customer')}), {data.base_rate:.1%} churned",
    )


def _tell(fits: Sequence[_Fit]) -> None:
    """How good the models are, and beside what."""
    from churnkit.pictures import test_report_text

    judged = {fit.kind: fit.judged for fit in fits}
    for line in (
        test_report_text.one(*judged.values()) if len(fits) == 1 else test_report_text.side_by_side(judged)
    ):
        messages.note("test", f"  {line}")
    best = fits[0].judged
    if not best.beats_a_column:
        messages.warn(
            "one-column",
            f"it does not clearly beat one column, {best.best_column.column}",
            column=best.best_column.column,
        )


def _tell_ablations(fit: _Fit, data: TrainingRows, test: _TestPlan, seed: int) -> None:
    """What the model loses without each group of columns."""
    from churnkit import features
    from churnkit.pictures import test_report_text
    from churnkit.training.ablation import ablate

    groups = features.subjects([column.name for column in data.columns])
    steps = itertools.count(1)
    found = ablate(
        fit.kind, data, test.split, lambda _: fit.settings, seed, fit.test, groups,
        lambda: messages.step(next(steps), len(groups), "groups left out"),
    )  # fmt: skip
    messages.note(
        "ablation", f"what the auc of {fit.kind} is without a group of columns, less that with all:"
    )
    for line in test_report_text.ablations(found):
        messages.note("ablation", f"  {line}")


def _write_tested(path: str, rows: LabelledRows, test: TestScores) -> None:
    """The tested rows: id (or row), churn_probability, as_of if there, target."""
    import polars as pl

    from churnkit.tables import writing

    tested = rows.table[test.rows]
    made = [tested[rows.id] if rows.id else pl.Series("row", test.rows + 1)]
    made.append(pl.Series(columns.PROBABILITY, test.probability))
    if rows.instants is not None:
        made.append(tested[columns.AS_OF])
    made.append(pl.Series(rows.target, rows.truth[test.rows]).cast(pl.Int8))
    format = writing.choose_format(None, path, formats.TABLE_FORMATS, "csv")
    with writing.open_output(path, format) as output:
        output.frame(pl.DataFrame(made))


def _now() -> str:
    """The time of SOURCE_DATE_EPOCH, or of the clock."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.fromtimestamp(float(given), timezone.utc) if given else datetime.now(timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise ChurnkitError(f"SOURCE_DATE_EPOCH is {quote(given or '')}, not Unix seconds") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _remarks(pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--note is KEY=VALUE, not {quote(pair)}")
    return dict(pair.split("=", 1) for pair in pairs)


def _versions(kind: str) -> dict[str, str]:
    import numpy
    import polars

    from churnkit import __version__

    found = {"churnkit": __version__, "python": platform.python_version()}
    found.update(numpy=numpy.__version__, polars=polars.__version__)
    library = "xgboost" if kind == "xgboost" else "sklearn"
    found[library] = sys.modules[library].__version__
    return found
