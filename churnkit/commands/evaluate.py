"""evaluate: how good scores are: metrics with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options
from churnkit.errors import CheckFailed, ChurnkitError, quote
from churnkit.target import target_column

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from churnkit.tables.table import Frame, Reading, Table

FORMATS = ("jsonl", "text", "svg")
ID, TRUTH = "the customer", "what happened"  # as no column of the input is called
MONEY = ("contact_cost", "incentive", "save_rate")


@click.command()
@options.files
@options.target("Column of the truth. Default: churned, or the only one that begins with churned_.")
@click.option(
    "--positive", metavar="VALUE", help="The value of the truth that means: she left. Default: 1, true, yes."
)
@click.option(
    "--truth",
    type=click.Path(),
    metavar="FILE",
    help="Take the truth from there, by id and as_of: last month's scores against what happened.",
)
@click.option(
    "--baseline", metavar="COLUMN", help="Another score of the same rows: how much better than that, paired."
)
@click.option("--by", metavar="COLUMNS", help="A record a group of these columns (plan,region).")
@click.option(
    "--customer-value", metavar="COLUMN", help="What a customer is worth: adds the profit of a campaign."
)
@click.option("--contact-cost", type=float, default=0.0, help="Money a contact. Default: 0.")
@click.option("--incentive", type=float, default=0.0, help="Money an offer taken. Default: 0.")
@click.option(
    "--save-rate",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Share who stay for the offer, of those who would leave.",
)
@click.option("--min-auc", type=click.FloatRange(0, 1), help="End with status 1 where the auc is below this.")
@options.seed
@options.id_()
@options.reading
@options.output(FORMATS, "text on a terminal, jsonl")
def command(
    files: tuple[str, ...],
    truth: str | None,
    min_auc: float | None,
    seed: int,
    reading: Reading,
    path: str | None,
    to: str | None,
    **given: Any,
) -> None:
    """How good scores are: metrics with intervals.

    Reads rows with churn_probability and the truth, all into memory, about 200 bytes each. Writes one
    record: rows, base_rate, auc, pr_auc (average precision), log_loss, brier, ece (10 bins of equal
    width), observed_over_expected, lift and recall in the top 10 % (ties counted as the expectation over
    their orders), each with a 95 % interval (auc_low, auc_high), calibration, 10 bins, and gains, who is
    found in each tenth.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-05-01..2024-07-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --out-of-fold tested.csv train.csv > model.json
      churnkit evaluate tested.csv
      churnkit featurize --like model.json --as-of 2024-10-01 --horizon 30d events.csv |
        churnkit score --keep all model.json > later.csv
      churnkit evaluate --min-auc 0.6 --baseline recency_days --customer-value amount_sum_90d \
        --contact-cost 1 --incentive 5 later.csv

    Do not score the rows that a model was fitted on and evaluate those: that flatters it. Intervals: 1,000
    bootstraps of whole customers, percentiles; those of one class are dropped, and counted. Of more than 10,000
    different scores the bootstraps take neighbours together.

    --baseline adds baseline_auc, auc_difference and its interval (auc_difference_low, auc_difference_high), and
    so on; of the ranking metrics alone where it is no probability. --customer-value adds profit: contacting one
    who would leave is worth save rate * (value - incentive) - contact cost; one who would stay, -incentive -
    contact cost (Neslin 2006). curve and best contact by falling probability; best_choice contacts those whose
    expected gain is above 0; mpc and empc (a Beta save rate of that mean, parameters adding to 20) are the
    maximum profit a customer at the mean value (Verbraken 2013).
    """
    from churnkit.evaluation.record import refuse_one_kind
    from churnkit.pictures import metrics_svg, metrics_text
    from churnkit.tables import formats, writing

    by = options.names(given["by"])
    default = formats.text_on_terminal(path, "jsonl")
    format = formats.choose_format(to, path, FORMATS, default)
    if format == "svg" and by:
        raise click.UsageError("a picture is of one record; it does not go with --by")
    with writing.open_output(path, format) as output:
        scored = _scored(files, reading, given, by, is_truth_elsewhere=truth is not None)
        if truth is not None:
            scored = _joined(scored, truth, reading, given)
        known = _known(scored, given)
        refuse_one_kind(known[TRUTH].to_numpy())
        records = [{**group, **_record(rows, seed, given)} for group, rows in _grouped(known, by)]
        if format == "text":
            output.text("\n\n".join(metrics_text.draw(record, by) for record in records))
        elif format == "svg":
            output.text(metrics_svg.draw(records[0]))
        else:
            output.records(records)
    least = min((r["auc"] for r in records if r["auc"] == r["auc"]), default=0.0)
    if min_auc is not None and least < min_auc:
        raise CheckFailed(f"the auc is {least:.4f}, below {min_auc:g} (--min-auc)")


def _record(rows: pl.DataFrame, seed: int, given: dict[str, Any]) -> dict[str, Any]:
    """The metrics of some rows, and the profit of a campaign where a value is given."""
    from churnkit.evaluation.profit import Campaign, profit_record
    from churnkit.evaluation.record import evaluate_scores

    truth = rows[TRUTH].to_numpy().astype(float)
    said = rows[columns.PROBABILITY].to_numpy()
    baseline = rows[given["baseline"]].to_numpy() if given["baseline"] else None
    made = evaluate_scores(truth, said, _customers(rows), seed, baseline)
    if given["baseline"]:
        made["baseline"] = given["baseline"]
    if given["customer_value"]:
        campaign = Campaign(**{name: given[name] for name in MONEY})
        made["profit"] = profit_record(truth, said, rows[given["customer_value"]].to_numpy(), campaign)
    return made


def _known(scored: pl.DataFrame, given: dict[str, Any]) -> pl.DataFrame:
    """The rows of which all that is asked is known; the others are counted."""
    reasons = {"known truth": TRUTH, "baseline": given["baseline"], "customer value": given["customer_value"]}
    for what, name in reasons.items():
        if name and (unknown := scored[name].null_count()):
            messages.note(
                "unknown-value", f"{messages.count(unknown, 'row')} without a {what} left out", count=unknown
            )
            scored = scored.filter(scored[name].is_not_null())
    return scored


def _grouped(rows: pl.DataFrame, by: list[str]) -> list[tuple[dict[str, Any], pl.DataFrame]]:
    """Each group's values and rows, in the order of the values; one of all without any."""
    if not by:
        return [({}, rows)]
    ordered = rows.sort(by, maintain_order=True, nulls_last=True).partition_by(by, maintain_order=True)
    return [(part.select(by).row(0, named=True), part) for part in ordered]


