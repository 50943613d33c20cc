"""diff: the difference of a metric, split into parts that add up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from churnkit import columns, messages, options
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

FORMATS = (*formats.TABLES, "text")


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "--metric",
    metavar="COLUMN",
    help="The metric: a column of numbers, or of yes and no. Not needed with --stat count.",
)
@click.option(
    "--stat",
    type=click.Choice(["mean", "sum", "count"]),
    default="mean",
    show_default=True,
    help="Compare the mean (a rate), the sum, or the number of rows.",
)
@click.option(
    "--by",
    callback=options.to_names,
    metavar="COLUMNS",
    help="Columns whose values are the groups (plan,region). Default: all rows are one group.",
)
@click.option(
    "--period", metavar="COLUMN", help="Read one table and compare the last two values of this column."
)
@click.option(
    "--auto",
    is_flag=True,
    help="Search for the column, or pair of columns, that explains most of the difference.",
)
@options.id_()
@options.reading
@options.output(FORMATS, "csv", is_shown=True)
@options.with_asked
def command(
    asked: set[str],
    files: tuple[str, ...],
    metric: str | None,
    stat: str,
    by: tuple[str, ...],
    period: str | None,
    auto: bool,
    id_: str,
    reading: Reading,
    out: Destination,
) -> None:
    """Explain why a metric differs: parts that add up to the difference.

    Reads two tables, BEFORE and AFTER, or one table with --period. Writes one row per group, the largest part
    first: the --by columns, status (both, new, vanished), rows_before, rows_after, value_before, value_after,
    size_part (the group has more or fewer rows), rate_part (its value changed), part (size_part + rate_part),
    low, high, noise.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-05-01..2024-11-01/1mo --horizon 30d events.csv > table.csv
      churnkit diff --metric churned_30d --by plan_last --period as_of table.csv
      churnkit featurize --as-of 2024-05-01 --horizon 30d events.csv > may.csv
      churnkit featurize --as-of 2024-11-01 --horizon 30d events.csv > november.csv
      churnkit diff --metric churned_30d --auto --to text may.csv november.csv
      churnkit diff --metric amount_sum_30d --stat sum --by plan_last may.csv november.csv

    Let w be the share of rows of a group, r its mean, R the mean of all rows; a bar is the average of before and
    after. For a mean, size_part = Δw (r̄ - R̄) and rate_part = w̄ Δr. For a sum, with n rows of mean m, size_part =
    Δn m̄ and rate_part = n̄ Δm. New and vanished groups have only part. The parts add up exactly to the difference.

    low and high are the 95 % confidence interval of part; rows of one customer count together if there is an id
    column. noise is true if chance can explain the part. The test is for all groups together: if nothing has
    changed, 95 % of the reports name no group as a cause. --auto reports it if no column stands out; it skips
    text columns with many values and cuts numbers into quarters. Rows without the metric are left out and
    counted in a note. Memory: about 300 bytes per row.
    """
    from churnkit.diff.decomposition import FIELDS, compare, metric_name
    from churnkit.diff.reading import DiffRequest, read_compared
    from churnkit.diff.search import candidate_columns, search_split, split_by
    from churnkit.pictures import diff_text, text_table
    from churnkit.tables import streams

    _check(files, metric, stat, by, period, auto)
    metric = metric if stat != "count" else None
    request = DiffRequest(metric, stat, by, period, auto, id_, "id_" in asked)
    with out.open() as output:
        table, rows = read_compared(streams.arguments(files), reading, request)
        if auto:
            candidates, left_out = candidate_columns(table, {metric, period, id_, columns.AS_OF})
            _note_left_out(left_out)
            split = search_split(rows, candidates)
        else:
            split = split_by(table, by)
        records, names = compare(rows, split), [column.name for column in split]
        what = metric_name(stat, metric)
        sentence = diff_text.sentence(what, rows.totals.tolist(), records, names, rows.is_binary)
        sentence += "; no column stands out" if auto and not split else ""
        if output.format == "text":
            draw = partial(diff_text.draw, sentence, records, names, rows.is_binary)
            output.text(text_table.fit(draw, output.width))
        else:
            output.table(records, [*names, *FIELDS])
            messages.note("difference", sentence)


def _check(
    files: tuple[str, ...], metric: str | None, stat: str, by: tuple[str, ...], period: str | None, auto: bool
) -> None:
    """Raises UsageError for options that cannot be used together."""
    if metric is None and stat != "count":
        raise click.UsageError("--metric is missing: the column to compare (or --stat count)")
    if auto and by:
        raise click.UsageError("--auto chooses the columns; it cannot be used with --by")
    if period is None and len(files) != 2:
        raise click.UsageError("BEFORE and AFTER are two FILEs; with one table use --period COLUMN")
    if files.count("-") > 1:
        raise click.UsageError("BEFORE and AFTER cannot both be standard input")
    if len(set(by)) < len(by):
        raise click.UsageError("--by names a column twice")


def _note_left_out(names: list[str]) -> None:
    if names:
        messages.note("not-searched", f"not searched, too many values: {columns.list_names(names)}")
