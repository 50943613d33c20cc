"""simulate: an event log whose true churn process is known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from churnkit import options
from churnkit.tables import formats

if TYPE_CHECKING:
    import polars as pl

    from churnkit.tables.writing import Destination


@click.command(cls=options.CommandWithSections)
@click.option(
    "--customers",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="How many customers there are.",
)
@click.option(
    "--months",
    type=click.IntRange(1, 120),
    default=12,
    show_default=True,
    help="Calendar months that the log covers.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2024-01-01",
    show_default=True,
    metavar="DATE",
    help="The first day of the log.",
)
@click.option(
    "--messy",
    is_flag=True,
    help="As logs are: 1 % of the rows twice, rows in no order, blanks, odd capitals.",
)
@click.option(
    "--truth",
    type=click.Path(),
    metavar="FILE",
    help="Write the true leaving probability there: customer_id, month, churn_probability, churned (CSV).",
)
@options.seed
@options.output(formats.TABLES, "csv")
def command(
    customers: int,
    months: int,
    start: datetime,
    messy: bool,
    truth: str | None,
    seed: int,
    out: Destination,
) -> None:
    """An event log whose true churn process is known.

    Reads nothing. Writes customer_id, timestamp, event, amount, plan: signups, logins, purchases, support
    calls, plan changes, cancellations; by customer, then time.

    \b
      churnkit simulate --customers 1000 --truth truth.csv > events.csv
      churnkit simulate --customers 50 --seed 1 --messy | head

    A customer who signed up before a month leaves in it with probability p, where, at its first instant:

    \b
      ln(p / (1 - p)) = -5.0 + plan (basic 0.5, plus 0, premium -0.7)
        + 1.0 * min(support calls of the last 30 days, 3)
        + 3.0 * min(days since the last signup, login or purchase, 30) / 30
        + 1.5 * exp(-days since the signup / 120)

    70 % of those who leave write `cancel`; the others fall silent. About 5 % leave in a month, and a
    customer has about 37 events in a year. Customers come in batches, so memory stays under 200 MB.
    """
    import polars as pl

    from churnkit.eventlog import simulation
    from churnkit.tables import writing

    truths: list[pl.DataFrame] = []
    with out.open() as output:
        output.frame(simulation.to_text(pl.DataFrame(schema=simulation.EVENT_COLUMNS)))
        for number, batch in enumerate(simulation.simulate(customers, months, start.date(), seed)):
            events = simulation.make_messy(batch.events, seed + number) if messy else batch.events
            output.frame(simulation.to_text(events))
            if truth is not None:
                truths.append(batch.truth)
        if truth is not None:
            with writing.open_table(truth) as file:
                file.frame(simulation.join_truth(truths))
