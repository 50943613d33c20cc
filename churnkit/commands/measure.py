"""measure: customers and revenue gained, kept, lost, a row a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from churnkit import messages, options
from churnkit.tables import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from churnkit.retention.reading import MeasureOptions
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination, Output

FORMATS = (*formats.TABLES, "text", "svg")
FOR_LOGS = {
    "inactive": "--inactive",
    "churn_event": "--churn-event",
    "start_event": "--start-event",
    "activity": "--activity",
    "time": "--time",
    "event": "--event",
}
FOR_SUBSCRIPTIONS = {"end": "--end", "gap": "--gap"}
NOT_FOR_GAPS = {
    "start": "--start",
    "every": "--every",
    "inactive": "--inactive",
    "churn_event": "--churn-event",
    "start_event": "--start-event",
    "by": "--by",
    "since": "--since",
    "value": "--value",
}


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "--every",
    default="1mo",
    show_default=True,
    metavar="STEP",
    help="Length of a period: 1mo, 1q, 1y, 1w (from Monday), 30d.",
)
@click.option(
    "--inactive", metavar="DAYS", help="Who has no event for so many days is no customer any more (30d)."
)
@click.option("--churn-event", metavar="EVENT", help="The event that is the churn, where customers say so.")
@options.start_event
@options.activity
@options.subscriptions
@click.option(
    "--by",
    metavar="COLUMNS",
    callback=options.to_names,
    help="A row a group as well: the latest values of these columns (plan,region).",
)
@click.option(
    "--since",
    metavar="DATE",
    help="The first instant shown. Default: where the period of the first event begins.",
)
@options.until("the end of the day of its latest event (or start)")
@click.option(
    "--gaps",
    "is_gaps",
    is_flag=True,
    help="How often customers come back after so many days of silence, and so which --inactive is sane.",
)
@click.option(
    "--cohorts",
    "is_cohorts",
    is_flag=True,
    help="Who is still there of those who came in one period: a row a start period and age.",
)
@options.zone
@options.log_roles
@options.reading
@options.output(FORMATS, "csv", is_shown=True)
@options.with_asked
def command(
    asked: set[str],
    files: tuple[str, ...],
    out: Destination,
    reading: Reading,
    is_gaps: bool,
    is_cohorts: bool,
    **given: Any,
) -> None:
    """Customers and revenue gained, kept, lost, a row a period.

    Reads an event log (customer_id, timestamp, event, amount; others by option), or with --start a table of
    subscriptions, into memory. Writes a row a period: period (its first day), customers_start, new, returned,
    churned, customers_end, churn_rate (churned / customers_start), the same for revenue, and complete: false
    where the log ends inside the period.

    \b
      churnkit simulate --customers 500 > events.csv
      churnkit measure --every 1mo --inactive 30d events.csv > months.csv
      churnkit measure --churn-event cancel --start-event signup --by plan --to text events.csv
      churnkit measure --gaps events.csv
      churnkit measure --cohorts --churn-event cancel --to text events.csv
      churnkit measure --inactive 30d --to svg -o churn.svg events.csv

    Customers are counted at the instants between periods. Active there, with --inactive 30d, is who has an
    event in the 30 days before; with --churn-event who is known and not gone; with --start whose subscription
    runs (start < instant <= end).

    \b
           inactive: 30d │         a period          │
      ───────────────────┼───────────────────────────┼────▶
      ann          ●     │          ●           ●    │     there at both: stays
      bob          ●     │                           │     churned
      cat                │               ●           │     new: no event before the period
      dan   ●            │                      ●    │     returned: an event before it, not active at its start
      eve                │ ●                         │     neither: came and fell silent between the two

    \b
      start + new + returned - churned = end, in each row, exactly.
      start + new + returned + expanded - contracted - churned = end, for revenue, to the last decimal.

    The revenue of a customer is the sum of her period, beside that of the period before: from 0, new or
    returned; to 0, churned; else expanded or contracted. Losses are written positive. With --start it is what runs
    at the instant (so a yearly plan is no loss of eleven months). With --by who changes her group stands in
    moved_in and moved_out, revenue_moved_in and revenue_moved_out, which the identities then have as well.

    --gaps needs no rule: return_rate is the share that come back of those silent for so many days, within what the
    log shows (product-limit estimate). --cohorts: retention is the share of those who came in the cohort's
    period that are active so many periods after its end. Memory: about 100 bytes an event.
    """
    from churnkit.retention.reading import MeasureOptions
    from churnkit.tables import streams

    chosen = MeasureOptions(**given)
    _check(chosen, asked, is_gaps, is_cohorts)
    if is_gaps and out.format == "svg":
        raise click.UsageError("--gaps has no picture but --to text")
    paths = streams.arguments(files)
    with out.open() as output:
        if is_gaps:
            _write_return_rate(paths, reading, chosen, asked, output)
        elif is_cohorts:
            _write_cohorts(paths, reading, chosen, asked, output)
        else:
            _write_periods(paths, reading, chosen, asked, output)


def _check(chosen: MeasureOptions, asked: set[str], is_gaps: bool, is_cohorts: bool) -> None:
    """Raises UsageError for options that do not go together."""
    if is_gaps and is_cohorts:
        raise click.UsageError("--gaps and --cohorts are two different answers: say one of them")
    for name, flag in (FOR_LOGS if chosen.start else FOR_SUBSCRIPTIONS).items():
        if name in asked:
            raise click.UsageError(f"{flag} {'does not go with' if chosen.start else 'needs'} --start")
    if chosen.activity and chosen.churn_event:
        raise click.UsageError("--activity is about silence; it does not go with --churn-event")
    for name, flag in NOT_FOR_GAPS.items() if is_gaps else ():
        if name in asked:
            raise click.UsageError(f"--gaps looks at silence alone; it does not go with {flag}")
    named = {"--inactive": chosen.inactive, "--churn-event": chosen.churn_event, "--start": chosen.start}
    rules = [flag for flag, value in named.items() if value]
    if len(rules) > 1:
        raise click.UsageError(f"{' and '.join(rules)}: say one rule of who is a customer")
    if not rules and not is_gaps:
        raise click.UsageError(
            "who is a customer? say --inactive 30d (--gaps proposes how long), --churn-event cancel, or --start of a table of subscriptions"
        )
    if len(set(chosen.by)) < len(chosen.by) or (chosen.by and is_cohorts):
        raise click.UsageError("--by names each column once, and does not go with --cohorts")


def _write_return_rate(
    paths: list[str], reading: Reading, chosen: MeasureOptions, asked: set[str], output: Output
) -> None:
    from churnkit.eventlog.reading import end_of_log, note_unknown_events
    from churnkit.pictures import return_rate_text
    from churnkit.retention.reading import read_events
    from churnkit.retention.return_rate import propose_inactive, return_rates, shown_rates, silence_lengths

    log, _, _ = read_events(paths, reading, chosen, asked)
    note_unknown_events(log, chosen.activity_slugs)
    end = end_of_log(log, chosen.until, chosen.zone)
    activity = chosen.activity_slugs
    records = return_rates(*silence_lengths(log, activity, end)) if end is not None else []
    days = propose_inactive(records)
    _note_inactive(days, records)
    shown = shown_rates(records, days)
    if output.format == "text":
        output.text(return_rate_text.draw(shown, days))
    else:
        output.table(shown, ["silent_days", "silences", "returned", "return_rate"])


def _note_inactive(days: int | None, records: Sequence[dict[str, Any]]) -> None:
    if days is None:
        messages.note(
            "no-inactive",
            "no --inactive is sane: within what the log shows, 5 % and more of the silent come back",
        )
    else:
        rate, silent = records[days - 1]["return_rate"], messages.count(days, "day")
        messages.note("inactive", f"of those silent for {silent} {rate:.1%} come back: --inactive {days}d")


def _write_cohorts(
    paths: list[str], reading: Reading, chosen: MeasureOptions, asked: set[str], output: Output
) -> None:
    from churnkit.pictures import cohorts_svg, cohorts_text
    from churnkit.retention.cohorts import FIELDS, measure_cohorts
    from churnkit.retention.reading import read_timeline

    found = read_timeline(paths, reading, chosen, asked)
    records = list(measure_cohorts(*found)) if found else []
    if output.format == "text":
        output.text(cohorts_text.draw(records))
    elif output.format == "svg":
        output.text(cohorts_svg.draw(records))
    else:
        output.table(records, FIELDS)


def _write_periods(
    paths: list[str], reading: Reading, chosen: MeasureOptions, asked: set[str], output: Output
) -> None:
    from churnkit.pictures import movements_svg, movements_text
    from churnkit.retention.periods import measure_periods, period_fields
    from churnkit.retention.reading import read_timeline

    found = read_timeline(paths, reading, chosen, asked)
    records = list(measure_periods(*found, chosen.by)) if found else []
    if output.format == "text":
        output.text(movements_text.draw(records, chosen.by))
    elif output.format == "svg":
        output.text(movements_svg.draw(records, chosen.by))
    else:
        output.table(records, period_fields(chosen.by))
