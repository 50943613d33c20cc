"""diff: why a metric differs: parts that add up to the difference."""

from __future__ import annotations

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
    help="The metric: a column of numbers, or of yes and no. Needless for --stat count.",
)
@click.option(
    "--stat",
    type=click.Choice(["mean", "sum", "count"]),
    default="mean",
    show_default=True,
    help="What of it: its mean (a rate), its sum, or the number of rows.",
)
@click.option(
    "--by",
    callback=options.to_names,
    metavar="COLUMNS",
    help="The groups: the values of these columns (plan,region). Default: all rows as one.",
)
@click.option("--period", metavar="COLUMN", help="One table: compare its last two values of this column.")
@click.option(
    "--auto",
    is_flag=True,
    help="Search the columns, and pairs of them, for the split that explains most beyond chance.",
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
    """Why a metric differs: parts that add up to the difference.

    Reads BEFORE and AFTER, two tables, or with --period one. Writes a row a group, the largest part first: the
    --by columns, status (both, new, vanished), rows_before, rows_after, value_before, value_after, size_part
    (there are more or fewer of them), rate_part (they are different), part (both), low, high, noise.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-05-01..2024-11-01/1mo --horizon 30d events.csv > table.csv
      churnkit diff --metric churned_30d --by plan_last --period as_of table.csv
      churnkit featurize --as-of 2024-05-01 --horizon 30d events.csv > may.csv
      churnkit featurize --as-of 2024-11-01 --horizon 30d events.csv > november.csv
      churnkit diff --metric churned_30d --auto --to text may.csv november.csv
      churnkit diff --metric amount_sum_30d --stat sum --by plan_last may.csv november.csv

    With w the share of rows, r the mean of a group, R of all, and a bar for the average of before and after: of a
    mean, size_part = Δw (r̄ - R̄), rate_part = w̄ Δr; of a sum, with n rows of mean m, size_part = Δn m̄, rate_part =
    n̄ Δm. New and vanished groups have a part alone. All parts add up to the difference, exactly.

    low and high are the 95 % interval of a part, all rows of a customer taken together where there is an id.
    noise is true where a part is within chance, all groups together: in 95 % of reports in which nothing has
    changed, no group is named. --auto says so too where nothing stands out; columns of many values are left out,
    numbers are cut into quarters. Rows without the metric are left out and counted. Memory: about 300 bytes a row.
    """
    from churnkit.diff.decomposition import FIELDS, compare, metric_name
    from churnkit.diff.reading import DiffRequest, read_compared
    from churnkit.diff.search import candidate_columns, search_split, split_by
    from churnkit.pictures import diff_text
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
            output.text(diff_text.draw(sentence, records, names, rows.is_binary))
        else:
            output.table(records, [*names, *FIELDS])
            messages.note("difference", sentence)


def _check(
    files: tuple[str, ...], metric: str | None, stat: str, by: tuple[str, ...], period: str | None, auto: bool
) -> None:
    """Raises UsageError for options that do not go together."""
    if metric is None and stat != "count":
        raise click.UsageError("--metric is missing: the column that differs")
    if auto and by:
        raise click.UsageError("--auto searches the columns itself; it does not go with --by")
    if period is None and len(files) != 2:
        raise click.UsageError("BEFORE and AFTER are two FILEs; or say --period for one table")
    if files.count("-") > 1:
        raise click.UsageError("BEFORE and AFTER cannot both be standard input")
    if len(set(by)) < len(by):
        raise click.UsageError("--by names each column once")


def _note_left_out(names: list[str]) -> None:
    if names:
        messages.note("not-searched", f"not searched, of many values: {columns.list_names(names)}")
