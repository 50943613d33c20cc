"""backtest: what a model would have said at past dates, and what then happened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from churnkit import messages, options
from churnkit.errors import CheckFailed
from churnkit.models import MODELS
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.backtest.reading import LabelledPanel
    from churnkit.backtest.walk_forward import Walk
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination, Output

FORMATS = (*formats.TABLES, "text", "svg")


@click.command(cls=options.CommandWithSections)
@options.files
@click.option(
    "--model",
    "kind",
    type=click.Choice([*MODELS]),
    default="logistic",
    show_default=True,
    help="Kind of model: logistic regression, decision tree, boosted trees.",
)
@options.target("Column to predict. Default: churned, or the only column whose name begins with churned_.")
@options.learning
@options.weight
@click.option(
    "--customer-value",
    metavar="COLUMN",
    help="Also judge the expected loss: the sum of probability times this column.",
)
@click.option(
    "--baseline",
    metavar="COLUMN",
    help="A score that you have today; higher means more likely to churn. The model does not use it.",
)
@click.option(
    "--age", "is_age", is_flag=True, help="Judge models of one, two, three … dates before: one row per age."
)
@click.option(
    "--out-of-fold",
    type=click.Path(),
    metavar="FILE",
    help="Write the judged rows to FILE, with the probabilities of the model and of recency; for evaluate.",
)
@click.option(
    "--max-miss",
    type=options.Share(),
    metavar="SHARE",
    help="Exit with status 1 if the newest three dates together missed by a larger share, beyond their interval.",
)
@options.seed
@options.id_()
@options.reading
@options.output(FORMATS, "csv", is_shown=True)
def command(
    files: tuple[str, ...],
    out: Destination,
    reading: Reading,
    is_age: bool,
    out_of_fold: str | None,
    max_miss: float | None,
    **given: Any,
) -> None:
    """Compare what a model would have predicted at past dates with what happened.

    Reads a feature table of several dates (featurize --as-of A..B/1mo) into memory. At each date with a known label,
    it fits the model that fit would write from the rows whose label windows had ended by then, and scores the date.
    Writes one row per date: as_of, trained_until (the latest training date), target, model, rows_trained, customers,
    observed (who churned), expected (the sum of the probabilities), expected_low, expected_high, interval, within
    (observed is inside), chance_sd, expected_last_rate, expected_recency, auc, auc_recency, log_loss,
    log_loss_last_rate; with --baseline expected_baseline (if it is a probability) and auc_baseline; with
    --customer-value the same for money: value, observed_loss, expected_loss, expected_loss_low, expected_loss_high,
    chance_sd_loss, expected_loss_last_rate.

    \b
      churnkit simulate --customers 300 > events.csv
      churnkit featurize --as-of 2024-08-01..2024-12-01/1mo --horizon 28d \\
        --features recency_days,event_count_90d,amount_sum_90d events.csv > panel.csv
      churnkit backtest --customer-value amount_sum_90d --out-of-fold judged.csv panel.csv > backtest.csv
      churnkit evaluate --by as_of --baseline recency_probability judged.csv
      churnkit fit --backtest backtest.csv panel.csv > model.json
      churnkit backtest --age --to text panel.csv

    \b
      learns from these dates        │ label window │ judged date
      ─────●──────────●──────────●───┼──────────────┤
                                     └─ as_of + lead + horizon <= judged date

    Three simple ways stand beside the model: the churn rate of the latest training date (expected_last_rate), a
    logistic regression on recency_days alone (expected_recency), and your own score (--baseline).

    interval is history if 3 or more judged dates had ended before: it then holds the errors of the newest 12 of them
    (Student's t), and chance. It is chance with fewer: what coins would leave, which is too narrow, because whole
    months are better or worse. chance_sd is the standard deviation by chance alone. If the log begins shortly before
    the first date, features are not yet complete there, and its errors make later intervals wide: begin --as-of the
    longest window (90 days) later. With --horizon 30d and monthly dates, February's labels end after March begins,
    so March's model learns until January: use 28d.

    --age writes one row per age instead: age (in dates), age_days, dates, auc and auc_change (beside the model of the
    date itself), observed_over_expected (1 is best), observed_over_expected_fresh (of the model of the date itself),
    with 95 % intervals over dates; and says when to refit. Only models of three or more dates count.

    Leaks, clocks, categories, curves and calibration are chosen at each date from the rows known then. Rows are
    sorted by id and date first, so their order changes nothing. Costs one fit per date (boosted trees: two).
    """
    from churnkit.backtest import findings
    from churnkit.backtest.misses import newest_miss
    from churnkit.backtest.reading import BacktestOptions, read_panel
    from churnkit.backtest.walk_forward import walk_forward

    if is_age and out.format == "svg":
        raise click.UsageError("--age has no svg picture; use --to text")
    chosen = BacktestOptions(**given)
    with out.open() as output:
        panel = read_panel(files, reading, chosen)
        walk = walk_forward(panel, chosen, messages.step)
        messages.write(findings.about_dates(panel, walk), findings.about_left_out(walk.scores))
        if out_of_fold:
            _write_judged(out_of_fold, panel, walk, chosen)
        (_write_ages if is_age else _write_dates)(panel, walk, chosen, output)
    miss = newest_miss(panel, walk.scores)
    if max_miss is not None and miss.is_beyond(max_miss):
        raise CheckFailed(findings.miss_sentence(miss, max_miss))


def _write_dates(panel: LabelledPanel, walk: Walk, chosen: Any, output: Output) -> None:
    from churnkit.backtest import findings
    from churnkit.backtest.records import date_records, fields
    from churnkit.pictures import backtest_svg, backtest_text, text_table

    records = date_records(panel, walk.scores)
    sentences = findings.sentences(records)
    if output.format == "text":
        output.text(text_table.fit(partial(backtest_text.draw, records, sentences), output.width))
    elif output.format == "svg":
        output.text(backtest_svg.draw(records, sentences))
    else:
        output.table(records, fields(panel))
    messages.write(findings.about_history(panel, walk.scores, records, chosen))


def _write_ages(panel: LabelledPanel, walk: Walk, chosen: Any, output: Output) -> None:
    from churnkit.backtest import findings
    from churnkit.backtest.age import FIELDS, age_records
    from churnkit.pictures import backtest_text

    records = age_records(panel, walk.scores, messages.step)
    if output.format == "text":
        output.text(backtest_text.draw_ages(records))
    else:
        output.table(records, FIELDS)
    messages.write(findings.about_age(records))


def _write_judged(path: str, panel: LabelledPanel, walk: Walk, chosen: Any) -> None:
    from churnkit.backtest.records import judged_rows
    from churnkit.tables import writing

    with writing.open_table(path) as output:
        output.frame(judged_rows(panel, walk.scores, [chosen.customer_value, chosen.baseline]))
