"""diff: why a metric differs: parts that add up to the difference."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import formats

if TYPE_CHECKING:
    import polars as pl

    from churnkit.diff.decomposition import ComparedRows, GroupingColumn
    from churnkit.tables.table import Reading

FORMATS = (*formats.TABLES, "text")
MOST_VALUES = 50  # of a column that --auto looks at
FEW_NUMBERS = 4  # numbers of more values are cut into quarters


@click.command()
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
@options.header
@options.output(FORMATS, "csv")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    metric: str | None,
    stat: str,
    by: str | None,
    period: str | None,
    auto: bool,
    id_: str,
    reading: Reading,
    path: str | None,
    to: str | None,
    header: bool,
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
    from churnkit.pictures import diff_text
    from churnkit.tables import writing

    if metric is None and stat != "count":
        raise click.UsageError("--metric is missing: the column that differs")
    if auto and by:
        raise click.UsageError("--auto searches the columns itself; it does not go with --by")
    if period is None and len(files) != 2:
        raise click.UsageError("BEFORE and AFTER are two FILEs; or say --period for one table")
    if files.count("-") > 1:
        raise click.UsageError("BEFORE and AFTER cannot both be standard input")
    names = options.names(by)
    if len(set(names)) < len(names):
        raise click.UsageError("--by names each column once")
    asked = options.asked(ctx)
    format = formats.choose_format(to, path, FORMATS, formats.text_on_terminal(path, "csv"))
    with writing.open_output(path, format, header=header) as output:
        metric = metric if stat != "count" else None
        needed = [*([metric] if metric else []), *names, *([id_] if "id_" in asked else [])]
        wanted = _Wanted(needed, None if auto else [id_], metric, names)
        table, rows = _rows(*_read(files, period, reading, wanted), metric, stat, id_)
        split = _found(table, rows, {metric, period, id_, columns.AS_OF}) if auto else _split(table, names)
        made, told = _compared(rows, split, metric or "rows")
        by_names = [column.name for column in split]
        if auto and not split:
            told += "; no column stands out"
        if output.format == "text":
            output.text(diff_text.draw(told, made, by_names, rows.is_binary))
        else:
            from churnkit.diff.decomposition import FIELDS

            output.table(made, [*by_names, *FIELDS])
            messages.note("difference", told)


def _read(
    files: tuple[str, ...], period: str | None, reading: Reading, wanted: _Wanted
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """The columns wanted, as Categorical; which rows are after; the metric, 1 for each row where there is none.

    Raises ChurnkitError for a column that is not there, and for a bad metric.
    """
    import polars as pl

    from churnkit.tables import streams

    if period is None:
        sides = [_side([path], reading, wanted) for path in files]
        both = [name for name in sides[0][0].columns if name in sides[1][0].columns]
        after = pl.concat([pl.repeat(k == 1, rows.height, eager=True) for k, (rows, _) in enumerate(sides)])
        return pl.concat([rows.select(both) for rows, _ in sides]), after, pl.concat([x for _, x in sides])
    rows, x = _side(streams.arguments(files), reading, replace(wanted, needed=[*wanted.needed, period]))
    values = _ordered(rows[period].drop_nulls().unique().cast(pl.String).to_list())
    if len(values) < 2:
        told = messages.count(len(values), "value")
        raise ChurnkitError(f"{quote(period)} has {told}; two periods are needed")
    before, after_value = values[-2:]
    if len(values) > 2:
        told = f"{before} and {after_value}"
        messages.note(
            "last-two-periods", f"of {len(values):,} values of {period} the last two are compared: {told}"
        )
    is_after = (rows[period] == after_value).fill_null(False)
    chosen = is_after | (rows[period] == before).fill_null(False)
    return rows.filter(chosen), is_after.filter(chosen), x.filter(chosen)


@dataclass(frozen=True)
class _Wanted:
    """needed: columns that must be there. also: those that are wanted if they are; None: all. metric: among
    the needed, or None. split: the columns to split by."""

    needed: list[str]
    also: list[str] | None
    metric: str | None
    split: list[str]


def _side(paths: list[str], reading: Reading, wanted: _Wanted) -> tuple[pl.DataFrame, pl.Series]:
    """The columns of one table that are wanted, as Categorical, and the metric."""
    import polars as pl

    from churnkit.tables import casts, types
    from churnkit.tables.table import Table, place_of
    from churnkit.target import parse_target

    table, metric = Table(paths, reading), wanted.metric
    for name in wanted.needed if table.is_fixed else []:
        table.require(name)
    others = table.names if wanted.also is None else [n for n in wanted.also if n in table.names]
    kinds = dict.fromkeys([*wanted.needed, *others], casts.WORD)
    kinds.update({metric: casts.TEXT} if metric else {})
    rows, parts = table.whole(kinds)
    for name in wanted.needed:
        table.require(name)
    if metric is None:
        return rows, pl.repeat(1.0, rows.height, eager=True)
    texts = rows[metric]
    rows = rows.with_columns(texts.cast(pl.Categorical)) if metric in wanted.split else rows.drop(metric)
    cast = casts.cast_numbers(texts)
    if cast.bad is not None:
        if types.type_of(texts) == types.BOOLEAN:
            return rows, parse_target(texts).cast(pl.Float64)
        row = int(cast.bad.arg_true()[0])
        raise ChurnkitError(f"{place_of(parts, row)}: column {quote(metric)}: {cast.why(texts[row])}")
    return rows, cast.values


def _ordered(words: list[str]) -> list[str]:
    """Ascending: as numbers where all are, else as text (ISO dates stand in their order)."""
    from churnkit.tables import casts

    numbers = {word: casts.parse_number(word) for word in words}
    if all(number is not None for number in numbers.values()):
        return sorted(words, key=lambda word: (numbers[word] or 0.0, word))
    return sorted(words)


def _rows(
    table: pl.DataFrame, after: pl.Series, x: pl.Series, metric: str | None, stat: str, id_: str
) -> tuple[pl.DataFrame, ComparedRows]:
    """The rows with a metric, and what is compared of them."""
    import numpy as np
    import polars as pl

    from churnkit.diff.decomposition import ComparedRows
    from churnkit.groups import rank_texts

    known = x.is_not_null()
    if lost := int((~known).sum()):
        messages.note(
            "unknown-metric",
            f"{messages.count(lost, 'row')} without {metric} left out",
            count=lost,
            column=metric,
        )
    table, x, after = table.filter(known), x.filter(known), after.filter(known)
    for is_after, name in ((False, "before"), (True, "after")):
        if not (after == is_after).any():
            raise ChurnkitError(f"no row {name} has a value of {metric}" if metric else f"no row {name}")
    customers = np.arange(table.height, dtype=np.int64)
    if id_ in table.columns:
        words, places = rank_texts(table[id_])
        customers = places.fill_null(len(words)).cast(pl.Int64).to_numpy()
    return table, ComparedRows(x.to_numpy(), after.to_numpy(), customers, stat)


def _split(table: pl.DataFrame, names: list[str]) -> tuple[GroupingColumn, ...]:
    from churnkit.groups import rank_texts

    return tuple(_column(name, *rank_texts(table[name])) for name in names)


def _column(name: str, words: pl.Series, places: pl.Series) -> GroupingColumn:
    """words: each once. places: (n,) of each row's among them, null where it has none."""
    from churnkit.diff.decomposition import GroupingColumn

    return GroupingColumn(
        name, places.fill_null(len(words)).to_numpy().astype("int64"), [*words.to_list(), None]
    )


