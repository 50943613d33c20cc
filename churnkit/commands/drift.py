"""drift: what has moved between a base and new rows: a record a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from churnkit import columns, messages, options
from churnkit.errors import CheckFailed
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.drift.reading import Comparison
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

FORMATS = (*formats.LINES, "text")


@click.command(cls=options.CommandWithSections)
@click.argument("base", type=click.Path())
@options.files
@click.option(
    "--max-psi",
    type=click.FloatRange(min=0),
    default=0.25,
    show_default=True,
    metavar="PSI",
    help="Status 1 where a column's PSI is larger, and chance alone would not bring it there.",
)
@click.option("--only", metavar="COLUMNS", help="Compare these columns alone (a,b).")
@click.option("--drop", metavar="COLUMNS", help="Do not compare these columns (a,b).")
@options.id_(None, "Column of the customer's id. Default: the model's, else customer_id.")
@options.reading
@options.output(FORMATS, "jsonl", is_shown=True)
def command(
    base: str,
    files: tuple[str, ...],
    max_psi: float,
    only: str | None,
    drop: str | None,
    id_: str | None,
    reading: Reading,
    out: Destination,
) -> None:
    """What has moved between a base and new rows: a record a column.

    Reads a BASE (a table, a model, or the records of profile, so that the base's data need not be kept) and a
    new table. Writes a record a column, the most moved first: column, kind (number, category, score; gone or
    added), psi, psi_chance, p, drifted, before and after (means; of a category the share of the base's top
    value), missing_before, missing_after, new_values, vanished_values, importance, note. Rows flow: memory stays the
    same for any number.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-05-01 --horizon 30d events.csv > may.csv
      churnkit featurize --as-of 2024-11-01 events.csv > november.csv
      churnkit drift --drop tenure_days may.csv november.csv || echo "look before you score"
      churnkit profile may.csv > may.jsonl
      churnkit drift --to text may.jsonl november.csv || true
      churnkit fit --model logistic may.csv > model.json
      churnkit drift --to text model.json november.csv || true

    PSI is the sum of (q - p) ln(q / p) over bins: the tenths of the base, or its (ten) most frequent values and all
    others, and what is missing. psi_chance is what chance alone brings in the mean. drifted, and so status 1,
    where psi passes --max-psi and p is below .005 / columns, counted in customers where there is an id: the
    rows of one move together. With k rows each they count for (sum of k)^2 / (sum of k^2), exactly up to 65,536
    customers, beyond within 2 %. A column that is gone is drifted as well. note says where too few rows are there to
    tell: then nothing is said to be fine. Against a model, columns stand by psi times importance, and the record
    of kind score compares its probabilities with those of the rows it learnt from. A tenure ages by itself:
    --drop it.
    """
    from churnkit.drift.reading import DriftOptions, compare_files
    from churnkit.drift.records import FIELDS, flat_record
    from churnkit.pictures import drift_text

    if base == "-" and (not files or "-" in files):
        raise click.UsageError("the base and the new rows cannot both be standard input")
    chosen = DriftOptions(max_psi, options.names(only), options.names(drop), id_)
    with out.open() as output:
        found = compare_files(base, files, reading, chosen)
        if output.format == "text":
            output.text(drift_text.draw(found.records, max_psi))
        elif output.format == "jsonl":
            output.records(found.records)
        else:
            output.table([flat_record(record) for record in found.records], FIELDS)
    _tell(found, max_psi)


def _tell(found: Comparison, max_psi: float) -> None:
    """What was not compared, what cannot be told, and the failure where something drifted."""
    for name, why in found.left_out.items():
        messages.note("not-compared", f"{name} is not compared: {why}", column=name)
    unclear = [record["column"] for record in found.records if record["note"]]
    if unclear:
        messages.warn(
            "too-few-rows", f"too few rows to tell whether there is drift in {columns.list_names(unclear)}"
        )
    weights = sum(record["importance"] or 0 for record in found.records)
    if weights:
        total = sum((r["psi"] or 0) * (r["importance"] or 0) for r in found.records) / weights
        messages.note("weighted-psi", f"PSI weighted by importance: {total:.3f}")
    drifted = [r for r in found.records if r["drifted"]]
    if drifted:
        told = [r["column"] + (" is gone" if r["psi"] is None else f" {r['psi']:.2f}") for r in drifted]
        raise CheckFailed(f"drift past {max_psi:g}: {', '.join(told[:10])}")
