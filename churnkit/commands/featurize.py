"""featurize: an event log as features of each customer on a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options
from churnkit.errors import CheckFailed, ChurnkitError
from churnkit.tables import formats

if TYPE_CHECKING:
    import polars as pl

    from churnkit.features import Feature
    from churnkit.features.feature_table import FeatureTable
    from churnkit.labels import Label, PopulationRule
    from churnkit.models.model_file import Model


@click.command()
@options.files
@click.option(
    "--as-of",
    metavar="DATES",
    help="Observation dates: 2024-09-01, a list, a range 2024-03-01..2024-08-01/1mo, or latest (where the log ends).",
)
@click.option(
    "--horizon", metavar="DAYS", help="Length of the label window (30d, 4w). Without it there is no label."
)
@click.option(
    "--lead", metavar="DAYS", help="Time to act: days between as_of and the label window. Default: none."
)
@options.activity
@click.option("--churn-event", metavar="EVENT", help="The event that is the churn. Default: silence is.")
@options.start_event
@click.option(
    "--active-within",
    metavar="DAYS",
    help="Who is in the table: with an event in so many days before as_of. Default: for silence the horizon, else everyone who has not gone.",
)
@click.option(
    "--until",
    metavar="TIME",
    help="The first instant that the log does not cover. Default: the end of the day of its latest event.",
)
@click.option(
    "--features", "names", metavar="NAMES", help="Exactly these features (a,b). Default: a good set."
)
@click.option(
    "--like",
    type=click.Path(),
    metavar="MODEL",
    help="The features of a model, and the customers its label is about.",
)
@click.option(
    "--join",
    "joins",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Add another table's columns by id; with the time column, its latest row before as_of. Repeatable.",
)
@click.option(
    "--prove",
    is_flag=True,
    help="Compute each date's features again from the log before that date alone; status 1 unless all bytes are the same.",
)
@click.option(
    "--windows", default="30d,90d", show_default=True, metavar="DAYS", help="Windows of the default set."
)
@options.zone
@click.option("--dedupe", is_flag=True, help="Keep the first of events that are equal in every column.")
@click.option(
    "--list", "is_list", is_flag=True, help="Print every family of features with its formula, and end."
)
@options.id_()
@options.time
@options.event
@options.value
@options.reading
@options.header
@options.output(formats.TABLES, "csv")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    files: tuple[str, ...],
    path: str | None,
    to: str | None,
    header: bool,
    is_list: bool,
    as_of: str | None,
    **given: Any,
) -> None:
    """An event log as features of each customer on a day.

    Reads an event log (customer_id, timestamp, event, amount; others by option), in memory, sorted or not.
    Writes a row a customer and observation date: customer_id, as_of, the features, and with --horizon the
    label. A feature's name is its definition, so training and production cannot disagree.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-06-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit featurize --as-of latest --features recency_days,event_count_30d events.csv
      churnkit featurize --as-of 2024-06-01 --prove events.csv > june.csv

    A row sees events before as_of alone, never one at or after it. An event at a border belongs to what is on its
    right. With --horizon 30d --lead 7d:

    \b
               who is in: 30d    as_of  lead: 7d    horizon: 30d
      ───────┼───────────────────┼───────────┼────────────────────┼────▶
      ann         ●       ●                        ●                     0  stayed
      bob         ●                                                 ●    1  churned: what comes later is too late
      cat    ●                        ●                                  1  was there in the lead alone
      dan   ●                                      ●                     -  silent for 30 days: had left before
      eve                        ●                 ●                     -  her first event is at as_of

    \b
    The label's name is its definition, too:
      churned_30d                    no event in the 30 days from as_of
      churned_without_purchase_30d   --activity purchase
      churned_cancel_30d             --churn-event cancel: it happens in them
      …_after_7d                     --lead 7d
      …_of_90d                       --active-within 90d
      …_from_join                    --start-event join
    It is empty (censored) where the log ends before the label window does.

    --join adds the columns of another table as they stand: of the customer's one row, or, where the table has the
    time column, of her latest row before as_of. Who has none gets empty ones, and a note counts them.

    Days are calendar days in --tz; recency and tenure are elapsed time in days of 86,400 s. Memory: about
    100 bytes an event, and 8 bytes a value written. Where parts are made apart (sample --by), say the same
    --as-of, --until and --features for all of them: where a log ends and which events are common is
    otherwise judged by each part alone.
    """
    from churnkit import features, windows
    from churnkit.tables import writing

    format = formats.choose_format(to, path, formats.TABLES, "csv")
    if as_of is None and not is_list:
        raise click.UsageError("--as-of is missing: a date, a list, a range, or latest")
    zone = windows.zone_named(given["zone"])
    with writing.open_output(path, format, header=header) as output:
        if as_of is None or is_list:
            output.frame(features.list_families())
        else:
            output.frame(_featurized(files, as_of, zone, given, options.asked(ctx)))


def _featurized(
    files: tuple[str, ...], as_of: str, zone: str, given: dict[str, Any], asked: set[str]
) -> pl.DataFrame:
    from churnkit import windows
    from churnkit.eventlog.reading import LogRoles, end_of_log, find_roles, note_unknown_events, read_log
    from churnkit.features import feature_table
    from churnkit.features.join import join_columns, read_join
    from churnkit.features.reading import needed_columns
    from churnkit.models.model_file import read_model
    from churnkit.tables import streams
    from churnkit.tables.table import Table

    model = read_model(given["like"]) if given["like"] else None
    rule, everyone = _rule(given, model.target if model else None)
    table = Table(streams.arguments(files), given["reading"])
    roles = find_roles(table, LogRoles(given["id_"], given["time"], given["event"], given["value"]), asked)
    wanted = _wanted(given["names"], model)
    joins = [read_join(p, given["reading"], roles.id, roles.time) for p in given["joins"]]
    _refuse_missing(model, [name for join in joins for name in join.columns])
    numbers, texts = needed_columns(table, roles, wanted)
    history = read_log(table, roles, numbers, texts, zone, given["dedupe"])
    end = end_of_log(history, given["until"], zone)
    dates = windows.observation_dates(as_of, end, zone)
    if wanted is None:
        days = [windows.parse_days(part) for part in options.names(given["windows"])]
        wanted, left_out = feature_table.default_features(history, days, list(numbers), dates[-1].instant)
        if left_out:
            messages.note(
                "rare-events", f"rare events without features of their own: {columns.list_names(left_out)}"
            )
    note_unknown_events(history, [*(rule or everyone).events, *feature_table.events_of(wanted)])
    if end is not None and dates[-1].instant > end:
        messages.warn(
            "log-ends-early",
            f"the log ends before {dates[-1]}: at its end, {windows.day_of(end, zone)}, is --as-of latest",
        )
    has_label = bool(given["horizon"])
    label = str(rule) if has_label else None
    select = feature_table.population_selector(rule, everyone, (end or 0) if has_label else None)
    made = feature_table.build_table(history, dates, wanted, select, roles.id, label)
    _tell(made, roles.id, label)
    if given["prove"]:
        _prove(
            feature_table.find_contradiction(history, made.rows, dates, wanted, roles.id), made, len(wanted)
        )
    rows = made.rows
    for join in joins:
        rows = join_columns(rows, roles.id, dates, join)
    return rows.select([name for name in rows.columns if name != label] + ([label] if label else []))


def _prove(contradiction: str | None, made: FeatureTable, number: int) -> None:
    if contradiction is not None:
        raise CheckFailed(f"not point in time: {contradiction}")
    values = messages.count(number * made.rows.height, "value")
    messages.note(
        "proved", f"proved: {values} from the log before each date alone are the same, byte for byte"
    )


def _rule(given: dict[str, Any], target: str | None) -> tuple[Label | None, PopulationRule]:
    """The label's rule, from the options or from a model's label; and who is in the table without one."""
    from churnkit import labels, windows
    from churnkit.columns import slug
    from churnkit.labels import Label, PopulationRule

    horizon, within = (
        windows.parse_days(given[n]) if given[n] else None for n in ("horizon", "active_within")
    )
    lead = windows.parse_days(given["lead"], least=0) if given["lead"] else None
    activity = tuple(slug(name) for name in options.names(given["activity"]))
    churn, start = (slug(given[n]) if given[n] else None for n in ("churn_event", "start_event"))
    if lead and not horizon:
        raise click.UsageError("--lead needs --horizon")
    if activity and churn:
        raise click.UsageError("--activity is about silence; it does not go with --churn-event")
    modelled = labels.parse(target) if target else None
    if modelled is not None and not (activity or churn or start):
        changed = replace(
            modelled,
            horizon_days=horizon or modelled.horizon_days,
            lead_days=modelled.lead_days if lead is None else lead,
            within_days=within or modelled.within_days,
        )
        return labels.canonical(changed), PopulationRule()
    if horizon or churn:
        rule = Label(horizon or 1, lead or 0, activity, churn, start, within)
        return labels.canonical(rule), PopulationRule()
    return None, PopulationRule(within, activity, start)


def _wanted(names: str | None, model: Model | None) -> list[Feature] | None:
    """The features asked for, or those of a model; None where the default set is wanted."""
    from churnkit import features

    if names and model:
        raise click.UsageError("--features and --like do not go together")
    if names:
        return features.parse_all(options.names(names))
    if model is None:
        return None
    return features.parse_all([c.name for c in model.columns if features.parse(c.name) is not None])


def _refuse_missing(model: Model | None, joined: list[str]) -> None:
    """Columns of the model that are no features must come from another table, as they did."""
    from churnkit import features

    names = [c.name for c in model.columns] if model else []
    missing = [name for name in names if features.parse(name) is None and name not in joined]
    if missing:
        told = columns.list_names(missing)
        raise ChurnkitError(
            f"columns of the model that are no features of a log: {told}; add them with --join"
        )


def _tell(made: FeatureTable, id_name: str, label: str | None) -> None:
    dates = made.rows[columns.AS_OF].n_unique()
    said = f"{messages.count(made.rows.height, 'row')}: {messages.count(made.rows[id_name].n_unique(), 'customer')}"
    said += f" at {messages.count(dates, 'date')}"
    if label is not None and (known := made.rows[label].drop_nulls()).len():
        said += f"; {label}: {float(known.sum()) / len(known):.1%}"
    messages.note("feature-table", said, count=made.rows.height)
    if made.too_late:
        messages.note(
            "too-late",
            f"{messages.count(made.too_late, 'row')} left out: they leave before the label window begins",
            count=made.too_late,
        )
    if made.censored:
        dates_text = columns.list_names([str(date) for date in made.censored])
        messages.warn(
            "censored",
            f"the log ends before the label window does: {label} is empty at {dates_text}",
            column=label,
        )
