"""profile: what is in a table: a record a column."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from churnkit import options

if TYPE_CHECKING:
    from churnkit.tables.frames import Reading

FORMATS = ("jsonl", "text")


@click.command()
@options.files
@options.reading
@options.output(FORMATS, "text on a terminal, jsonl")
def command(files: tuple[str, ...], reading: Reading, path: str | None, to: str | None) -> None:
    """What is in a table: a record a column.

    Reads any table, all rows into memory; several FILEs are one table. Writes a record a column and a last
    one of the table (column null): type (integer, float, boolean, timestamp, text, judged over all rows),
    rows, nulls, distinct, min, max, mean, std, quantiles, zeros, negatives, top (the ten commonest values),
    histogram, text lengths, time span and largest gap, flags.

    \b
      churnkit simulate --customers 1000 > events.csv
      churnkit profile events.csv
      churnkit profile events.csv | jq -r 'select(.nulls > 0) | .column'

    Flags: constant, unique, id-like, mostly null, mixed types (most are numbers, some are words), leading
    zeros, whitespace (at an end), outliers (three interquartile ranges beyond the quartiles). Sums and means
    are doubles; min and max of whole numbers are exact. The sha256 is that of the unpacked bytes.
    """
    from churnkit import profiling
    from churnkit.pictures import profile_text
    from churnkit.tables import frames, streams, writing

    default = "text" if path is None and os.isatty(1) else "jsonl"
    format = writing.chosen_format(to, path, FORMATS, default)
    with writing.opened(path, format) as output:
        table = frames.Table(streams.arguments(files), reading)
        rows, _ = table.whole()
        records = [profiling.column_record(rows[name]) for name in rows.columns]
        records.append(profiling.table_record(rows, records, table.bytes, table.sha256))
        if format == "text":
            output.text(profile_text.draw(records))
        else:
            output.records(records)
