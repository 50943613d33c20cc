"""evaluate: how good scores are: metrics with intervals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, notes, options
from churnkit.errors import CheckFailed, ChurnkitError, quoted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from churnkit.tables.frames import Frame, Reading, Table

FORMATS = ("jsonl", "text")
ID, TRUTH = "the customer", "what happened"  # as no column of the input is called


@click.command()
@options.files
@options.target("Column of the truth. Default: churned, or the only one that begins with churned_.")
@click.option(
    "--positive", metavar="VALUE", help="The value of the truth that means: she left. Default: 1, true, yes."
)
@click.option(
    "--truth",
    type=click.Path(),
    metavar="FILE",
    help="Take the truth from there, by id and as_of: last month's scores against what happened.",
)
@click.option("--min-auc", type=click.FloatRange(0, 1), help="End with status 1 where the auc is below this.")
@options.seed
@options.id_()
@options.reading
@options.output(FORMATS, "text on a terminal, jsonl")
def command(
    files: tuple[str, ...],
    truth: str | None,
    min_auc: float | None,
    seed: int,
    reading: Reading,
    path: str | None,
    to: str | None,
    **given: Any,
) -> None:
    """How good scores are: metrics with intervals.

    Reads rows with churn_probability and the truth, all into memory. Writes one record: rows, base_rate,
    auc, pr_auc (average precision), log_loss, brier, ece (10 bins of equal width), observed_over_expected,
    lift and recall in the top 10 % (ties counted as the expectation over their orders), each with a 95 %
    interval (auc_low, auc_high), and calibration, 10 bins.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --out-of-fold tested.csv train.csv > model.json
      churnkit evaluate tested.csv
      churnkit evaluate --min-auc 0.6 tested.csv > metrics.jsonl

    Do not score the rows that a model was fitted on and evaluate those: that flatters it. Intervals: 1,000
    bootstraps of whole customers, percentiles; those of one class are dropped, and counted.
    """
    from churnkit import evaluation
    from churnkit.pictures import metrics_text
    from churnkit.tables import writing

    default = "text" if path is None and os.isatty(1) else "jsonl"
    format = writing.chosen_format(to, path, FORMATS, default)
    with writing.opened(path, format) as output:
        scored = _scored(files, reading, given, is_truth_elsewhere=truth is not None)
        if truth is not None:
            scored = _joined(scored, truth, reading, given)
        known = scored.filter(scored[TRUTH].is_not_null())
        if unknown := scored.height - known.height:
            notes.say(f"{notes.count(unknown, 'row')} without a known truth left out")
        record = evaluation.record(
            known[TRUTH].to_numpy().astype(float), known[columns.PROBABILITY].to_numpy(), _groups(known), seed
        )
        if format == "text":
            output.text(metrics_text.draw(record))
        else:
            output.records([record])
    if min_auc is not None and not record["auc"] >= min_auc:
        raise CheckFailed(f"the auc is {record['auc']:.4f}, below {min_auc:g} (--min-auc)")


def _scored(
    files: tuple[str, ...], reading: Reading, given: dict[str, Any], *, is_truth_elsewhere: bool
) -> pl.DataFrame:
    """The scored rows: ID and AS_OF if there, the probability, and the truth if it is here."""
    from churnkit.tables import frames, streams

    table = frames.Table(streams.arguments(files), reading)
    table.require(columns.PROBABILITY)
    kinds = {columns.PROBABILITY: frames.NUMBER}
    rows, parts = _read(table, kinds, given, has_truth=not is_truth_elsewhere)
    said = rows[columns.PROBABILITY]
    bad = (said.is_null() | (said < 0) | (said > 1)).arg_true()
    if len(bad):
        value = "empty" if said[bad[0]] is None else f"{said[bad[0]]:g}, not between 0 and 1"
        raise ChurnkitError(
            f"{frames.place_of(parts, bad[0])}: column {quoted(columns.PROBABILITY)}: is {value}"
        )
    return rows


def _read(
    table: Table, kinds: dict[str, str], given: dict[str, Any], *, has_truth: bool
) -> tuple[pl.DataFrame, list[Frame]]:
    """Rows with the columns of these kinds, ID, AS_OF (as text) and TRUTH (1, 0, null)."""
    from churnkit import preparing
    from churnkit.tables import frames

    target = columns.target_of(table.names, given["target"]) if has_truth else None
    named = {given["id_"]: ID, columns.AS_OF: columns.AS_OF}
    present = [name for name in named if name in table.names]
    kinds = {**kinds, **dict.fromkeys([*present, *([target] if target else [])], frames.TEXT)}
    rows, parts = table.whole(kinds)
    if target is not None:
        try:
            truth = preparing.truth_of(rows[target], given["positive"])
        except preparing.TargetError as error:
            place = frames.place_of(parts, error.row)
            raise ChurnkitError(f"{place}: column {quoted(target)}: {error}") from None
        rows = rows.drop(target).with_columns(truth.alias(TRUTH))
    return rows.rename({name: named[name] for name in present if name != named[name]}), parts


def _joined(scored: pl.DataFrame, path: str, reading: Reading, given: dict[str, Any]) -> pl.DataFrame:
    """The scored rows with the truth of another table, by id, and by as_of where both have it."""
    from churnkit.tables import frames

    table = frames.Table([path], reading)
    table.require(given["id_"])
    if ID not in scored.columns:
        raise ChurnkitError(f"the scored rows have no column {quoted(given['id_'])} to join the truth by")
    truth, _ = _read(table, {}, given, has_truth=True)
    keys = [k for k in (ID, columns.AS_OF) if k in scored.columns and k in truth.columns]
    truth = truth.select(*keys, TRUTH)
    twice = truth.filter(truth.select(keys).is_duplicated())
    if twice.height:
        raise ChurnkitError(
            f"{table.name}: {quoted(str(twice[ID][0]))} stands there twice ({', '.join(keys)})"
        )
    return scored.join(truth, on=keys, how="left", maintain_order="left", nulls_equal=True)


def _groups(rows: pl.DataFrame) -> npt.NDArray[np.int64] | None:
    """A number a customer, or None where there is no id."""
    import numpy as np

    if ID not in rows.columns:
        return None
    return np.unique(rows[ID].rank("dense").fill_null(0).to_numpy(), return_inverse=True)[1]
