"""score: who leaves: a probability for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options
from churnkit.tables import formats

if TYPE_CHECKING:
    import polars as pl

    from churnkit.evaluation.expected_loss import ExpectedLoss
    from churnkit.explanation.reason_words import ToldReasons
    from churnkit.models.model_file import Model
    from churnkit.models.model_rows import ModelRows
    from churnkit.tables.writing import Destination

EXPECTED_LOSS = "expected_loss"


@click.command(cls=options.CommandWithSections)
@click.argument("model_path", metavar="MODEL", type=click.Path())
@options.files
@click.option("--keep", metavar="COLUMNS", help="Copy these columns unchanged to the output (a,b), or all.")
@click.option(
    "--customer-value",
    metavar="COLUMN",
    help="Add expected_loss, probability times this column, and report the sums.",
)
@options.digits
@click.option(
    "--by-line", is_flag=True, help="Write each row as soon as it arrives, for live streams (tail -f, kcat)."
)
@click.option(
    "--reasons",
    type=click.IntRange(min=0),
    metavar="N",
    help="Add the N largest reasons of each row in words: reason_1, reason_2, …; 0 for all.",
)
@click.option(
    "--actionable",
    metavar="PATTERNS",
    callback=options.to_names,
    help="With --reasons: only reasons from these columns ('support*,login*'), those that somebody can change.",
)
@click.option(
    "--stamp",
    is_flag=True,
    help="Add model_sha256, the SHA-256 of the model file, so that catalog finds the model.",
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.reading
@options.output(formats.TABLES, "csv")
def command(
    model_path: str,
    files: tuple[str, ...],
    keep: str | None,
    customer_value: str | None,
    digits: int | None,
    by_line: bool,
    reasons: int | None,
    actionable: tuple[str, ...],
    stamp: bool,
    id_: str | None,
    out: Destination,
    reading: Any,
) -> None:
    """Predict the churn probability of each row.

    Reads a MODEL (- for standard input) and a table with its columns, in any order; other columns are ignored.
    Writes one output row per input row, in the same order: the id (or row, the row's number), churn_probability
    (0 to 1), and as_of if the input has it. score streams: memory is constant, and output starts before the input
    ends. Slow input is scored within some hundredths of a second, and with --by-line at once.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model tree train.csv > model.json
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv |
        churnkit score model.json | sort -t, -k2,2gr | head
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv > now.csv
      churnkit score --reasons 2 --actionable 'login*,event*' model.json now.csv | head -3
      printf '%s\\n' now.csv now.csv | xargs -P2 -n1 churnkit score model.json --no-header > scored.csv

    --reasons writes what explain says of the same row: "raises risk: last login 33 days ago (typical: 7.2), clearly".
    A reason is empty if fewer columns add to the risk or take from it.

    Categories that the model does not know count as "other"; missing values need no preparation. For each column
    whose values have moved far from the training rows, one warning is printed at the end. The sums of
    --customer-value have 95 % intervals of chance and the error of the test; after fit --backtest, of the errors of past
    dates. Lines of up to 4,096 bytes stay whole when several processes write to one pipe.
    """
    from churnkit.drift.watch import Watch
    from churnkit.models.model_file import read_model
    from churnkit.models.model_rows import open_model_rows, read_blocks
    from churnkit.tables import streams

    if model_path == "-" and (not files or "-" in files):
        raise click.UsageError("the model and the rows cannot both be standard input")
    if actionable and reasons is None:
        raise click.UsageError("--actionable chooses reasons: add --reasons N")
    with out.open() as output:
        model = read_model(model_path)
        told = None if reasons is None else _told_reasons(model, actionable, reasons)
        patience = 0.0 if by_line else streams.PATIENCE
        with streams.table_after(model_path, "MODEL", files) as paths:
            table = open_model_rows(model, paths, reading, id_, patience)
        own = {id_ or model.id or columns.ID, *(told.names if told else ())}
        kept = _columns_to_keep(table.names, keep, own)
        numbers = [customer_value] if customer_value else []
        for name in [*kept, *numbers]:
            table.require(name)
        watch = Watch(model.watched, model.facts["trained_on"].get("effective_customers"))
        losses = _expected_loss(model) if customer_value else None
        for rows in read_blocks(model, table, id_, numbers, kept):
            watch.see(rows.matrix, rows.ids)
            output.frame(_output_rows(model, rows, kept, losses, told, stamp), digits)
    for sentence in watch.moved():
        messages.warn("drifted", sentence)
    if customer_value and losses is not None:
        messages.note("expected-loss", losses.sentence)
        _note_window(model, customer_value)


def _expected_loss(model: Model) -> ExpectedLoss:
    from churnkit.evaluation.expected_loss import ExpectedLoss, model_error, past_outcomes

    return ExpectedLoss(model_error(model.facts["metrics"]), past_outcomes(model.facts["backtest"]))


def _told_reasons(model: Model, actionable: Sequence[str], number: int) -> ToldReasons:
    from churnkit.explanation.reason_words import ToldReasons, matching_places

    places = matching_places([column.name for column in model.columns], actionable)
    return ToldReasons(model.columns, places, number)


def _output_rows(
    model: Model,
    rows: ModelRows,
    kept: list[str],
    losses: ExpectedLoss | None,
    told: ToldReasons | None,
    stamp: bool,
) -> pl.DataFrame:
    """The output: id, churn_probability, as_of, expected_loss, reasons, model_sha256, and the columns of --keep."""
    import polars as pl

    from churnkit.models.model_rows import kept_columns, number_column

    probability = model.fitted.probability(rows.matrix)
    series = [rows.heads[0], number_column(columns.PROBABILITY, probability), *rows.heads[1:]]
    if losses is not None:
        value = rows.values.to_series().fill_null(float("nan")).to_numpy()
        losses.add(probability, value)
        series.append(pl.Series(EXPECTED_LOSS, probability * value).fill_nan(None))
    if told is not None:
        series += told.columns_of(model.fitted, rows.matrix)
    if stamp:
        series.append(pl.repeat(model.sha256, len(probability), eager=True).alias(columns.MODEL_SHA256))
    return pl.DataFrame([*series, *kept_columns(rows.texts, kept)])


def _columns_to_keep(names: list[str], keep: str | None, taken: set[str]) -> list[str]:
    """The columns of --keep, without those that the output has anyway."""
    wanted = names if keep == "all" else options.names(keep)
    own = {*taken, columns.AS_OF, columns.PROBABILITY, EXPECTED_LOSS, columns.MODEL_SHA256}
    return [name for name in dict.fromkeys(wanted) if name not in own]


def _note_window(model: Model, customer_value: str) -> None:
    """A note if the value is of another number of days than the label: 30 days of revenue are not 90."""
    from churnkit import features

    feature, horizon = features.parse(customer_value), model.facts["label"].get("horizon_days")
    if feature and horizon and feature.days and feature.days != horizon:
        messages.note(
            "value-window",
            f"{customer_value} covers {feature.days} days, the label {horizon}: "
            f"expected_loss is the loss of {feature.days} days",
        )
