"""drift: what has moved between a base and new rows: a record a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from churnkit import columns, messages, options
from churnkit.errors import CheckFailed, ChurnkitError
from churnkit.tables import formats

if TYPE_CHECKING:
    from churnkit.drift.records import DriftBase
    from churnkit.models.model_file import Model
    from churnkit.tables.table import Reading, Table
    from churnkit.tables.writing import Output

FORMATS = (*formats.LINES, "text")


@click.command()
@click.argument("base", type=click.Path())
@options.files
@click.option(
    "--max-psi",
    type=click.FloatRange(min=0),
    default=0.25,
    show_default=True,
    metavar="PSI",
    help="Status 1 where a column's PSI is larger, and chance alone would not bring it there.",
)
@click.option("--only", metavar="COLUMNS", help="Compare these columns alone (a,b).")
@click.option("--drop", metavar="COLUMNS", help="Do not compare these columns (a,b).")
@options.id_(None, "Column of the customer's id. Default: the model's, else customer_id.")
@options.reading
@options.header
@options.output(FORMATS, "jsonl")
def command(
    base: str,
    files: tuple[str, ...],
    max_psi: float,
    only: str | None,
    drop: str | None,
    id_: str | None,
    reading: Reading,
    path: str | None,
    to: str | None,
    header: bool,
) -> None:
    """What has moved between a base and new rows: a record a column.

    Reads a BASE (a table, a model, or the records of profile, so that the base's data need not be kept) and a
    new table. Writes a record a column, the most moved first: column, kind (number, category, score; gone or
    added), psi, psi_chance, p, drifted, before and after (means; of a category the share of the base's top
    value), missing_before, missing_after, new_values, vanished_values, importance, note. Rows flow: only the ids of
    the new ones are held.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-05-01 --horizon 30d events.csv > may.csv
      churnkit featurize --as-of 2024-11-01 events.csv > november.csv
      churnkit drift --drop tenure_days may.csv november.csv || echo "look before you score"
      churnkit profile may.csv > may.jsonl
      churnkit drift --to text may.jsonl november.csv || true
      churnkit fit --model logistic may.csv > model.json
      churnkit drift --to text model.json november.csv || true

    PSI is the sum of (q - p) ln(q / p) over bins: the tenths of the base, or its (ten) most frequent values and all
    others, and what is missing. psi_chance is what chance alone brings in the mean. drifted, and so status 1,
    where psi passes --max-psi and p is below .01 / columns, counted in customers where there is an id: the
    rows of one move together. A column that is gone is drifted as well. note says where too few rows are there to
    tell: then nothing is said to be fine. Against a model, columns stand by psi times importance, and the record
    of kind score compares its probabilities with those of the rows it learnt from. A tenure ages by itself:
    --drop it.
    """
    from churnkit import errors
    from churnkit.pictures import drift_text
    from churnkit.tables import streams, writing
    from churnkit.tables.table import Table

    format = formats.choose_format(to, path, FORMATS, formats.text_on_terminal(path, "jsonl"))
    if base == "-" and (not files or "-" in files):
        raise click.UsageError("the base and the new rows cannot both be standard input")
    with writing.open_output(path, format, header=header) as output:
        known, model = _base(base, id_ or columns.ID, reading)
        id_ = id_ or (model.id if model else None) or columns.ID
        table = Table(streams.arguments(files), reading)
        if not known.size:
            raise ChurnkitError(f"{errors.shown_path(base)} has no rows to compare with")
        known = _chosen(known, options.names(only), options.names(drop), table)
        records = _compared(known, model, table, id_, max_psi)
        if output.format == "text":
            output.text(drift_text.draw(records, max_psi))
        else:
            _write(records, output)
    _tell(records, known, max_psi)


def _base(path: str, id_: str, reading: Reading) -> tuple[DriftBase, Model | None]:
    """A model, profile records, or a table, as its first bytes say; a pipe as well."""
    import orjson

    from churnkit import errors
    from churnkit.drift.records import base_of_model, base_of_profile
    from churnkit.models.model_file import read_model
    from churnkit.profiling.reading import read_profile
    from churnkit.tables import streams

    streams.check_readable([path])
    start = streams.start(path).lstrip()
    if start.startswith(b'{"churnkit":'):
        model = read_model(path)
        return base_of_model(model.columns, float(model.facts["trained_on"]["customers"])), model
    if start.startswith(b'{"column":'):
        text = b"".join(streams.read(path))
        try:
            return base_of_profile([orjson.loads(line) for line in text.splitlines()], id_), None
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise ChurnkitError(f"{errors.shown_path(path)} holds no whole profile: {error}") from None
    records = read_profile([path], reading, None, None, True)
    return base_of_profile(records, id_), None


def _chosen(base: DriftBase, only: list[str], drop: list[str], table: Table) -> DriftBase:
    """Without the columns that are not to be compared. Raises ChurnkitError for a name that neither has."""
    from dataclasses import replace

    names = [*(column.name for column in base.columns), *base.left_out]
    for name in [*only, *drop]:
        if name not in names and name not in table.names:
            raise columns.missing_column(name, names)
    kept = [c for c in base.columns if (not only or c.name in only) and c.name not in drop]
    dropped = {c.name: "--drop or --only" for c in base.columns if c not in kept}
    added = {name: "--drop or --only" for name in table.names if name in drop or (only and name not in only)}
    return replace(base, columns=kept, left_out={**base.left_out, **added, **dropped})


def _compared(
    base: DriftBase, model: Model | None, table: Table, id_: str, max_psi: float
) -> list[dict[str, Any]]:
    from churnkit.drift.records import ADDED, GONE, UnseenValues, drift_records, one_sided_record
    from churnkit.drift.watch import Watch

    there = [column for column in base.columns if not table.is_fixed or column.name in table.names]
    gone = [column.name for column in base.columns if column not in there and not _is_label(column.name)]
    watch, unseen = Watch(there), UnseenValues(there)
    score = _score(model) if model and not gone else None
    size = _see(table, model, watch, unseen, score, id_)
    if not size:  # a file that came empty must not look like "nothing has moved"
        raise ChurnkitError(f"{table.name} has no rows to compare")
    names = [column.name for column in base.columns]
    added = [
        n for n in table.names if n not in names and n not in base.left_out and n not in (id_, columns.AS_OF)
    ]
    if model is not None:  # a model ignores what it does not know
        added = []
    return [
        *(one_sided_record(name, GONE) for name in gone),
        *drift_records(base, watch, unseen, size, max_psi, score),
        *(one_sided_record(name, ADDED) for name in added),
    ]


def _is_label(name: str) -> bool:
    """Whether a column says who left: new rows cannot have it yet."""
    from churnkit import labels

    return name == columns.TARGET or labels.parse(name) is not None


def _score(model: Model) -> Any:
    """The spread of a model's probabilities over the rows it learnt from; None in a model that does not tell."""
    from churnkit.drift.watch import Watch
    from churnkit.models.columns import NUMBER, Column

    spread = model.facts["metrics"].get("scores")
    return (
        Watch([Column(columns.PROBABILITY, NUMBER, histogram=spread)]) if isinstance(spread, dict) else None
    )


def _see(table: Table, model: Model | None, watch: Any, unseen: Any, score: Any, id_: str) -> float:
    """Counts the new rows. Returns their customers, or rows where there is no id."""
    import polars as pl

    from churnkit.models.columns import encode_rows
    from churnkit.tables import casts

    rows = 0
    ids: list[pl.Series] = []
    words: dict[str, int] = {}
    read = model.columns if score is not None and model is not None else watch.columns
    places = [[column.name for column in read].index(column.name) for column in watch.columns]
    numbers = [column.name for column in read if not column.is_category]
    for frame in table.frames():
        texts = frame.rows
        missing = [c.name for c in read if c.name not in texts.columns]
        texts = texts.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
        cast = {name: casts.cast_numbers(texts[name]) for name in numbers}
        for name, found in cast.items():
            if found.bad is not None:
                words[name] = words.get(name, 0) + int(found.bad.sum())
        matrix = encode_rows(texts.with_columns(c.values.alias(n) for n, c in cast.items()), read)
        watch.see(matrix[:, places])
        unseen.see(texts)
        if score is not None and model is not None:
            score.see(model.fitted.probability(matrix)[:, None])
        rows += texts.height
        if id_ in texts.columns:
            ids.append(texts[id_].unique())
    for name, number in words.items():
        messages.warn(
            "bad-numbers", f"{name}: {messages.count(number, 'value')} no number, counted as missing"
        )
    return float(pl.concat(ids).n_unique()) if ids else float(rows)


def _write(records: list[dict[str, Any]], output: Output) -> None:
    import json

    from churnkit.drift.records import FIELDS

    if output.format == "jsonl":
        output.records(records)
        return
    flat = [{**r, **{n: json.dumps(r[n]) for n in ("new_values", "vanished_values")}} for r in records]
    output.table(flat, FIELDS)


def _tell(records: list[dict[str, Any]], base: DriftBase, max_psi: float) -> None:
    """What was not compared, what cannot be told, and the failure where something drifted."""
    for name, why in base.left_out.items():
        if why not in ("the id", "--drop or --only"):
            messages.note("not-compared", f"{name} is not compared: {why}", column=name)
    unclear = [record["column"] for record in records if record["note"]]
    if unclear:
        messages.warn(
            "too-few-rows", f"too few rows to tell whether there is drift in {columns.list_names(unclear)}"
        )
    weights = sum(record["importance"] or 0 for record in records)
    if weights:
        total = sum((r["psi"] or 0) * (r["importance"] or 0) for r in records) / weights
        messages.note("weighted-psi", f"PSI weighted by importance: {total:.3f}")
    drifted = [r for r in records if r["drifted"]]
    if drifted:
        told = [r["column"] + (" is gone" if r["psi"] is None else f" {r['psi']:.2f}") for r in drifted]
        raise CheckFailed(f"drift past {max_psi:g}: {', '.join(told[:10])}")
