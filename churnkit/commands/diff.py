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
@click.option(
    "--per",
    metavar="COLUMN",
    help="The rows are sums, as those of measure: compare the sum of the metric / the sum of this column.",
)
@click.option(
    "--against",
    metavar="VALUE",
    help="With --period: compare the last value with this one, or its start (2023-11).",
)
@click.option(
    "--lag",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --period: compare the last value with the one N before it (12: the same month a year ago).",
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
    per: str | None,
    against: str | None,
    lag: int | None,
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
      churnkit measure --by plan --inactive 60d events.csv > months.csv
      churnkit diff --period period --metric churned --per customers_start --by plan --lag 3 months.csv

    Let w be the share of rows of a group, r its mean, R the mean of all rows; a bar is the average of before and
    after. For a mean, size_part = Δw (r̄ - R̄) and rate_part = w̄ Δr. For a sum, with n rows of mean m, size_part =
    Δn m̄ and rate_part = n̄ Δm. New and vanished groups have only part. The parts add up exactly to the difference.
    The sentence gives the difference with its interval, how much of it is mix (the sizes, with new and vanished
    groups) and how much rates.

    low and high are the 95 % confidence interval of part; rows of one customer count together if there is an id
    column. noise is true if chance can explain the part. The test is for all groups together: if nothing has
    changed, 95 % of the reports name no group as a cause. --auto reports it if no column stands out; it skips
    text columns with many values, columns that reveal the metric or that tell before from after, times and ids;
    a note gives the reasons. It cuts numbers into quarters. Rows without the metric are left out and counted in
    a note. Memory: about 300 bytes per row.

    With --per, r is the sum of the metric / the sum of the --per column, and w the share of that sum; rows_before
    and rows_after are its sums. low, high and noise are known for counts (churned per customers_start), and empty
    for amounts (revenue_churned per revenue_start). Periods that are not complete are left out.
    """
    from churnkit.diff.decomposition import FIELDS, metric_name
    from churnkit.diff.reading import DiffRequest, read_compared
    from churnkit.diff.search import candidate_columns, search_split, split_by
    from churnkit.diff.summary import compare
    from churnkit.pictures import diff_text, text_table
    from churnkit.tables import streams

    _check(files, metric, stat, by, period, auto)
    _check_sums(per, stat, period, against, lag, asked)
    metric = metric if stat != "count" else None
    request = DiffRequest(metric, stat, by, period, auto, id_, "id_" in asked, per, against, lag)
    with out.open() as output:
        table, rows = read_compared(streams.arguments(files), reading, request)
        if auto:
            candidates, left_out = candidate_columns(table, {metric, per, period, id_, columns.AS_OF}, rows)
            _note_left_out(left_out)
            split = search_split(rows, candidates)
        else:
            split = split_by(table, by)
        (records, summary), names = compare(rows, split), [column.name for column in split]
        unit = per or diff_text.ROWS
        sentence = diff_text.sentence(metric_name(stat, metric, per), summary, records, names, unit)
        sentence += "; no column stands out" if auto and not split else ""
        if output.format == "text":
            draw = partial(diff_text.draw, sentence, records, names, rows.is_binary, unit)
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
    if period is None and len(files) > 2:
        raise click.UsageError(
            f"{len(files)} FILEs are given, but BEFORE and AFTER are two; if they are parts of one table, use"
            " --period COLUMN"
        )
    if period is None and len(files) != 2:
        raise click.UsageError("BEFORE and AFTER are two FILEs; with one table use --period COLUMN")
    if files.count("-") > 1:
        raise click.UsageError("BEFORE and AFTER cannot both be standard input")
    if len(set(by)) < len(by):
        raise click.UsageError("--by names a column twice")


def _check_sums(
    per: str | None, stat: str, period: str | None, against: str | None, lag: int | None, asked: set[str]
) -> None:
    """Raises UsageError for options of sums and of periods that cannot be used."""
    if per is not None and stat != "mean":
        raise click.UsageError(f"--per compares a ratio of sums; it cannot be used with --stat {stat}")
    if per is not None and "id_" in asked:
        raise click.UsageError("--per is for rows of sums, which have no id; it cannot be used with --id")
    for flag, value in (("--against", against), ("--lag", lag)):
        if value is not None and period is None:
            raise click.UsageError(f"{flag} needs --period COLUMN")
    if against is not None and lag is not None:
        raise click.UsageError("--against and --lag both choose the period to compare with: use one of them")


def _note_left_out(reasons: dict[str, str]) -> None:
    if reasons:
        text = ", ".join(f"{name} ({why})" for name, why in reasons.items())
        messages.note("not-searched", f"not searched: {text}", count=len(reasons))
