"""explain: why: the reasons of each row, or the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from churnkit import options
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.explanation.importance import FeatureCurve
    from churnkit.explanation.tree_rules import Node
    from churnkit.models.model_file import Model
    from churnkit.tables.writing import Destination, Output

FORMATS = (*formats.LINES, "text")
PICTURES = ("svg", "mermaid", "dot")


@click.command(cls=options.CommandWithSections)
@click.argument("model", type=click.Path())
@options.files
@click.option(
    "--reasons",
    "most",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Reasons a row, the largest first; 0 for all.",
)
@click.option(
    "--overall", is_flag=True, help="The model itself: a record a feature; as text also a card, and the tree."
)
@click.option(
    "--rules",
    "is_rules",
    is_flag=True,
    help="A tree's leaves as rules, the riskiest first, each with the SQL that selects its customers.",
)
@click.option(
    "--curves",
    "is_curves",
    is_flag=True,
    help="How the mean contribution of each feature moves along its values among these rows: a record a bin.",
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.reading
@options.output([*FORMATS, *PICTURES], "jsonl", is_shown=True)
def command(
    model: str,
    files: tuple[str, ...],
    most: int,
    overall: bool,
    is_rules: bool,
    is_curves: bool,
    id_: str | None,
    out: Destination,
    reading: Any,
) -> None:
    """Explain the prediction of each row, or the whole model.

    Reads a MODEL (- for standard input) and a table with its columns. Writes a record a row, in their order:
    the id, as_of if there, churn_probability, base, and reasons: feature, value, typical value, contribution.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model tree train.csv > model.json
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv > now.csv
      churnkit explain --to text model.json now.csv | head -20
      churnkit explain --overall --to text model.json
      churnkit explain --overall --to svg -o tree.svg model.json
      churnkit explain --curves --to csv model.json now.csv > curves.csv
      churnkit explain --rules model.json | jq -r '[.churn_rate, .rows, .words] | @tsv'

    base + the sum of all contributions is the log-odds of churn_probability, ln(p / (1 - p)). A contribution
    above 0 speaks for leaving. Logistic: what the feature adds, against its mean; tree: what its splits add
    on the row's path; xgboost: exact Shapley values (TreeSHAP).

    --overall without rows tells importance and direction as the training rows had them; with rows, as these
    have. importance is the mean of the absolute contributions. For logistic: odds ratios, from the lower to
    the upper quartile, and per unit where a number enters as it is. --to svg draws a slide: a tree in plain words, with
    its rules; of the other kinds what drives churn. --to mermaid and dot are of a tree.
    """
    from churnkit.models.model_file import read_model

    if out.to in PICTURES and not overall:
        raise click.UsageError(f"--to {out.to} is a picture of the model: say --overall as well")
    if overall + is_rules + is_curves > 1:
        raise click.UsageError("--overall, --rules and --curves are three different answers: say one of them")
    if model == "-" and not (overall or is_rules) and (not files or "-" in files):
        raise click.UsageError("the model and the rows cannot both be standard input")
    if not overall:
        out = replace(out, formats=FORMATS, is_shown=False)
    with out.open() as output:
        known = read_model(model)
        if is_rules:
            _write_records(_rules(known), output)
        elif is_curves:
            _write_curves(known, files, reading, id_, output)
        elif overall:
            _explain_model(known, files, reading, id_, output)
        else:
            _explain_rows(known, files, reading, id_, most, output)


def _explain_rows(
    known: Model, files: tuple[str, ...], reading: Any, id_: str | None, most: int, output: Output
) -> None:
    from churnkit.explanation.reasons import reason_records, reasons_table
    from churnkit.models.model_rows import open_model_rows, read_blocks
    from churnkit.pictures import reasons_text

    table = open_model_rows(known, files, reading, id_)
    for rows in read_blocks(known, table, id_):
        records = reason_records(known.fitted, known.columns, rows.heads, rows.matrix, most)
        if output.format == "jsonl":
            output.records(records)
        elif output.format == "text":
            for record in records:
                output.text(reasons_text.draw(record))
        else:
            output.frame(reasons_table(records, rows.heads, most or len(known.columns)))


def _explain_model(
    known: Model, files: tuple[str, ...], reading: Any, id_: str | None, output: Output
) -> None:
    """A record a feature, the most important first; as text the card before them, and a tree's picture."""
    from churnkit.explanation.importance import importance_of_model, importance_of_rows, importance_records
    from churnkit.pictures import importance_svg, model_text, tree_graph, tree_svg, tree_text

    summary = importance_of_model(known.columns)
    if files:
        summary = importance_of_rows(known.columns, _along(known, files, reading, id_))
    records = importance_records(known.columns, known.fitted, summary)
    title = f"Who leaves: {known.target}"
    if output.format == "text":
        try:
            card = model_text.draw(known.kind, known.target, known.facts, records)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"what the model's file tells of itself is damaged: {quote(str(error))}"
            raise ChurnkitError(what) from None
        output.text(card)
        if known.fitted.tree is not None:
            output.text("\n" + tree_text.draw(_nodes(known), f"The tree: {known.target}"))
    elif output.format == "svg":
        is_tree = known.fitted.tree is not None
        output.text(tree_svg.draw(_nodes(known), title) if is_tree else importance_svg.draw(records, title))
    elif output.format in PICTURES:
        draw = tree_graph.mermaid if output.format == "mermaid" else tree_graph.dot
        output.text(draw(_nodes(known), title))
    else:
        _write_records(records, output)


def _along(known: Model, files: tuple[str, ...], reading: Any, id_: str | None) -> list[FeatureCurve]:
    from churnkit.explanation.importance import trace_curves
    from churnkit.models.model_rows import open_model_rows, read_blocks

    table = open_model_rows(known, files, reading, id_)
    blocks = (rows.matrix for rows in read_blocks(known, table, id_))
    return trace_curves(known.columns, known.fitted, blocks)


def _write_curves(
    known: Model, files: tuple[str, ...], reading: Any, id_: str | None, output: Output
) -> None:
    from churnkit.explanation.importance import CURVE_FIELDS, curve_records
    from churnkit.pictures import curves_text

    records = curve_records(known.columns, _along(known, files, reading, id_))
    if output.format == "text":
        output.text(curves_text.draw(records))
    else:
        _write_records(records, output, CURVE_FIELDS)


def _rules(known: Model) -> list[dict[str, Any]]:
    from churnkit.explanation.tree_rules import rule_records

    return rule_records(_nodes(known))


def _nodes(known: Model) -> list[Node]:
    """The tree as an outline. Raises ChurnkitError where the model is none."""
    from churnkit.explanation.tree_rules import describe_tree

    tree = known.fitted.tree
    if tree is None:
        raise ChurnkitError(f"a model of kind {known.kind} has no tree to show; fit --model tree makes one")
    return describe_tree(tree, known.columns)


def _write_records(records: list[dict[str, Any]], output: Output, fields: Sequence[str] = ()) -> None:
    """fields: the columns of a table that may be without rows."""
    if output.format == "jsonl":
        output.records(records)
    elif output.format == "text":
        output.text("\n".join(f"{r['churn_rate']:7.1%} {r['rows']:>9,}  {r['words']}" for r in records))
    else:
        output.table(records, fields or list(records[0]))