def _found(table: pl.DataFrame, rows: ComparedRows, roles: set[str | None]) -> tuple[GroupingColumn, ...]:
    """The split of --auto, over the columns that have few values, and numbers in quarters."""
    from churnkit import labels
    from churnkit.diff.search import search_split
    from churnkit.groups import rank_texts
    from churnkit.tables import types

    candidates, left_out = [], []
    for name in table.columns:
        if name in roles or labels.parse(name) or name in (columns.TARGET, columns.PROBABILITY):
            continue
        words, places = rank_texts(table[name])
        number = len(words) + places.has_nulls()
        if types.type_of(words) in (types.INTEGER, types.FLOAT) and number > FEW_NUMBERS:
            candidates.append(_in_quarters(name, words, places))
        elif 1 < number <= MOST_VALUES:
            candidates.append(_column(name, words, places))
        elif number > 1:
            left_out.append(name)
    if left_out:
        messages.note("not-searched", f"not searched, of many values: {columns.list_names(left_out)}")
    return search_split(rows, candidates)


def _in_quarters(name: str, words: pl.Series, places: pl.Series) -> GroupingColumn:
    """A column of numbers: words, each once, and (n,) the place of each row's among them."""
    import numpy as np

    from churnkit.diff.decomposition import GroupingColumn
    from churnkit.formatting import format_value
    from churnkit.tables import casts

    numbers = casts.cast_numbers(words).values.gather(places).fill_null(float("nan")).to_numpy()
    known = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(known, (0.25, 0.5, 0.75), method="lower"))
    edges = edges[edges < known.max()]
    told = [format_value(edge) for edge in edges.tolist()]
    names: list[str | None] = [f"above {low}, up to {high}" for low, high in itertools.pairwise(told)]
    names = [f"up to {told[0]}", *names, f"above {told[-1]}", None] if told else ["all", None]
    codes = np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="left"))
    return GroupingColumn(name, codes.astype(np.int64), names)


def _compared(
    rows: ComparedRows, split: tuple[GroupingColumn, ...], metric: str
) -> tuple[list[dict[str, Any]], str]:
    from churnkit.diff.decomposition import COUNT, SUM, decompose, group_rows, part_records
    from churnkit.pictures import diff_text

    group, numbers = group_rows(split, len(rows.x))
    made = part_records(decompose(rows, group, len(numbers)), split, numbers)
    name = (
        f"the sum of {metric}"
        if rows.stat == SUM
        else f"the number of {metric}"
        if rows.stat == COUNT
        else metric
    )
    by = [column.name for column in split]
    return made, diff_text.sentence(name, rows.totals.tolist(), made, by, rows.is_binary)
