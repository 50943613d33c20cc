"""score: who leaves: a probability for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options
from churnkit.tables import formats

if TYPE_CHECKING:
    import polars as pl

    from churnkit.evaluation.expected_loss import ExpectedLoss
    from churnkit.models.model_file import Model
    from churnkit.models.model_rows import ModelRows
    from churnkit.tables.writing import Destination

EXPECTED_LOSS = "expected_loss"


@click.command(cls=options.CommandWithSections)
@click.argument("model", type=click.Path())
@options.files
@click.option("--keep", metavar="COLUMNS", help="Pass these columns through as they stand (a,b), or all.")
@click.option(
    "--customer-value",
    metavar="COLUMN",
    help="Add expected_loss: probability times this column; say the sums.",
)
@click.option(
    "--by-line", is_flag=True, help="Answer each row as it comes, for live streams (tail -f, kcat)."
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.reading
@options.output(formats.TABLES, "csv")
def command(
    model: str,
    files: tuple[str, ...],
    keep: str | None,
    customer_value: str | None,
    by_line: bool,
    id_: str | None,
    out: Destination,
    reading: Any,
) -> None:
    """Predict the churn probability of each row.

    Reads a MODEL (- for standard input) and a table with its columns, in any order; others are ignored.
    Writes a row a row, in their order: the id (or row, its number), churn_probability (0 to 1), as_of if
    there. Rows flow: memory stays the same for any number, and the first come out before the input ends:
    what trickles in is answered some hundredths of a second later, with --by-line without any waiting for more.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit train.csv > model.json
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv |
        churnkit score model.json | sort -t, -k2,2gr | head
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv > now.csv
      printf '%s\\n' now.csv now.csv | xargs -P2 -n1 churnkit score model.json --no-header > scored.csv

    Values that the model did not know are "other"; missing values need no preparation. A column whose
    values have moved far from what the model saw is told in one warning at the end. Lines of up to 4,096
    bytes never tear where several processes write to one pipe.
    """
    from churnkit.drift.watch import Watch
    from churnkit.evaluation.expected_loss import ExpectedLoss
    from churnkit.models.model_file import read_model
    from churnkit.models.model_rows import open_model_rows, read_blocks
    from churnkit.tables import streams

    if model == "-" and (not files or "-" in files):
        raise click.UsageError("the model and the rows cannot both be standard input")
    with out.open() as output:
        known = read_model(model)
        patience = 0.0 if by_line else streams.PATIENCE
        table = open_model_rows(known, files, reading, id_, patience)
        kept = _kept(table.names, keep, id_ or known.id or columns.ID)
        numbers = [customer_value] if customer_value else []
        for name in [*kept, *numbers]:
            table.require(name)
        watch = Watch(known.columns, known.facts["trained_on"].get("effective_customers"))
        losses = ExpectedLoss()
        for rows in read_blocks(known, table, id_, numbers, kept):
            watch.see(rows.matrix, rows.ids)
            output.frame(_scored(known, rows, kept, losses))
    for sentence in watch.moved():
        messages.warn("drifted", sentence)
    if customer_value:
        messages.note("expected-loss", losses.told)
        _note_window(known, customer_value)


def _scored(known: Model, rows: ModelRows, kept: list[str], losses: ExpectedLoss) -> pl.DataFrame:
    """id, churn_probability, as_of, expected_loss, and what is kept."""
    import polars as pl

    from churnkit.models.model_rows import kept_columns

    probability = known.fitted.probability(rows.matrix)
    made = [rows.heads[0], pl.Series(columns.PROBABILITY, probability), *rows.heads[1:]]
    if rows.values.width:
        value = rows.values.to_series().fill_null(float("nan")).to_numpy()
        losses.add(probability, value)
        made.append(pl.Series(EXPECTED_LOSS, probability * value).fill_nan(None))
    return pl.DataFrame([*made, *kept_columns(rows.texts, kept)])


def _kept(names: list[str], keep: str | None, id_: str) -> list[str]:
    """The columns to pass through, without those that stand in the output anyway."""
    wanted = names if keep == "all" else options.names(keep)
    ours = {id_, columns.AS_OF, columns.PROBABILITY, EXPECTED_LOSS}
    return [name for name in dict.fromkeys(wanted) if name not in ours]


def _note_window(known: Model, customer_value: str) -> None:
    """A value of 30 days is not what leaving costs in 90."""
    from churnkit import features

    feature, horizon = features.parse(customer_value), known.facts["label"].get("horizon_days")
    if feature and horizon and feature.days and feature.days != horizon:
        messages.note(
            "value-window",
            f"the value is of {feature.days} days, the label of {horizon}: the loss is of {feature.days} days",
        )