def _scored(
    files: tuple[str, ...],
    reading: Reading,
    given: dict[str, Any],
    by: list[str],
    *,
    is_truth_elsewhere: bool,
) -> pl.DataFrame:
    """The scored rows: ID and AS_OF if there, the probability, what is asked, and the truth if it is here."""
    from churnkit.tables import casts, streams
    from churnkit.tables.table import Table, place_of

    table = Table(streams.arguments(files), reading)
    table.require(columns.PROBABILITY)
    kinds = {columns.PROBABILITY: casts.NUMBER}
    kinds |= {table.require(name): casts.TEXT for name in by}
    for name in (given["baseline"], given["customer_value"]):
        if name:
            kinds[table.require(name)] = casts.NUMBER
    rows, parts = _read(table, kinds, given, has_truth=not is_truth_elsewhere)
    said = rows[columns.PROBABILITY]
    bad = (said.is_null() | (said < 0) | (said > 1)).arg_true()
    if len(bad):
        value = "empty" if said[bad[0]] is None else f"{said[bad[0]]:g}, not between 0 and 1"
        raise ChurnkitError(f"{place_of(parts, bad[0])}: column {quote(columns.PROBABILITY)}: is {value}")
    return rows


def _read(
    table: Table, kinds: dict[str, str], given: dict[str, Any], *, has_truth: bool
) -> tuple[pl.DataFrame, list[Frame]]:
    """Rows with the columns of these kinds, ID, AS_OF (as text) and TRUTH (1, 0, null)."""
    from churnkit.tables import casts
    from churnkit.tables.table import place_of
    from churnkit.target import TargetError, parse_target

    target = target_column(table.names, given["target"]) if has_truth else None
    present = [name for name in (given["id_"], columns.AS_OF) if name in table.names]
    kinds = {**dict.fromkeys([*present, *([target] if target else [])], casts.TEXT), **kinds}
    rows, parts = table.whole(kinds)
    if target is not None:
        try:
            truth = parse_target(rows[target], given["positive"])
        except TargetError as error:
            place = place_of(parts, error.row)
            raise ChurnkitError(f"{place}: column {quote(target)}: {error}") from None
        rows = rows.with_columns(truth.alias(TRUTH))
    return rows.with_columns(rows[name].alias(ID) for name in present if name == given["id_"]), parts


def _joined(scored: pl.DataFrame, path: str, reading: Reading, given: dict[str, Any]) -> pl.DataFrame:
    """The scored rows with the truth of another table, by id, and by as_of where both have it."""
    from churnkit.tables.table import Table

    table = Table([path], reading)
    table.require(given["id_"])
    if ID not in scored.columns:
        raise ChurnkitError(f"the scored rows have no column {quote(given['id_'])} to join the truth by")
    truth, _ = _read(table, {}, given, has_truth=True)
    keys = [k for k in (ID, columns.AS_OF) if k in scored.columns and k in truth.columns]
    truth = truth.select(*keys, TRUTH)
    twice = truth.filter(truth.select(keys).is_duplicated())
    if twice.height:
        raise ChurnkitError(
            f"{table.name}: {quote(str(twice[ID][0]))} stands there twice ({', '.join(keys)})"
        )
    return scored.join(truth, on=keys, how="left", maintain_order="left", nulls_equal=True)


def _customers(rows: pl.DataFrame) -> npt.NDArray[np.int64] | None:
    """A number a customer, or None where there is no id."""
    import numpy as np

    if ID not in rows.columns:
        return None
    return np.unique(rows[ID].rank("dense").fill_null(0).to_numpy(), return_inverse=True)[1]
