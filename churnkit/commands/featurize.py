"""featurize: an event log as features of each customer on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from churnkit import options
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.features.reading import LikeModel
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination


@click.command(cls=options.CommandWithSections)
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
@options.until("the end of the day of its latest event")
@click.option(
    "--features",
    "names",
    metavar="NAMES",
    callback=options.to_names,
    help="Exactly these features (a,b). Default: a good set.",
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
    "--windows",
    default="30d,90d",
    show_default=True,
    metavar="DAYS",
    callback=options.to_names,
    help="Windows of the default set.",
)
@options.zone
@click.option("--dedupe", is_flag=True, help="Keep the first of events that are equal in every column.")
@click.option(
    "--list", "is_list", is_flag=True, help="Print every family of features with its formula, and end."
)
@options.log_roles
@options.reading
@options.output(formats.TABLES, "csv")
@options.with_asked
def command(
    asked: set[str],
    files: tuple[str, ...],
    out: Destination,
    reading: Reading,
    is_list: bool,
    as_of: str | None,
    like: str | None,
    **given: Any,
) -> None:
    """Compute features of each customer on a date from an event log.

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
    from churnkit.features import list_families
    from churnkit.features.reading import FeaturizeOptions, read_feature_table
    from churnkit.tables import streams

    if as_of is None and not is_list:
        raise click.UsageError("--as-of is missing: a date, a list, a range, or latest")
    chosen = FeaturizeOptions(**given)
    with out.open() as output:
        if as_of is None or is_list:
            output.frame(list_families())
            return
        paths = streams.arguments(files)
        output.frame(read_feature_table(paths, reading, as_of, chosen, _like(like), asked))


def _like(path: str | None) -> LikeModel | None:
    """What the table takes from a model's FILE."""
    from churnkit.features.reading import LikeModel
    from churnkit.models.model_file import read_model

    if path is None:
        return None
    model = read_model(path)
    return LikeModel(model.target, tuple(column.name for column in model.columns))
