"""profile: a description of each column of a table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from churnkit import options

if TYPE_CHECKING:
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

FORMATS = ("jsonl", "text")


@click.command(cls=options.CommandWithSections)
@options.files
@options.target("Column that says who churned: adds auc, leak and target_rates to each record.")
@click.option("--positive", metavar="VALUE", help="Target value that means churned. Default: 1, true, yes.")
@click.option("--show-pii", is_flag=True, help="Also show the values of columns with personal data.")
@options.reading
@options.output(FORMATS, "jsonl", is_shown=True)
@options.with_asked
def command(
    files: tuple[str, ...],
    target: str | None,
    positive: str | None,
    show_pii: bool,
    reading: Reading,
    out: Destination,
    asked: set[str],
) -> None:
    """Describe each column of a table: one record per column.

    Reads any table in one pass, in bounded memory; several FILEs are read as one table. Writes one record per
    column and a last record for the whole table (column null): type (integer, float, boolean, timestamp, text;
    decided over all rows), rows, nulls, distinct, min, max, mean, std, quantiles, zeros, negatives, top (the ten most
    frequent values), histogram, text lengths, time span and largest gap (of up to 100,000 times), flags, pii.

    \b
      churnkit simulate --customers 1000 > events.csv
      churnkit profile events.csv
      churnkit profile events.csv | jq -r 'select(.nulls > 0) | .column'
      churnkit featurize --as-of 2024-06-01 --horizon 30d events.csv > train.csv
      churnkit profile --target churned_30d train.csv | jq -r 'select(.auc) | [.column, .auc] | @csv'

    All figures are exact if a column has at most 100,000 different values. With more values, distinct is an
    estimate (error 0.5 %, distinct_exact false), a quantile is off by at most 0.05 % of its distance from the
    median of the first rows (quantiles_exact false), and a count in top is too small by at most top_error. The
    number of repeated rows is exact up to half a million different rows.

    Flags: constant, unique, id-like, mostly null, mixed types (most values are numbers, some are words), leading
    zeros, whitespace (at the start or end), outliers (more than three interquartile ranges beyond the
    quartiles), pii, special category, reveals the date (in a table of three or more as_of dates; fit leaves it
    out). Sums and means are doubles; min and max of whole numbers are exact. sha256 is the hash of the uncompressed
    bytes.

    pii is the kind of personal data in a column (email, phone, iban, card, ip, national id): 1 % of the values hold
    an e-mail address, phone number, card or account, also inside a sentence, or many are an IP address or a national
    id, or the column's name says so. Values of such a column are hidden, so a profile can be shared; in other columns
    a rare address is shown as [email]. special_category is what a column's name speaks of, in English, German, French
    or Spanish: health, religion, politics, sexual life, trade union, ethnic origin, biometric or genetic.

    With --target: auc of the column alone (text values ordered by their churn rate), leak (value: the column
    alone almost separates churned from stayed; presence: it is filled almost only for one of the two), and
    target_rates: the share that churned per tenth or group, with 95 % Wilson intervals.
    """
    from churnkit.profiling.reading import read_profile
    from churnkit.tables import streams

    with out.open() as output:
        paths, is_required = streams.arguments(files), "target" in asked
        records = read_profile(paths, reading, target, positive, show_pii, is_required)
        if out.format == "text":
            from churnkit.pictures import profile_text  # its libraries take as long as a small table

            colours = out.path is None and os.isatty(1) and not os.environ.get("NO_COLOR")
            output.text(profile_text.draw(records, output.width, colours))
        else:
            output.records(records)
