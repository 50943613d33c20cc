"""measure: customers and revenue gained, kept, lost, a row a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from churnkit import messages, options
from churnkit.errors import ChurnkitError
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.eventlog.log import EventLog
    from churnkit.labels import Label
    from churnkit.retention.periods import CustomerTimeline
    from churnkit.tables.writing import Output
    from churnkit.windows import Periods

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


@click.command()
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
    "--by", metavar="COLUMNS", help="A row a group as well: the latest values of these columns (plan,region)."
)
@click.option(
    "--since",
    metavar="DATE",
    help="The first instant shown. Default: where the period of the first event begins.",
)
@click.option(
    "--until",
    metavar="TIME",
    help="The first instant that the log does not cover. Default: the end of the day of its latest event (or start).",
)
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
@options.id_()
@options.time
@options.event
@options.value
@options.reading
@options.header
@options.output(FORMATS, "csv")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    path: str | None,
    to: str | None,
    header: bool,
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
    from churnkit.tables import writing

    if is_gaps and is_cohorts:
        raise click.UsageError("--gaps and --cohorts are two different answers: say one of them")
    _refuse(given, options.asked(ctx), is_gaps)
    format = formats.choose_format(to, path, FORMATS, formats.text_on_terminal(path, "csv"))
    if is_gaps and format == "svg":
        raise click.UsageError("--gaps has no picture but --to text")
    with writing.open_output(path, format, header=header) as output:
        if is_gaps:
            _write_gaps(files, given, options.asked(ctx), output)
        else:
            _write_measured(files, given, options.asked(ctx), is_cohorts, output)


def _refuse(given: dict[str, Any], asked: set[str], is_gaps: bool) -> None:
    """What does not go together."""
    for name, flag in (FOR_LOGS if given["start"] else FOR_SUBSCRIPTIONS).items():
        if name in asked:
            raise click.UsageError(f"{flag} {'does not go with' if given['start'] else 'needs'} --start")
    if given["activity"] and given["churn_event"]:
        raise click.UsageError("--activity is about silence; it does not go with --churn-event")
    for name, flag in NOT_FOR_GAPS.items() if is_gaps else ():
        if name in asked:
            raise click.UsageError(f"--gaps looks at silence alone; it does not go with {flag}")
    rules = [
        flag
        for name, flag in (("inactive", "--inactive"), ("churn_event", "--churn-event"), ("start", "--start"))
        if given[name]
    ]
    if len(rules) > 1:
        raise click.UsageError(f"{' and '.join(rules)}: say one rule of who is a customer")
    if not rules and not is_gaps:
        raise click.UsageError(
            "who is a customer? say --inactive 30d (--gaps proposes how long), --churn-event cancel, or --start of a table of subscriptions"
        )


def _write_gaps(files: tuple[str, ...], given: dict[str, Any], asked: set[str], output: Output) -> None:
    from churnkit.columns import slug
    from churnkit.eventlog.reading import end_of_log, note_unknown_events
    from churnkit.pictures import return_rate_text
    from churnkit.retention.return_rate import propose_inactive, return_rates, shown_rates, silence_lengths

    activity = [slug(name) for name in options.names(given["activity"])]
    history, _, _ = _read_log(files, given, asked)
    note_unknown_events(history, activity)
    end = end_of_log(history, given["until"], given["zone"])
    records = return_rates(*silence_lengths(history, activity, end)) if end is not None else []
    days = propose_inactive(records)
    if days is None:
        messages.note(
            "no-inactive",
            "no --inactive is sane: within what the log shows, 5 % and more of the silent come back",
        )
    else:
        rate = records[days - 1]["return_rate"]
        messages.note(
            "inactive",
            f"of those silent for {messages.count(days, 'day')} {rate:.1%} come back: --inactive {days}d",
        )
    shown = shown_rates(records, days)
    if output.format == "text":
        output.text(return_rate_text.draw(shown, days))
    else:
        output.table(shown, ["silent_days", "silences", "returned", "return_rate"])


def _write_measured(
    files: tuple[str, ...], given: dict[str, Any], asked: set[str], is_cohorts: bool, output: Output
) -> None:
    from churnkit.pictures import cohorts_svg, cohorts_text, movements_svg, movements_text
    from churnkit.retention.cohorts import measure_cohorts
    from churnkit.retention.periods import measure_periods, period_fields

    by = options.names(given["by"])
    if len(set(by)) < len(by) or (by and is_cohorts):
        raise click.UsageError("--by names each column once, and does not go with --cohorts")
    book, spans = _book(files, given, asked, by)
    if is_cohorts:
        records = list(measure_cohorts(book, spans)) if book and spans else []
        fields = ["cohort", "since", "customers", "active", "retention"]
    else:
        records = list(measure_periods(book, spans, by)) if book and spans else []
        fields = period_fields(by)
    if output.format == "text":
        output.text(cohorts_text.draw(records) if is_cohorts else movements_text.draw(records, by))
    elif output.format == "svg":
        output.text(cohorts_svg.draw(records) if is_cohorts else movements_svg.draw(records, by))
    else:
        output.table(records, fields)


def _book(
    files: tuple[str, ...], given: dict[str, Any], asked: set[str], by: list[str]
) -> tuple[CustomerTimeline | None, Periods | None]:
    """The customers at any border, and the borders; None and None of a table without rows."""
    from churnkit import windows
    from churnkit.eventlog import conversion
    from churnkit.eventlog.reading import end_of_log, note_unknown_events
    from churnkit.retention.periods import timeline_of_log, timeline_of_subscriptions
    from churnkit.retention.reading import read_subscriptions
    from churnkit.tables import streams

    zone = windows.zone_named(given["zone"])
    if given["start"]:
        roles = conversion.TableRoles(
            given["id_"], given["time"], None, given["value"], given["start"], given["end"]
        )
        source = conversion.open_source(streams.arguments(files), given["reading"], roles, asked, by)
        found = read_subscriptions(source, given["until"], zone)
        if found is None:
            return None, None
        running, end = found
        book = timeline_of_subscriptions(running, windows.parse_days(given["gap"], least=0))
    else:
        history, value, slugs = _read_log(files, given, asked, by)
        rule = _rule(given)
        note_unknown_events(history, rule.events)
        known_end = end_of_log(history, given["until"], zone)
        if known_end is None:
            return None, None
        book, end = timeline_of_log(history, rule, value, slugs), known_end
    spans = windows.periods(given["every"], given["since"], int(book.first.min()), end, zone)
    if not spans.complete:
        messages.note(
            "incomplete-period",
            f"the log ends inside the last period, at {spans.borders[-1]}: complete is false",
        )
    return book, spans


def _rule(given: dict[str, Any]) -> Label:
    from churnkit import windows
    from churnkit.columns import slug
    from churnkit.labels import Label

    activity = tuple(slug(name) for name in options.names(given["activity"]))
    churn, start = (slug(given[n]) if given[n] else None for n in ("churn_event", "start_event"))
    return Label(windows.parse_days(given["inactive"]) if given["inactive"] else 1, 0, activity, churn, start)


def _read_log(
    files: tuple[str, ...], given: dict[str, Any], asked: set[str], by: list[str] | None = None
) -> tuple[EventLog, str | None, list[str]]:
    """The log, the slug of its value (None where it has none, or none is wanted), the slugs of by."""
    from churnkit import windows
    from churnkit.columns import slug
    from churnkit.eventlog.reading import LogRoles, find_roles, read_log
    from churnkit.tables import streams
    from churnkit.tables.table import Table

    zone = windows.zone_named(given["zone"])
    table = Table(streams.arguments(files), given["reading"])
    roles = find_roles(table, LogRoles(given["id_"], given["time"], given["event"], given["value"]), asked)
    for name in by or []:
        if name in (roles.id, roles.time):
            raise ChurnkitError(f"--by {name}: is the {'id' if name == roles.id else 'time'}, not a group")
        table.require(name)
    numbers = {slug(roles.value): roles.value} if roles.value and by is not None else {}
    texts = {f"by {place}": name for place, name in enumerate(by or [])}
    history = read_log(table, roles, numbers, texts, zone, dedupe=False)
    return history, next(iter(numbers), None), list(texts)
