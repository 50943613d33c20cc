"""sample: some rows of a table, byte for byte."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from churnkit import options

if TYPE_CHECKING:
    from churnkit.tables.writing import Destination


KEY = "CHURNKIT_KEY"


def _shard(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"{value!r} is not K/N, the K-th of N parts, from 1/N to N/N")
    return int(found[1]), int(found[2])


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "-n",
    "size",
    type=click.IntRange(min=0),
    help="Exactly so many rows (with --by: customers), or all there are.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, 1),
    help="A coin for each row (with --by: customer): the share to keep, 0 to 1.",
)
@click.option("--by", metavar="COLUMN", help="Keep whole customers: all rows of an id, or none.")
@click.option(
    "--shard",
    metavar="K/N",
    callback=_shard,
    help="With --by: the K-th of N disjoint parts of the customers, K from 1.",
)
@click.option(
    "--stratify", metavar="COLUMN", help="Keep each value's share of the rows, rounded by largest remainder."
)
@click.option(
    "--pseudonymize",
    metavar="COLUMN",
    multiple=True,
    help="Replace the values of a column by tokens; the secret key is in CHURNKIT_KEY. Repeatable.",
)
@options.seed
@options.from_
@options.column_names
@options.encoding
@options.output(["csv"], "the input's format")
def command(
    files: tuple[str, ...], size: int | None, rate: float | None, by: str | None, shard: tuple[int, int] | None,
    stratify: str | None, pseudonymize: tuple[str, ...], seed: int, format: str | None, column_names: str | None,
    encoding: str | None, out: Destination,
) -> None:  # fmt: skip
    """Some rows of a table, byte for byte.

    Reads any table (CSV, TSV, JSONL; packed or not) and writes some of its rows in their order, each
    as it stands: quotes, spaces and all. The header stays. One pass. Without a column option nothing
    inside a row is looked at. -n and --stratify hold the chosen rows in memory (-n with --stratify: so
    many for each value), --by the ids.

    \b
      churnkit simulate --customers 1000 > events.csv
      churnkit sample -n 10 events.csv
      churnkit sample --by customer_id --rate 0.2 events.csv > some.csv
      churnkit sample --by customer_id --shard 1/4 events.csv > first.csv
      churnkit sample --stratify event -n 100 events.csv | cut -d, -f3 | sort | uniq -c
      CHURNKIT_KEY=$(openssl rand -hex 32) churnkit sample --pseudonymize customer_id events.csv

    --by keeps a customer by the MD5 of the text `seed:id` (UTF-8), read as two unsigned numbers of 64 bits,
    big-endian. When the first is under rate * 2^64 she is in the sample: the same customers in every file,
    format and database, and the 1 % sample lies inside the 10 % sample. The second, modulo N, plus 1 is her
    shard, so shards cut evenly through a sample, too. Test vector: `0:00123` gives 0x1b3d480a637998ab and
    0x0c977d65c5e1b7fb.

    \b
      DuckDB  WHERE ('0x' || substr(md5('0:' || customer_id), 1, 16))::UBIGINT
                    < 0.2 * 18446744073709551616
              1 + ('0x' || substr(md5('0:' || customer_id), 17, 16))::UBIGINT % 4   -- shard of 4
      Spark   WHERE CAST(conv(substr(md5(concat('0:', customer_id)), 1, 16), 16, 10) AS DECIMAL(20))
                    < 0.2 * 18446744073709551616
      Python  int(hashlib.md5(f"0:{customer_id}".encode()).hexdigest()[:16], 16) < 0.2 * 2**64

    --pseudonymize writes HMAC-SHA256 of the value under the key, 64 hexadecimal digits: equal ids stay equal,
    in every file with the same key, and nobody without the key can tell whose they are. Empty stays empty;
    --by and --shard choose by the id as it was. It is no anonymity: the other columns stay.
    """
    from churnkit.errors import ChurnkitError
    from churnkit.sampling import reading
    from churnkit.sampling.rows import SampleChoice
    from churnkit.tables import streams

    _check(size, rate, by, shard, stratify, pseudonymize)
    key = os.environ.get(KEY, "").encode("utf-8", "surrogateescape")
    if pseudonymize and not key:
        raise ChurnkitError(
            f"--pseudonymize needs a secret key: set {KEY} (openssl rand -hex 32), and keep it"
        )
    names = tuple(column_names.split(",")) if column_names else ()
    source = reading.SampleInput(streams.arguments(files), format, names, encoding)
    rate = 1.0 if rate is None else rate
    choice = SampleChoice(size, rate, by, seed, shard, stratify, tuple(dict.fromkeys(pseudonymize)), key)
    with out.open() as output:
        for part in reading.sample(source, choice, header=out.has_header):
            output.bytes(part)


def _check(
    size: int | None,
    rate: float | None,
    by: str | None,
    shard: tuple[int, int] | None,
    stratify: str | None,
    pseudonymize: tuple[str, ...],
) -> None:
    """Raises UsageError for options that do not go together."""
    if size is not None and rate is not None:
        raise click.UsageError("say how many: -n ROWS or --rate SHARE, one of them")
    if size is None and rate is None and shard is None and not pseudonymize:
        raise click.UsageError(
            "say how many: -n ROWS or --rate SHARE (or --shard K/N, --pseudonymize COLUMN)"
        )
    if shard is not None and by is None:
        raise click.UsageError("--shard needs --by COLUMN: whose parts?")
    if stratify is not None and by is not None:
        raise click.UsageError("--stratify keeps shares of rows, --by whole customers: one of them")
