"""explain: why: the reasons of each row, or the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
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
@click.argument("model_path", metavar="MODEL", type=click.Path())
@options.files
@click.option(
    "--reasons",
    "max_reasons",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Number of reasons per row, the largest first; 0 for all.",
)
@click.option(
    "--overall",
    is_flag=True,
    help="Explain the model itself: one record per feature; as text also the model card and the tree.",
)
@click.option(
    "--rules",
    "is_rules",
    is_flag=True,
    help="Write the leaves of a tree as rules, highest churn rate first, each with the SQL that selects its customers.",
)
@click.option(
    "--curves",
    "is_curves",
    is_flag=True,
    help="Write how the mean contribution of each feature depends on its value in these rows: one record per bin, or a slide (--to svg).",
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.reading
@options.output([*FORMATS, *PICTURES], "jsonl", is_shown=True)
def command(
    model_path: str,
    files: tuple[str, ...],
    max_reasons: int,
    overall: bool,
    is_rules: bool,
    is_curves: bool,
    id_: str | None,
    out: Destination,
    reading: Any,
) -> None:
    """Explain the prediction of each row, or the whole model.

    Reads a MODEL (- for standard input) and a table with its columns. Writes one record per row, in the same
    order: the id, as_of if the input has it, churn_probability, base, and reasons: feature, value, typical value,
    contribution.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model tree train.csv > model.json
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv > now.csv
      churnkit explain --to text model.json now.csv | head -20
      churnkit explain --overall --to text model.json
      churnkit explain --overall --to svg -o tree.svg model.json
      churnkit explain --curves --to csv model.json now.csv > curves.csv
      churnkit explain --curves --to svg -o curves.svg model.json now.csv
      churnkit explain --rules model.json | jq -r '[.churn_rate, .churned, .rows, .words] | @tsv'

    base + the sum of all contributions is the log-odds of churn_probability, ln(p / (1 - p)). A contribution
    above 0 raises the risk of leaving, below 0 lowers it. Logistic: what the feature adds, compared with its
    mean, and half of what it adds together with another; tree: what its splits add on the row's path; xgboost: exact path-dependent Shapley values of the
    features (TreeSHAP); a category is one feature.

    --overall without rows reports importance and direction in the training rows; with rows, in these rows.
    importance is the mean of the absolute contributions. logistic also has odds ratios: from the lower to the
    upper quartile; per unit if the number is a line; and, where its curve turns, from lowest_at to highest_at
    (of the values that many customers have); together_with names the features that it acts together with, if the
    model has such pairs (odds ratios leave these out). --to svg draws one slide: a tree in
    plain words with its rules, or for other kinds the most important features. --to mermaid and --to dot draw only
    a tree.

    In a tree and its rules, rows, churned and churn_rate are counted in the training rows (churn_rate by weight after
    fit --weight). churn_probability is what score returns for the customers of a rule: it is smoothed and calibrated.
    """
    from churnkit.models.model_file import read_model
    from churnkit.tables import streams

    if out.to in PICTURES and not overall and not (is_curves and out.to == "svg"):
        raise click.UsageError(
            f"--to {out.to} draws the model: add --overall{' or --curves' * (out.to == 'svg')}"
        )
    if overall + is_rules + is_curves > 1:
        raise click.UsageError("use only one of --overall, --rules and --curves")
    if model_path == "-" and not (overall or is_rules) and (not files or "-" in files):
        raise click.UsageError("the model and the rows cannot both be standard input")
    if not overall:
        out = replace(out, formats=(*FORMATS, "svg") if is_curves else FORMATS, is_shown=False)
    with out.open() as output:
        model = read_model(model_path)
        if is_rules:
            _write_records(_rules(model), output)
            return
        if overall:
            _explain_model(model, files, reading, id_, output)
            return
        with streams.table_after(model_path, "MODEL", files) as paths:
            if is_curves:
                _write_curves(model, paths, reading, id_, output)
            else:
                _explain_rows(model, paths, reading, id_, max_reasons, output)


def _explain_rows(
    model: Model, files: Sequence[str], reading: Any, id_: str | None, max_reasons: int, output: Output
) -> None:
    from churnkit.explanation.reason_lines import reason_lines
    from churnkit.explanation.reasons import explain_rows, reason_records, reasons_table
    from churnkit.models.model_rows import open_model_rows, read_blocks
    from churnkit.tables.prefetch import prefetch_one

    table = open_model_rows(model, files, reading, id_)
    blocks = read_blocks(model, table, id_)
    for rows in prefetch_one(explain_rows(model.fitted, block.heads, block.matrix) for block in blocks):
        if output.format == "jsonl":
            output.json_lines(reason_lines(model.columns, rows, max_reasons))
        elif output.format == "text":
            from churnkit.pictures import reasons_text

            records = reason_records(model.columns, rows, max_reasons)
            output.texts(reasons_text.draw(record, output.width) for record in records)
        else:
            output.frame(reasons_table(model.columns, rows, max_reasons))


def _explain_model(model: Model, files: Sequence[str], reading: Any, id_: str | None, output: Output) -> None:
    """One record per feature, the most important first; as text also the model card, and a tree as text."""
    from churnkit.explanation.importance import (
        importance_of_model,
        importance_of_rows,
        importance_records,
        pair_records,
    )
    from churnkit.pictures import importance_svg, model_text, text_table, tree_graph, tree_svg, tree_text

    summary = importance_of_model(model.columns)
    if files:
        summary = importance_of_rows(model.columns, _trace_curves(model, files, reading, id_))
    records = importance_records(model.columns, model.fitted, summary)
    title = f"Who leaves: {model.target}"
    if output.format == "text":
        try:
            about = (model.kind, model.target, model.facts, records, output.width)
            pairs = pair_records(model.columns, model.fitted)
            card = text_table.fit(partial(model_text.draw, *about, pairs=pairs), output.width)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"the model file's fields about the model are damaged: {quote(str(error))}"
            raise ChurnkitError(what) from None
        output.text(card)
        if model.fitted.tree is not None:
            draw_tree = partial(tree_text.draw, _nodes(model), f"The tree: {model.target}")
            output.text("\n" + text_table.fit(draw_tree, output.width))
    elif output.format == "svg":
        is_tree = model.fitted.tree is not None
        output.text(tree_svg.draw(_nodes(model), title) if is_tree else importance_svg.draw(records, title))
    elif output.format in PICTURES:
        draw = tree_graph.mermaid if output.format == "mermaid" else tree_graph.dot
        output.text(draw(_nodes(model), title))
    else:
        _write_records(records, output)


def _trace_curves(model: Model, files: Sequence[str], reading: Any, id_: str | None) -> list[FeatureCurve]:
    from churnkit.explanation.importance import trace_curves
    from churnkit.models.model_rows import open_model_rows, read_blocks

    table = open_model_rows(model, files, reading, id_)
    blocks = (rows.matrix for rows in read_blocks(model, table, id_))
    return trace_curves(model.columns, model.fitted, blocks)


def _write_curves(model: Model, files: Sequence[str], reading: Any, id_: str | None, output: Output) -> None:
    from churnkit.explanation.importance import CURVE_FIELDS, curve_records
    from churnkit.pictures import curves_svg, curves_text, text_table

    records = curve_records(model.columns, _trace_curves(model, files, reading, id_))
    if output.format == "text":
        output.text(text_table.fit(partial(curves_text.draw, records), output.width))
    elif output.format == "svg":
        output.text(curves_svg.draw(records, f"How the risk depends on each feature: {model.target}"))
    else:
        _write_records(records, output, CURVE_FIELDS)


def _rules(model: Model) -> list[dict[str, Any]]:
    from churnkit.explanation.tree_rules import rule_records

    return rule_records(_nodes(model))


def _nodes(model: Model) -> list[Node]:
    """The nodes of the model's tree. Raises ChurnkitError if the model is not a tree."""
    from churnkit.explanation.tree_rules import describe_tree

    tree = model.fitted.tree
    if tree is None:
        raise ChurnkitError(
            f"a model of kind {model.kind} has no tree to show; churnkit fit --model tree makes one"
        )
    return describe_tree(tree, model.fitted.calibration, model.columns)


def _write_records(records: list[dict[str, Any]], output: Output, fields: Sequence[str] = ()) -> None:
    """Writes the records. fields: the columns of a table that may have no rows."""
    if output.format == "jsonl":
        output.records(records)
    elif output.format == "text":
        from churnkit.pictures import rules_text

        output.text(rules_text.draw(records))
    else:
        output.table(records, fields or list(records[0]))
