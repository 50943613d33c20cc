"""evaluate: how good scores are: metrics with intervals."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from churnkit import options
from churnkit.errors import CheckFailed

if TYPE_CHECKING:
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

FORMATS = ("jsonl", "text", "svg")


@click.command(cls=options.CommandWithSections)
@options.files
@options.target("Column of the truth. Default: churned, or the only column whose name begins with churned_.")
@click.option(
    "--positive", metavar="VALUE", help="The truth value that means churned. Default: 1, true, yes."
)
@click.option(
    "--truth",
    type=click.Path(),
    metavar="FILE",
    help="Read the truth from FILE and join it by id and as_of (as instants): last month's scores against what happened.",
)
@click.option(
    "--baseline",
    metavar="COLUMN",
    help="Compare with another score of the same rows, or with a yes/no list at its own number of contacts.",
)
@click.option(
    "--by",
    metavar="COLUMNS",
    callback=options.to_names,
    help="Write one record per group of these columns (plan,region).",
)
@click.option(
    "--customer-value", metavar="COLUMN", help="Column of a customer's value. Adds the profit of a campaign."
)
@click.option("--contact-cost", type=float, default=0.0, help="Cost per contacted customer. Default: 0.")
@click.option("--incentive", type=float, default=0.0, help="Cost per accepted offer. Default: 0.")
@click.option(
    "--save-rate",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Share of would-be churners who stay because of the offer.",
)
@click.option(
    "--margin",
    type=options.Share(),
    default="1",
    show_default=True,
    metavar="SHARE",
    help="Share of the customer value that is kept: 0.7 turns revenue into value.",
)
@click.option(
    "--weight",
    metavar="COLUMN",
    help="How many customers each row stands for. Default: the column weight, if there is one.",
)
@click.option("--min-auc", type=click.FloatRange(0, 1), help="Exit with status 1 if the auc is below this.")
@options.seed
@options.id_()
@options.reading
@options.output(FORMATS, "jsonl", is_shown=True)
def command(
    files: tuple[str, ...],
    min_auc: float | None,
    seed: int,
    contact_cost: float,
    incentive: float,
    save_rate: float,
    margin: float,
    reading: Reading,
    out: Destination,
    **given: Any,
) -> None:
    """Evaluate scores: metrics with confidence intervals.

    Reads rows with churn_probability and the truth into memory, about 200 bytes per row. Writes one record:
    rows, base_rate, auc, pr_auc (average precision), log_loss, brier, ece (10 bins of equal width),
    observed_over_expected, lift and recall in the top 10 % (for ties: the mean over all orders), each with a
    95 % interval (auc_low, auc_high); ece_chance, the ece that a perfect score of these rows shows, and
    ece_corrected without that (ece_low and ece_high are its interval); calibration in 10 bins; and gains:
    the share of churners in each tenth.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model xgboost --out-of-fold tested.csv train.csv > model.json
      churnkit evaluate tested.csv
      churnkit featurize --like model.json --as-of 2024-12-01 --horizon 30d events.csv |
        churnkit score --keep all model.json > later.csv
      churnkit evaluate --min-auc 0.6 --baseline recency_days --customer-value amount_sum_90d \\
        --contact-cost 1 --incentive 5 later.csv

    Do not evaluate scores of the rows that the model was fitted on: the result looks better than it is.
    Intervals are percentiles of 1,000 bootstraps of whole customers; bootstraps with only one class are
    dropped and counted. With more than 10,000 different scores, the bootstraps group neighbouring scores.

    --baseline adds baseline_auc, auc_difference and its interval (auc_difference_low, auc_difference_high),
    and the same for the other metrics; only for the ranking metrics if the baseline is not a probability.
    If it is a list of yes and no (last month's calls), baseline_recall is the share of those who churned that it
    reaches, recall_same_contacts that of as many contacts by falling probability; recall_difference is paired.
    --customer-value adds profit: contacting a customer who would leave is worth save rate * (value -
    incentive) - contact cost; contacting one who would stay, -incentive - contact cost (Neslin 2006). curve
    and best contact customers by falling probability; best_choice contacts those whose expected gain is
    above 0; mpc and empc (a Beta save rate with that mean, parameters adding to 20) are the maximum profit
    per customer at the mean value (Verbraken 2013). The best cut is chosen on one half of the customers and
    rated on the other, both ways: that profit and mpc have intervals (profit_low, profit_high);
    profit_in_hindsight, mpc_in_hindsight and empc are of the rows that chose the cut, and promise too much.
    """
    from churnkit.evaluation.groups import evaluate_groups
    from churnkit.evaluation.profit import Campaign
    from churnkit.evaluation.reading import ScoredColumns, read_scored
    from churnkit.pictures import metrics_svg, metrics_text, text_table
    from churnkit.tables import streams

    wanted = ScoredColumns(**given)
    if out.format == "svg" and wanted.by:
        raise click.UsageError("--to svg draws one record, so it cannot be used with --by")
    with out.open() as output:
        rows = read_scored(streams.arguments(files), reading, wanted)
        campaign = Campaign(contact_cost, incentive, save_rate, margin)
        records = evaluate_groups(rows, wanted, campaign, seed)
        if out.format == "text":
            draws = [partial(metrics_text.draw, record, wanted.by) for record in records]
            output.text("\n\n".join(text_table.fit(draw, output.width) for draw in draws))
        elif out.format == "svg":
            output.text(metrics_svg.draw(records[0]))
        else:
            output.records(records)
    least = min((r["auc"] for r in records if r["auc"] == r["auc"]), default=0.0)
    if min_auc is not None and least < min_auc:
        raise CheckFailed(f"the auc is {least:.4f}, below {min_auc:g} (--min-auc)")
