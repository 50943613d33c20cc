"""sample: some rows of a table, byte for byte."""

from __future__ import annotations

import click

from churnkit import options


@click.command()
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
@options.seed
@options.from_
@options.header
@options.output(["csv"], "the input's format")
def command(
    files: tuple[str, ...], size: int | None, rate: float | None, by: str | None, seed: int,
    format: str | None, header: bool, path: str | None,
) -> None:  # fmt: skip
    """Some rows of a table, byte for byte.

    Reads any table (CSV, TSV, JSONL; packed or not) and writes some of its rows in their order, each
    as it stands: quotes, spaces and all. The header stays. One pass, and no value is looked at but
    the one of --by, so it is as fast as the disk. -n holds the chosen rows in memory.

    \b
      churnkit simulate --customers 1000 > events.csv
      churnkit sample -n 10 events.csv
      churnkit sample --by customer_id --rate 0.2 events.csv > some.csv

    --by keeps a customer when her hash is under the rate: the first 8 bytes, as a big-endian number, of
    the MD5 of `seed:id`, divided by 2^64. So a file, its JSONL twin and a database give the same
    customers, and the 1 % sample lies inside the 10 % sample. Test vector: `0:00123` gives
    0x1b3d480a637998ab.

    \b
      DuckDB: WHERE ('0x' || substr(md5('0:' || customer_id), 1, 16))::UBIGINT
                    < 0.2 * 18446744073709551616
    """
    from churnkit.tables import passing, streams, writing

    if (size is None) == (rate is None):
        raise click.UsageError("say how many: -n ROWS or --rate SHARE, one of them")
    chosen = passing.Choice(size=size, rate=rate, by=by, seed=seed)
    paths = streams.arguments(files)
    with writing.opened(path, "csv") as output:
        for part in passing.sampled(paths, chosen, asked=format, header=header):
            output.bytes(part)
