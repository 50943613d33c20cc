"""sample: some rows of a table, unchanged."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from churnkit import options

if TYPE_CHECKING:
    from churnkit.tables.writing import Destination


KEY_VARIABLE = "CHURNKIT_KEY"


def _shard(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", value)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{value!r} is not K/N: part K of N, from 1/N to N/N")
    return int(match[1]), int(match[2])


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "-n",
    "size",
    type=click.IntRange(min=0),
    help="Number of rows to keep (with --by: customers); all rows if there are fewer.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, 1),
    help="Share of the rows to keep, 0 to 1; each row (with --by: customer) is drawn independently.",
)
@click.option("--by", metavar="COLUMN", help="Keep all rows of an id or none; COLUMN has the id.")
@click.option(
    "--shard",
    metavar="K/N",
    callback=_shard,
    help="With --by: keep part K of N disjoint parts of the customers; K starts at 1.",
)
@click.option(
    "--except",
    "forgotten",
    type=click.Path(),
    metavar="FILE",
    help="With --by: leave out all rows of the customers in FILE, which has one id per line.",
)
@click.option(
    "--stratify",
    metavar="COLUMN",
    help="Keep the share of each value in this column, rounded by largest remainder.",
)
@click.option(
    "--pseudonymize",
    metavar="COLUMN",
    multiple=True,
    help="Replace the values of a column by tokens; needs a secret key in CHURNKIT_KEY. Repeatable.",
)
@options.seed
@options.from_
@options.column_names
@options.encoding
@options.sheet
@options.output(["csv"], "the input's format")
def command(
    files: tuple[str, ...], size: int | None, rate: float | None, by: str | None, shard: tuple[int, int] | None,
    forgotten: str | None, stratify: str | None, pseudonymize: tuple[str, ...], seed: int, format: str | None, column_names: str | None,
    encoding: str | None, sheet: str | None, out: Destination,
) -> None:  # fmt: skip
    """Sample rows of a table; the rows stay unchanged, byte for byte.

    Reads any table (CSV, TSV, JSONL; compressed or not) in one pass and writes the sampled rows in input order,
    quotes and spaces included. The header is kept. Rows are parsed only if an option names a column. -n and
    --stratify hold the sampled rows in memory (both together: up to -n rows per value), --by holds the ids.

    \b
      churnkit simulate --customers 1000 > events.csv
      churnkit sample -n 10 events.csv
      churnkit sample --by customer_id --rate 0.2 events.csv > some.csv
      churnkit sample --by customer_id --shard 1/4 events.csv > first.csv
      churnkit sample --stratify event -n 100 events.csv | cut -d, -f3 | sort | uniq -c
      cut -d, -f1 events.csv | sed '1d;3q' > forget.txt
      churnkit sample --by customer_id --except forget.txt events.csv > without.csv
      CHURNKIT_KEY=$(openssl rand -hex 32) churnkit sample --pseudonymize customer_id events.csv

    --by computes the MD5 of the text `seed:id` (UTF-8) and reads it as two unsigned 64-bit numbers, big-endian.
    The customer is in the sample if the first number is less than rate * 2^64. So every file, format and
    database gives the same customers, and the 10 % sample contains the 1 % sample. The shard is the second
    number modulo N, plus 1; so a sample can be split into equal shards, too. Test vector: `0:00123` gives
    0x1b3d480a637998ab and 0x0c977d65c5e1b7fb.

    \b
      DuckDB  WHERE ('0x' || substr(md5('0:' || customer_id), 1, 16))::UBIGINT
                    < 0.2 * 18446744073709551616
              1 + ('0x' || substr(md5('0:' || customer_id), 17, 16))::UBIGINT % 4   -- shard of 4
      Spark   WHERE CAST(conv(substr(md5(concat('0:', customer_id)), 1, 16), 16, 10) AS DECIMAL(20))
                    < 0.2 * 18446744073709551616
      Python  int(hashlib.md5(f"0:{customer_id}".encode()).hexdigest()[:16], 16) < 0.2 * 2**64

    --except is for people who ask to be forgotten. Their ids are compared as text (00123 is not 123); the other rows
    stay as they are, byte for byte. A warning names the ids that the table does not have.

    --pseudonymize replaces a value by its HMAC-SHA256 under the key (64 hexadecimal digits). Equal ids get equal
    tokens in every file with the same key; without the key nobody can link a token to its id. Empty values stay
    empty. --by and --shard use the original id. This is not anonymization: the other columns stay unchanged.
    """
    from churnkit.errors import ChurnkitError
    from churnkit.sampling import reading
    from churnkit.sampling.by_column import LeftOut
    from churnkit.sampling.rows import SampleChoice
    from churnkit.tables import streams

    _check(size, rate, by, shard, forgotten, stratify, pseudonymize)
    if forgotten == "-" and (not files or "-" in files):
        raise click.UsageError("--except FILE and the table cannot both be standard input")
    key = os.environ.get(KEY_VARIABLE, "").encode("utf-8", "surrogateescape")
    if pseudonymize and not key:
        raise ChurnkitError(
            f"--pseudonymize needs a secret key: {KEY_VARIABLE}=$(openssl rand -hex 32); keep the key"
        )
    names = tuple(column_names.split(",")) if column_names else ()
    source = reading.SampleInput(streams.arguments(files), format, names, encoding, sheet)
    rate = 1.0 if rate is None else rate
    left_out = reading.read_ids(forgotten, by, encoding) if forgotten and by else LeftOut()
    tokens = tuple(dict.fromkeys(pseudonymize))
    choice = SampleChoice(size, rate, by, seed, shard, stratify, left_out, tokens, key)
    with out.open() as output:
        for part in reading.sample(source, choice, header=out.has_header):
            output.bytes(part)


def _check(
    size: int | None,
    rate: float | None,
    by: str | None,
    shard: tuple[int, int] | None,
    forgotten: str | None,
    stratify: str | None,
    pseudonymize: tuple[str, ...],
) -> None:
    """Raises UsageError for options that cannot be used together."""
    if size is not None and rate is not None:
        raise click.UsageError("-n and --rate both set the sample size: use one of them")
    if size is None and rate is None and shard is None and forgotten is None and not pseudonymize:
        raise click.UsageError(
            "no sample size: use -n ROWS or --rate SHARE (or --shard K/N, --except FILE, --pseudonymize COLUMN)"
        )
    if forgotten is not None and by is None:
        raise click.UsageError("--except needs --by COLUMN: the column with the customer id")
    if shard is not None and by is None:
        raise click.UsageError("--shard needs --by COLUMN: the column with the customer id")
    if stratify is not None and by is not None:
        raise click.UsageError("--stratify samples rows and --by samples customers: use one of them")
