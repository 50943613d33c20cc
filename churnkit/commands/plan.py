"""plan: a shell script from tables to scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from churnkit import messages, options

if TYPE_CHECKING:
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination


@click.command(cls=options.CommandWithSections)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@options.reading
@options.output(["sh"], "a shell script")
def command(paths: tuple[str, ...], reading: Reading, out: Destination) -> None:
    """Write a shell script that goes from tables to scores; it runs nothing.

    Reads files and folders (default: the current folder; -: a listing of files), or one CATALOG, and then the log or
    the subscriptions, into memory. Writes a script for /bin/sh: a variable per guess with its evidence as a comment,
    then events, measure, featurize, fit --model best, evaluate, score and explain, each step into a file of the
    folder plan (OUT=elsewhere sh go.sh). Several tables of one customer become one log; tables with one row per
    customer are joined.

    \b
      churnkit simulate --customers 400 > events.csv
      churnkit plan events.csv > go.sh
      sh go.sh
      churnkit catalog > catalog.jsonl
      churnkit plan catalog.jsonl | grep -c CHECK || true

    What churn means is read from the data: a target that the table has; the end of subscriptions, or an event of
    leaving such as cancel (contract, 30 days); else silence, for as many days as leave fewer than 5 % to return, or
    up to a third of the log, with three points of the return curve beside it. Dates are the first days of months, 12
    at most, with 90 days of log before them and the horizon after them. Customers are sampled so that a model takes
    minutes.

    What cannot be decided is marked # CHECK: and ends the script there (a date that reads as day or month first, a
    target without a word for leaving, a log too short to see who returns). Set the variable that it names, in the
    script or in front of it: HORIZON=30d DATES=2024-06-01 sh go.sh

    Names of files and columns are quoted, and are JSON strings in comments. Columns of personal data are left out of
    models. Edit the script: it is yours.
    """
    from churnkit.errors import shown_path
    from churnkit.plan.reading import write_plan

    options.check_outputs(None, [out.path], paths)
    with out.open() as output:
        script, unread = write_plan(paths, reading, options.now())
        output.bytes(script.encode())
    for path, why in unread.items():
        messages.warn("catalog-unread", f"{shown_path(path)} is left out: {why}", count=1)
