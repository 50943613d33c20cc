"""measure: customers and revenue gained, kept and lost, one row per period."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from churnkit import messages, options
from churnkit.tables import formats

if TYPE_CHECKING:
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
    "is_sorted": "--sorted",
}
FOR_SUBSCRIPTIONS = {"end": "--end", "gap": "--gap"}
NOT_FOR_RETURN_RATE = {
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
    "--inactive", metavar="DAYS", help="Customers without an event for this many days have churned (30d)."
)
@click.option("--churn-event", metavar="EVENT", help="The event that means churn (cancel).")
@options.start_event
@options.activity
@options.subscriptions
@click.option(
    "--by",
    metavar="COLUMNS",
    callback=options.to_names,
    help="One row per period and group: the latest values of these columns (plan,region).",
)
@click.option(
    "--since",
    metavar="DATE",
    help="Start of the first period. Default: the period of the first event.",
)
@options.until("the end of the day of its latest event (or start)")
@click.option(
    "--return-rate",
    "is_return_rate",
    is_flag=True,
    help="Share of customers who come back after N days of silence; proposes a value for --inactive.",
)
@click.option(
    "--gaps",
    "is_gaps",
    is_flag=True,
    hidden=True,
    help="The old name of --return-rate.",
)
@click.option(
    "--cohorts",
    "is_cohorts",
    is_flag=True,
    help="Share of the customers who started in one period that are still active, period by period.",
)
@options.sorted_
@options.zone
@options.same_as
@options.log_roles
@options.reading
@options.output(FORMATS, "csv", is_shown=True)
@options.with_asked
def command(
    asked: set[str],
    files: tuple[str, ...],
    out: Destination,
    reading: Reading,
    is_return_rate: bool,
    is_gaps: bool,
    is_cohorts: bool,
    **given: Any,
) -> None:
    """Measure customers and revenue gained, kept and lost: one row per period.

    Reads an event log (customer_id, timestamp, event, amount; other names by option), or with --start a table of
    subscriptions, into memory. Writes one row per period: period (its first day), customers_start, new, returned,
    churned, customers_end, came_and_went, churn_rate (churned / customers_start), the same for revenue, and
    complete (false if the log ends inside the period, or begins less than --inactive before it; then not all
    customers who could leave are known, and churn_rate is empty).

    \b
      churnkit simulate --customers 500 > events.csv
      churnkit measure --every 1mo --inactive 30d events.csv > months.csv
      churnkit measure --churn-event cancel --start-event signup --by plan --to text events.csv
      churnkit measure --return-rate events.csv
      churnkit measure --cohorts --churn-event cancel --to text events.csv
      churnkit measure --inactive 30d --to svg -o churn.svg events.csv

    Customers are counted at the borders between periods. A customer is active at a border if they have an event
    in the 30 days before it (--inactive 30d); if they have events before it and have not churned (--churn-event);
    or if their subscription runs (--start: start < border <= end). After the churn event, any later line brings a
    customer back, also one at the same time; with --start-event or --activity only those events do.

    \b
           inactive: 30d │        one period         │
      ───────────────────┼───────────────────────────┼────▶
      ann          ●     │          ●           ●    │     kept: active at both borders
      bob          ●     │                           │     churned
      cat                │               ●           │     new: no event before the period
      dan   ●            │                      ●    │     returned: an event before it, but not active at its start
      eve                │ ●                         │     came_and_went: active at neither border

    \b
      start + new + returned - churned = end, in each row, exactly.
      start + new + returned + expanded - contracted - churned = end, for revenue, to the last decimal.

    The revenue of a customer is the sum over the period, compared with the period before. From 0 it is new or
    returned, to 0 it is churned, else expanded or contracted. Losses are positive numbers. With --start, revenue is
    the recurring value at the border (so a yearly plan is not lost for eleven months). came_and_went counts each
    customer once per period; revenue_came_and_went is their largest recurring value inside the period, and in no
    other column; in a log it is their revenue, which is in the other columns too. With --by, customers who
    change their group are counted in moved_in and moved_out, their revenue in revenue_moved_in and
    revenue_moved_out; the equations then include these columns.

    --return-rate needs no definition of churn. return_rate is the share of customers silent for silent_days who
    come back, within the time that the log covers (product-limit estimate), with its 95 % interval; the proposed
    value has 100 silences or more and is at most a third of the log's length. --cohorts: retention is the share of
    the customers who started in the cohort's period that are active N periods after its end (since = N).
    Memory: about 30 bytes per event (40 where customers are mixed); with --sorted, or of a log that events wrote
    with -o log.parquet, constant: what exceeds some megabytes waits in a temporary file (TMPDIR).
    """
    from churnkit.retention.reading import MeasureOptions
    from churnkit.tables import streams

    chosen = MeasureOptions(**given)
    is_return_rate = is_return_rate or is_gaps
    _check(chosen, asked, is_return_rate, is_cohorts)
    if is_return_rate and out.format == "svg":
        raise click.UsageError("--return-rate has no svg picture; use --to text")
    if is_gaps:
        messages.note("old-name", "--gaps is now --return-rate; the old name works for this release only")
    paths = streams.arguments(files)
    with out.open() as output:
        if is_return_rate:
            _write_return_rate(paths, reading, chosen, asked, output)
        elif is_cohorts:
            _write_cohorts(paths, reading, chosen, asked, output)
        else:
            _write_periods(paths, reading, chosen, asked, output)


def _check(chosen: MeasureOptions, asked: set[str], is_return_rate: bool, is_cohorts: bool) -> None:
    """Raises UsageError for options that cannot be used together."""
    if is_return_rate and is_cohorts:
        raise click.UsageError("--return-rate and --cohorts are two reports: use one of them")
    for name, flag in (FOR_LOGS if chosen.start else FOR_SUBSCRIPTIONS).items():
        if name in asked:
            raise click.UsageError(f"{flag} {'cannot be used with' if chosen.start else 'needs'} --start")
    for name, flag in NOT_FOR_RETURN_RATE.items() if is_return_rate else ():
        if name in asked:
            raise click.UsageError(f"--return-rate cannot be used with {flag}")
    named = {"--inactive": chosen.inactive, "--churn-event": chosen.churn_event, "--start": chosen.start}
    rules = [flag for flag, value in named.items() if value]
    if len(rules) > 1:
        raise click.UsageError(f"{' and '.join(rules)}: use one of them to define churn")
    if not rules and not is_return_rate:
        raise click.UsageError(
            "no definition of churn: use --inactive 30d (--return-rate proposes the days), --churn-event cancel,"
            " or --start COLUMN for a table of subscriptions"
        )
    if len(set(chosen.by)) < len(chosen.by):
        raise click.UsageError("--by names a column twice")
    if chosen.by and is_cohorts:
        raise click.UsageError("--by cannot be used with --cohorts")


def _write_return_rate(
    paths: list[str], reading: Reading, chosen: MeasureOptions, asked: set[str], output: Output
) -> None:
    from churnkit.eventlog.reading import end_of_log, note_unknown_events
    from churnkit.pictures import return_rate_text, text_table
    from churnkit.retention import return_rate
    from churnkit.retention.reading import read_events

    log, _, _ = read_events(paths, reading, chosen, asked)
    note_unknown_events(log, chosen.activity_slugs)
    end = end_of_log(log, chosen.until, chosen.zone)
    activity = chosen.activity_slugs
    records, longest = [], 0
    if end is not None:
        records = return_rate.return_rates(*return_rate.count_silences(log.parts(), activity, end))
        longest = return_rate.longest_proposal(log.earliest or 0, end)
    days, best = return_rate.propose_inactive(records, longest), return_rate.best_known(records, longest)
    _note_inactive(records[days - 1] if days is not None else None, best)
    shown = return_rate.shown_rates(records, days)
    if output.format == "text":
        output.text(text_table.fit(partial(return_rate_text.draw, shown, days), output.width))
    else:
        output.table(shown, return_rate.FIELDS)


def _note_inactive(proposed: dict[str, Any] | None, best: dict[str, Any] | None) -> None:
    """proposed: the record of the proposed days. best: that of the most days that may be proposed."""
    if proposed is not None:
        days = proposed["silent_days"]
        messages.note("inactive", f"{_in_words(proposed)}: use --inactive {days}d")
        return
    text = "no value proposed for --inactive: the log is too short to show when fewer than 5 % come back"
    known = f"; at most, it shows that {_in_words(best)}" if best else ""
    messages.note("no-inactive", text + known)


def _in_words(record: dict[str, Any]) -> str:
    rate, low, high = (record[name] for name in ("return_rate", "low", "high"))
    silent = messages.count(record["silent_days"], "day")
    return f"{rate:.1%} ({low:.1%} to {high:.1%}) of customers silent for {silent} come back"


def _write_cohorts(
    paths: list[str], reading: Reading, chosen: MeasureOptions, asked: set[str], output: Output
) -> None:
    from churnkit.pictures import cohorts_svg, cohorts_text
    from churnkit.retention.cohorts import FIELDS, measure_cohorts
    from churnkit.retention.reading import read_timeline

    records: list[dict[str, Any]] = []
    if read := read_timeline(paths, reading, chosen, asked):
        timelines, periods = read
        records = list(measure_cohorts(timelines.parts(), periods))
    if output.format == "text":
        output.text(cohorts_text.draw(records, chosen.every))
    elif output.format == "svg":
        output.text(cohorts_svg.draw(records, chosen.every))
    else:
        output.table(records, FIELDS)


def _write_periods(
    paths: list[str], reading: Reading, chosen: MeasureOptions, asked: set[str], output: Output
) -> None:
    from churnkit.pictures import movements_svg, movements_text, text_table
    from churnkit.retention.findings import find
    from churnkit.retention.periods import measure_periods, period_fields
    from churnkit.retention.reading import read_timeline

    records: list[dict[str, Any]] = []
    if read := read_timeline(paths, reading, chosen, asked):
        timelines, periods = read
        figures = measure_periods(timelines.parts(), periods, chosen.by)
        records = figures.records
        messages.write(find(figures, timelines, periods, chosen.inactive))
    if output.format == "text":
        draw = partial(movements_text.draw, records, chosen.by, chosen.every)
        output.text(text_table.fit(draw, output.width))
    elif output.format == "svg":
        output.text(movements_svg.draw(records, chosen.by, chosen.every))
    else:
        output.table(records, period_fields(chosen.by))
