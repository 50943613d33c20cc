"""simulate: an event log with known churn probabilities."""

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
    help="Number of customers.",
)
@click.option(
    "--months",
    type=click.IntRange(1, 120),
    default=12,
    show_default=True,
    help="Number of calendar months in the log.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2024-01-01",
    show_default=True,
    metavar="DATE",
    help="First day of the log.",
)
@click.option(
    "--messy",
    is_flag=True,
    help="Add the faults of real logs: 1 % duplicate rows, unsorted rows, empty values, mixed spellings.",
)
@click.option(
    "--truth",
    type=click.Path(),
    metavar="FILE",
    help="Write the true probabilities to FILE (CSV): customer_id, month, churn_probability, churned.",
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
    """Simulate an event log with known churn probabilities.

    Reads nothing. Writes customer_id, timestamp, event, amount, plan, sorted by customer and time. The events
    are signups, logins, purchases, support calls, plan changes and cancellations.

    \b
      churnkit simulate --customers 1000 --truth truth.csv > events.csv
      churnkit simulate --customers 50 --seed 1 --messy | head

    A customer who signed up before a month churns in that month with probability p. At the start of the month:

    \b
      ln(p / (1 - p)) = -5.0 + plan (basic 0.5, plus 0, premium -0.7)
        + 1.0 * min(support calls of the last 30 days, 3)
        + 3.0 * min(days since the last signup, login or purchase, 30) / 30
        + 1.5 * exp(-days since the signup / 120)

    70 % of the customers who churn write `cancel`; the others write no more events. About 5 % of the customers
    churn per month. A customer has about 37 events per year. Memory stays under 200 MB for any number of
    customers.
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
