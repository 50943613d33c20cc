"""catalog: what is in a folder of tables, and how they hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from churnkit import messages, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination, Output

FORMATS = ("jsonl", "text", "mermaid")
SHOWN_FILES = 10


@click.command(cls=options.CommandWithSections)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option(
    "--since",
    type=click.Path(),
    metavar="OLD",
    help="Read again only what has changed since this catalog, and report what has changed.",
)
@click.option(
    "--find",
    "ids",
    type=click.Path(),
    metavar="IDS",
    help="Report which files hold these customers (a FILE with one id per line): counts, no values.",
)
@options.reading
@options.output(FORMATS, "jsonl", is_shown=True)
def command(
    paths: tuple[str, ...], since: str | None, ids: str | None, reading: Reading, out: Destination
) -> None:
    """Describe the tables of a folder and how they join: one record per table.

    Reads files and folders (default: the current folder; -: a listing of files on standard input), each file once,
    and columns that may contradict each other a second time. Files in a folder are tables by the endings of their
    names; hidden files and links that lead back are left out. Files whose names differ in digits only, with the
    same columns, are one table (path: * for the digits).

    \b
      churnkit simulate --customers 300 > events.csv
      churnkit catalog --to text
      churnkit catalog > catalog.jsonl
      jq -r '.joins[] | [.column, .to] | @tsv' catalog.jsonl
      churnkit catalog --since catalog.jsonl > new.jsonl
      find . -name '*.csv' | churnkit catalog - | jq -r '[.path, .grain] | @tsv'
      printf '000001\\n000002\\n' > ids.txt
      churnkit catalog --find ids.txt --to text

    A record has: path, format, files, rows, bytes (unpacked), disk_bytes, sha256 (as in profile, and in trained_on
    of a model), changed_at, grain (what one row is, in words), columns (name, type, nulls, distinct, pii,
    special_category, key: no value is empty or occurs twice), key (the likeliest key; a,b: two columns that are
    unique together), time and its latest value, joins, possible, contradictions, roles (kind: log, subscriptions,
    snapshot with a target, attributes or other; and the column of each role), models (trained on this table, or that
    scored it: score --stamp), and seen_at. No record shows values of columns, except a target's value that means
    churned.

    A column joins a key of another table if at least 95 % of its values are there (contained) and its name speaks of
    the key or its table, or the key is text or numbers that are no run like 1 … n, which chance does not explain
    (evidence: name, values). What fits less well is in possible. covered is the share of the key's values that
    occur. contradictions are counted: ids that the key's table lacks, ends before starts, times before the first
    start or after the last end of what a row belongs to, a flag that says churned beside a running subscription.

    --since keeps the records of tables whose files have the same sizes and times of change; of these, only tables
    that a changed one may join are read again. stale: the latest time of a log has not moved.

    --find searches every column. customers: different ids found; alike: ids that match only without leading zeros
    or .0; is_id: the column is named like an id (in others, a short number may match by chance).
    Memory: the different values of the columns of one table, and the hashes of up to 131,072 per column of all.
    """
    from churnkit.catalog.reading import read_catalog, read_records
    from churnkit.formatting import count
    from churnkit.pictures import catalog_graph, catalog_text

    if ids is not None and (since is not None or out.format == "mermaid"):
        raise click.UsageError(f"--find cannot be used with {'--since' if since else '--to mermaid'}")
    with out.open() as output:
        if ids is not None:
            _find(ids, paths, reading, output)
            return
        old = read_records(since) if since is not None else None
        catalog = read_catalog(paths, reading, options.now(), old)
        if output.format == "text":
            output.text(catalog_text.draw(catalog.records, output.width))
        elif output.format == "mermaid":
            output.text(catalog_graph.mermaid(catalog.records))
        else:
            output.records(catalog.records)
    _note_unread(catalog.unread)
    for change in catalog.changes:
        messages.note("catalog-changed", change)
    wrong = sum(len(record["contradictions"]) for record in catalog.records)
    if wrong:
        text = f"{count(wrong, 'contradiction')} in or between tables: --to text shows them"
        messages.warn("contradictions", text, count=wrong)


def _find(ids: str, paths: tuple[str, ...], reading: Reading, output: Output) -> None:
    from churnkit.catalog.ids import find_ids
    from churnkit.formatting import count
    from churnkit.pictures import catalog_text

    found = find_ids(ids, paths, reading)
    if output.format == "text":
        output.text(catalog_text.draw_found(found.records))
    else:
        output.records(found.records)
    _note_unread(found.unread)
    if found.nowhere:
        text = f"{found.nowhere:,} of {count(found.asked, 'id')} are in none of {count(found.files, 'file')}"
        messages.note("ids-not-found", text, count=found.nowhere)


def _note_unread(unread: Mapping[str, str]) -> None:
    """A warning per file that is left out, ten at most, and the number of the others."""
    from churnkit.errors import shown_path

    for path, why in list(unread.items())[:SHOWN_FILES]:
        messages.warn("catalog-unread", f"{shown_path(path)} is left out: {why}", count=1)
    if len(unread) > SHOWN_FILES:
        more = len(unread) - SHOWN_FILES
        messages.warn("catalog-unread", f"{more:,} more files are left out", count=more)
