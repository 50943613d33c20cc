"""drift: which columns have changed between a base and new rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

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
    help="Exit with status 1 if the PSI of a column is larger and chance does not explain it.",
)
@click.option(
    "--max-outside",
    type=options.Share(),
    default="1%",
    show_default=True,
    metavar="SHARE",
    help="Exit with status 1 if a larger share of a column's values is outside the base's range and chance "
    "does not explain it.",
)
@click.option("--only", metavar="COLUMNS", help="Compare only these columns (a,b).")
@click.option("--drop", metavar="COLUMNS", help="Do not compare these columns (a,b).")
@options.id_(None, "Column of the customer's id. Default: as in the model, else customer_id.")
@options.reading
@options.output(FORMATS, "jsonl", is_shown=True)
def command(
    base: str,
    files: tuple[str, ...],
    max_psi: float,
    max_outside: float,
    only: str | None,
    drop: str | None,
    id_: str | None,
    reading: Reading,
    out: Destination,
) -> None:
    """Find columns that have changed between a base and new rows.

    Reads a BASE and a new table. BASE is a table, a model, or the output of profile (so you need not keep the old
    rows). Writes one record per column, the largest change first: column, kind (number, category, score; gone or
    added), psi, psi_chance, p, drifted, moved (p says that chance does not explain it), outside (the share of
    numbers outside the base's range), outside_chance, outside_p, change (what has moved, in words), top_value,
    before and after (the mean; for a category the share of the base's top value), missing_before, missing_after,
    new_values, vanished_values, importance, note. Memory is the same for any number of rows.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-05-01 --horizon 30d events.csv > may.csv
      churnkit featurize --as-of 2024-11-01 events.csv > november.csv
      churnkit drift --drop tenure_days may.csv november.csv || echo "look before you score"
      churnkit profile may.csv > may.jsonl
      churnkit drift --to text may.jsonl november.csv || true
      churnkit fit --model logistic may.csv > model.json
      churnkit drift --to text model.json november.csv || true

    PSI is the sum of (q - p) ln(q / p) over bins: the deciles of the base, or its (ten) most frequent values and a
    bin for all others; and a bin for missing values. psi_chance is the average PSI from chance alone.

    A column has drifted, and the exit status is 1, if psi is above --max-psi and p is below .005 / columns, or if
    outside is above --max-outside and outside_p is below .005 / columns: where nothing has changed, both together
    alarm in less than 1 of 100 tables. By chance, 2 / (N + 1) of the values are outside the range of N customers.
    A column with a low p and a psi below the limit has moved, but little: the text says what. If there is an id column, customers count, not rows, because the rows of a customer change together. If a
    customer has k rows, all count as (sum of k)^2 / (sum of k^2) customers: exact up to 65,536, above that within
    2 %. A column that the new rows do not have (gone) has drifted, too. If there are too few rows to decide, note
    says so; such a column is not reported as fine.

    With a model as BASE, the record of the score has auc_promised and log_loss_promised: what calibrated
    probabilities promise for these rows without labels, beside those of the test (auc_test, log_loss_test). They
    cannot see a changed relation between the columns and churn: evaluate when the truth is known.

    With a model as BASE, columns are sorted by psi times importance, and the record of kind score compares the
    predicted probabilities with those of the training rows. Columns of BASE that reveal the date (three or more
    as_of dates) are named and not compared, because they always move. With fewer dates in BASE, leave out what
    always grows: --drop tenure_days,signup_recency_days.
    """
    from churnkit.drift.reading import DriftOptions, compare_files
    from churnkit.drift.records import FIELDS, flat_record
    from churnkit.pictures import drift_text, text_table

    if base == "-" and (not files or "-" in files):
        raise click.UsageError("BASE and FILE cannot both be standard input")
    chosen = DriftOptions(max_psi, max_outside, options.names(only), options.names(drop), id_)
    with out.open() as output:
        comparison = compare_files(base, files, reading, chosen)
        if output.format == "text":
            draw = partial(drift_text.draw, comparison.records, max_psi, max_outside)
            output.text(text_table.fit(draw, output.width))
        elif output.format == "jsonl":
            output.records(comparison.records)
        else:
            output.table([flat_record(record) for record in comparison.records], FIELDS)
    _report(comparison)


def _report(comparison: Comparison) -> None:
    """Write the notes; raise CheckFailed if a column has drifted."""
    for name, why in comparison.left_out.items():
        messages.note("not-compared", f"{name} is not compared: {why}", column=name)
    undecided = [record["column"] for record in comparison.records if record["note"]]
    if undecided:
        messages.warn(
            "too-few-rows",
            f"too few rows to decide whether these columns have drifted: {columns.list_names(undecided)}",
        )
    weights = sum(record["importance"] or 0 for record in comparison.records)
    if weights:
        total = sum((r["psi"] or 0) * (r["importance"] or 0) for r in comparison.records) / weights
        messages.note("weighted-psi", f"PSI weighted by importance: {total:.3f}")
    for record in comparison.records:
        if record.get("auc_promised") is not None:
            messages.note("promised", _promise(record))
    drifted = [r for r in comparison.records if r["drifted"]]
    if drifted:
        more = f", and {len(drifted) - 10} more" if len(drifted) > 10 else ""
        raise CheckFailed(f"drifted: {', '.join(map(_why, drifted[:10]))}{more}")


def _promise(record: dict[str, Any]) -> str:
    """The promised figures beside those of the test, and their assumption."""
    parts = []
    for name in ("auc", "log_loss"):
        tested = record[f"{name}_test"]
        beside = "" if tested is None else f" (test {tested:.3f})"
        parts.append(f"{name} {record[f'{name}_promised']:.3f}{beside}")
    return f"promised for these rows: {', '.join(parts)}, if a probability still means what it says"


def _why(record: dict[str, Any]) -> str:
    """Why a column has drifted, as `amount (PSI 0.36, 5% outside)`."""
    if record["psi"] is None:
        return f"{record['column']} is gone"
    outside = f", {record['outside']:.1%} outside" if record["outside"] else ""
    return f"{record['column']} (PSI {record['psi']:.2f}{outside})"
