"""events: any table as an event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from churnkit import columns, options
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

FOR_EVENTS = {"time": "--time", "event": "--event", "name": "--name"}
FOR_SUBSCRIPTIONS = {"end": "--end", "gap": "--gap", "until": "--until"}


@click.command(cls=options.CommandWithSections)
@options.files
@click.option("--name", metavar="EVENT", help="Event name of every row (ticket).")
@options.subscriptions
@click.option(
    "--until",
    metavar="TIME",
    help="Ignore starts and ends from this time on. Default: the end of the day of the latest start.",
)
@options.zone
@click.option(
    "--explode",
    metavar="COLUMN",
    help="Make an event of each element of the JSON array in this column (items: its keys are items.KEY).",
)
@click.option("--keep", metavar="COLUMNS", help="Other columns to add to the output, unchanged (a,b).")
@options.same_as
@options.id_()
@options.time
@options.event
@options.value
@options.reading
@options.output(formats.TABLES, "csv")
@options.with_asked
def command(
    asked: set[str], files: tuple[str, ...], name: str | None, start: str | None, end: str | None, gap: str,
    until: str | None, zone: str, explode: str | None, keep: str | None, id_: str, time: str, event: str, value: str, reading: Reading, out: Destination,
) -> None:  # fmt: skip
    """Convert any table to an event log.

    Reads a table with one event per row (payments, tickets, page views) and writes the log that featurize
    reads: customer_id, timestamp (ISO 8601, UTC), event, amount, recurring, then the columns of --keep. Run it
    once per table and concatenate the results into one log.

    \b
      churnkit simulate --customers 500 > events.csv
      churnkit events --name seen events.csv > seen.csv
      churnkit events -o log.parquet events.csv
      printf 'account_id,start_date,end_date,mrr\\na,2024-01-01,2024-03-01,20\\na,2024-03-02,,30\\n' > subscriptions.csv
      churnkit events --id account_id --start start_date --end end_date --value mrr subscriptions.csv

    --explode items makes an event of each element of the array in the column items: JSON text, or a list of
    Parquet. A key of an element that is an object is a column, items.sku; any other element is the column items
    itself. The other columns repeat. A row with an empty array or none gives no event, and a note counts such
    rows; a text that is not an array is an error. With --start each element is a subscription.

    \b
      printf 'who,at,items\\na,2024-05-01,"[{""sku"":""x"",""price"":5},{""sku"":""y"",""price"":7}]"\\n' > orders.csv
      churnkit events --explode items --id who --time at --event items.sku --value items.price orders.csv

    -o log.parquet writes a log to use often: times and amounts with their types, ids and names as text, sorted by
    customer, then time. It may be larger than memory: beyond 64 MB, rows are sorted in runs in a temporary file
    (TMPDIR), which takes about as many bytes as the rows in memory take; memory stays below 1 GB. The input may be
    an event log itself, such as the joined output of earlier runs; then recurring is taken over.

    With --start the input has one subscription per row and is read into memory. The events are started (from no
    subscription to one), changed (the recurring total changed) and ended (no subscription left). recurring is
    the customer's recurring total after the event, added without rounding.

    \b
      ├── 20 ──────────┤ ← gap → ├── 30 ───────────┤ ←── gap ──→ ●
    started 20                 changed 30                       ended

    A subscription runs from its start until before its end. A break of at most --gap days does not end it, and
    the total stays the same during the break; so an end may be the last day or the day after it. ended is
    written at the time when the gap is over, because nobody knows it before. Starts and ends at or after --until
    are left out and counted in a note.
    """
    from churnkit import windows
    from churnkit.eventlog import conversion
    from churnkit.tables import parquet, streams

    for parameter, flag in (FOR_EVENTS if start else FOR_SUBSCRIPTIONS).items():
        if parameter in asked:
            raise click.UsageError(f"{flag} {'cannot be used with' if start else 'needs'} --start")
    gap_days, zone = windows.parse_days(gap, least=0), windows.zone_named(zone)
    roles = conversion.TableRoles(id_, time, event, value, start, end)
    with out.open() as output:
        source = conversion.open_source(
            streams.arguments(files), reading, roles, asked, options.names(keep), explode
        )
        typed = output.has_types
        if start is not None:
            parts = iter([conversion.convert_subscriptions(source, gap_days, until, zone, is_typed=typed)])
        else:
            parts = conversion.convert_events(source, name, is_typed=typed)
        if typed:
            said = {parquet.SORTED_BY: columns.ID}
            output.parts(conversion.sort_log(parts), conversion.schema_of(source.keep), said)
        for part in parts:
            output.frame(part)
