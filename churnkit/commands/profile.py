"""profile: what is in a table: a record a column."""

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
@options.target("Column that says who left: adds auc, leak and cohorts to each record.")
@click.option(
    "--positive", metavar="VALUE", help="The value of the target that means: left. Default: 1, true, yes."
)
@click.option("--show-pii", is_flag=True, help="Show the values of columns that hold personal data, too.")
@options.reading
@options.output(FORMATS, "jsonl", is_shown=True)
def command(
    files: tuple[str, ...], target: str | None, positive: str | None, show_pii: bool, reading: Reading, out: Destination,
) -> None:  # fmt: skip
    """What is in a table: a record a column.

    Reads any table in one pass, in bounded memory; several FILEs are one table. Writes a record a column and a
    last one of the table (column null): type (integer, float, boolean, timestamp, text, judged over all rows),
    rows, nulls, distinct, min, max, mean, std, quantiles, zeros, negatives, top (the ten commonest values),
    histogram, text lengths, time span and largest gap (of up to 100,000 times), flags, pii.

    \b
      churnkit simulate --customers 1000 > events.csv
      churnkit profile events.csv
      churnkit profile events.csv | jq -r 'select(.nulls > 0) | .column'
      churnkit featurize --as-of 2024-06-01 --horizon 30d events.csv > train.csv
      churnkit profile --target churned_30d train.csv | jq -r 'select(.auc) | [.column, .auc] | @csv'

    Exact while a column has at most 100,000 different values. Beyond that, distinct is an estimate (0.5 %,
    distinct_exact false), a quantile is off by at most 0.05 % of its distance from the middle (quantiles_exact false), and a count in
    top is too small by at most top_error. Repeated rows are exact up to half a million different ones.

    Flags: constant, unique, id-like, mostly null, mixed types (most are numbers, some are words), leading
    zeros, whitespace (at an end), outliers (three interquartile ranges beyond the quartiles), pii. Sums and means
    are doubles; min and max of whole numbers are exact. The sha256 is that of the unpacked bytes.

    pii says what personal data a column holds (email, phone, iban, card, ip, national id, by the share of its
    values that match; or what its name says), and no value of it is shown: profiles are mailed around.

    With --target: auc of the column alone (of texts, groups by their rate), leak (value: it separates almost
    alone; presence: it is filled almost only for one kind), cohorts: the share that left by tenth or group, with
    95 % Wilson intervals.
    """
    from churnkit.pictures import profile_text
    from churnkit.profiling.reading import read_profile
    from churnkit.tables import streams

    with out.open() as output:
        records = read_profile(streams.arguments(files), reading, target, positive, show_pii)
        if out.format == "text":
            colours = out.path is None and os.isatty(1) and not os.environ.get("NO_COLOR")
            output.text(profile_text.draw(records, colours))
        else:
            output.records(records)
