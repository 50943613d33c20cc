"""forecast: customers and revenue expected to be lost in the periods to come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from churnkit import messages, options
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

FORMATS = (*formats.TABLES, "text", "svg")
MOST_PERIODS = 120  # ten years of months


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "--periods",
    type=click.IntRange(1, MOST_PERIODS),
    default=6,
    show_default=True,
    metavar="N",
    help="Number of periods ahead.",
)
@click.option(
    "--last",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar="N",
    help="Number of complete periods whose rate is carried forward.",
)
@click.option(
    "--every",
    metavar="STEP",
    help="Length of a period, as in measure: 1mo, 1y, 30d. Default: the distance of two rows.",
)
@options.reading
@options.output(FORMATS, "csv", is_shown=True)
def command(
    files: tuple[str, ...],
    periods: int,
    last: int,
    every: str | None,
    reading: Reading,
    out: Destination,
) -> None:
    """Forecast customers and revenue lost in the periods to come, with intervals from past errors.

    Reads the rows of measure. Writes one row per period after the last complete one: period (its first day), ahead
    (1, 2, …), customers_start, arriving, churned, churned_low, churned_high, churn_rate, revenue_start,
    revenue_churned, revenue_churned_low, revenue_churned_high; and a last row total: the sums of arriving, churned
    and revenue_churned. If measure has --by columns, each group has its own forecast and its own total.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit measure --inactive 30d events.csv | churnkit forecast
      churnkit measure --inactive 30d events.csv > months.csv
      churnkit forecast --periods 3 --to text months.csv
      churnkit forecast --to svg -o forecast.svg months.csv
      churnkit measure --inactive 30d --by plan events.csv | churnkit forecast --periods 3 --to text

    \b
      churn_rate      = sum of churned / sum of customers_start, over the last 3 complete periods
      arriving        = mean of new + returned (+ moved_in - moved_out), over the same periods
      churned         = churn_rate x customers_start
      next start      = customers_start - churned + arriving
      revenue_churned = customers_start x revenue per customer x share of the revenue lost, as of the last 3

    The 95 % interval comes from the forecast's own past errors: the same is computed from each earlier period,
    from what was known then, and compared with what happened. It holds shocks such as the past has had, no others.
    The interval of the total comes from the errors of sums; the ends of the periods do not add up to it. It is
    empty if there are fewer than 6 complete periods (too short to tell), and if it would be wider than twice the
    figure (too wild to say). With 25 or more periods, past errors also choose whether the rate is multiplied by
    last year's ratio of this period to the periods before it (seasons); a note says so. From less than a year,
    seasons are not known, and where there are any, the interval is too narrow.

    For the first period, score knows each customer and is more exact than a rate.
    """
    from churnkit.forecast.findings import find
    from churnkit.forecast.reading import read_histories
    from churnkit.forecast.records import fields, forecast
    from churnkit.pictures import forecast_svg, forecast_text, text_table
    from churnkit.tables import streams

    with out.open() as output:
        measured = read_histories(streams.arguments(files), reading, every)
        by, step = measured.by, measured.step
        forecasts = [forecast(history, by, step, periods, last) for history in measured.histories]
        if output.format == "text":
            output.text(text_table.fit(partial(forecast_text.draw, forecasts, by, step), output.width))
        elif output.format == "svg":
            output.text(forecast_svg.draw(forecasts, by, step))
        else:
            output.table([record for each in forecasts for record in each.records], fields(by))
    messages.write(find(forecasts, last, step))
