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
    help="Observation dates: 2024-09-01, a list, a range 2024-03-01..2024-08-01/1mo, latest (the end of the log), or each customer's own: renewal_date-60d.",
)
@click.option(
    "--horizon", metavar="DAYS", help="Length of the label window (30d, 4w). Without it no label is written."
)
@click.option(
    "--lead", metavar="DAYS", help="Days between as_of and the label window: the time to act. Default: 0."
)
@options.activity
@click.option(
    "--churn-event", metavar="EVENT", help="The event that means churn. Default: churn is having no event."
)
@options.start_event
@click.option(
    "--active-within",
    metavar="DAYS",
    help="Include only customers with an event in the last DAYS before as_of. Default: the horizon; with --churn-event all customers who have not churned.",
)
@options.until("the end of the day of its latest event")
@click.option(
    "--features",
    "names",
    metavar="NAMES",
    callback=options.to_names,
    help="Compute exactly these features (a,b). Default: a useful standard set.",
)
@click.option(
    "--like",
    type=click.Path(),
    metavar="MODEL",
    help="Compute the features of this model, for the customers its label covers.",
)
@click.option(
    "--join",
    "joins",
    multiple=True,
    type=click.Path(),
    metavar="FILE[:COLUMN]",
    help="Add the columns of another table by id (:COLUMN if it is called otherwise there); if it has the time column, from the latest row before as_of. Repeatable.",
)
@click.option(
    "--prove",
    is_flag=True,
    help="Compute the features of each date again, using only the log before that date; status 1 if any byte differs.",
)
@click.option(
    "--windows",
    default="30d,90d",
    show_default=True,
    metavar="DAYS",
    callback=options.to_names,
    help="Windows of the standard set.",
)
@options.sorted_
@options.zone
@click.option(
    "--dedupe", is_flag=True, help="Remove repeated events: of those equal in every column, keep the first."
)
@click.option(
    "--list", "is_list", is_flag=True, help="Print all feature families with their formulas, and exit."
)
@options.same_as
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

    Reads an event log (customer_id, timestamp, event, amount; options set other names) into memory, sorted or
    not. Writes one row per customer and observation date: customer_id, as_of, the features, and with --horizon
    the label. A feature's name is its definition, so training and production cannot disagree.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-06-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit featurize --as-of latest --features recency_days,event_count_30d events.csv
      churnkit featurize --as-of 2024-06-01 --prove events.csv > june.csv

    A row uses only events before as_of, never one at or after it. An event exactly on a border belongs to the
    part on its right. With --horizon 30d --lead 7d:

    \b
              active-within: 30d as_of  lead: 7d    horizon: 30d
      ───────┼───────────────────┼───────────┼────────────────────┼────▶
      ann         ●       ●                        ●                     0  stayed
      bob         ●                                                 ●    1  churned: an event after the horizon is too late
      cat    ●                        ●                                  1  churned: an event in the lead does not count
      dan   ●                                      ●                     -  not in the table: silent for 30 days before
      eve                        ●                 ●                     -  not in the table: first event at as_of

    \b
    The label's name is its definition as well:
      churned_30d                    no event in the 30 days from as_of
      churned_without_purchase_30d   --activity purchase
      churned_cancel_30d             --churn-event cancel: a cancel event in these days
      churned_cancel_without_buy_30d --activity buy as well: only buy brings a customer back
      …_after_7d                     --lead 7d
      …_of_90d                       --active-within 90d
      …_from_join                    --start-event join
    The label is empty (censored) if the log ends before the label window does.

    With --churn-event, customers who had that event and no later line are gone, and not in the table. Any later line
    brings them back, also one at the same time (cancel and subscribe: a change of plan). With --start-event or
    --activity only those events bring them back. Lines at the same time count in the order of FILEs and lines.

    --as-of renewal_date-60d asks about each customer 60 days before the date in a column of the log or of a --join
    table: before a contract ends. If the column changes, a customer has a row for each date as it was known then.

    --join adds the columns of another table unchanged: from the customer's only row or, if the table has the time
    column, from the customer's latest row before as_of. Customers without such a row get empty values, and a note
    counts them. --join accounts.csv:account_id names the id column of that table. A date in a joined table gives a feature as one in the log does: --features renewal_in_days.

    Days are calendar days in --tz; recency and tenure are elapsed time in days of 86,400 s. Memory: about 40
    bytes per event (50 where customers are mixed) and 8 bytes per value written. With --sorted memory is constant: the events of a customer stand
    together in the log, customers in any order, and the rows come out in the order of the log. What exceeds some
    megabytes waits in a temporary file (TMPDIR). A log that events wrote with -o log.parquet says that it is sorted:
    it needs no --sorted and no temporary file. If you process parts separately (sample --by), give all of them
    the same --as-of, --until and --features: otherwise each part decides for itself where the log ends and which
    events are common.
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
        for rows in read_feature_table(paths, reading, as_of, chosen, _read_like_model(like), asked):
            output.frame(rows)


def _read_like_model(path: str | None) -> LikeModel | None:
    """The target and the features of the model in a file, for --like."""
    if path is None:
        return None
    from churnkit.features.reading import LikeModel
    from churnkit.models.model_file import read_model

    model = read_model(path)
    return LikeModel(model.target, tuple(column.name for column in model.columns))
