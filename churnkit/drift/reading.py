"""Compares files: reads the base (a model, a profile or a table) and counts the new rows in its bins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from churnkit import columns, errors
from churnkit.arrays import Floats
from churnkit.drift.outside import MAX_OUTSIDE
from churnkit.drift.promised import Promised
from churnkit.drift.psi import MAX_PSI
from churnkit.drift.records import (
    ADDED,
    GONE,
    SCORE,
    DriftBase,
    UnseenValues,
    base_of_model,
    base_of_profile,
    drift_records,
    one_sided_record,
)
from churnkit.drift.watch import BlockCounts, Watch, WordCounts
from churnkit.errors import ChurnkitError
from churnkit.models.columns import Column, encode_rows, kinds_of
from churnkit.profiling.reading import read_profile
from churnkit.profiling.records import check_profile
from churnkit.tables import memory, streams
from churnkit.tables.table import Frame, Reading, Table, text_of

if TYPE_CHECKING:  # only a model needs all kinds of models: a tenth of a second
    from churnkit.models.model_file import Model

NOT_CHOSEN = "--drop or --only"
UNREPORTED = ("the id", NOT_CHOSEN)  # reasons that the user knows


@dataclass(frozen=True)
class DriftOptions:
    """Options of the comparison. only, drop: columns. id: the column that the user named."""

    max_psi: float = MAX_PSI
    max_outside: float = MAX_OUTSIDE
    only: Sequence[str] = ()
    drop: Sequence[str] = ()
    id: str | None = None


@dataclass(frozen=True)
class Comparison:
    """records: the largest change first. left_out: column → the reason why it is not compared."""

    records: list[dict[str, Any]]
    left_out: dict[str, str]


def compare_files(
    base_path: str, files: Sequence[str], reading: Reading, options: DriftOptions
) -> Comparison:
    """The drift of each column between a base (a model, a profile or a table) and a new table.

    Raises ChurnkitError if either has no rows, or if a column of numbers contains something else.
    """
    memory.keep_freed_memory()
    base, model = read_base(base_path, options.id or columns.ID, reading)
    id_ = options.id or (model.id if model else None) or columns.ID
    with streams.table_after(base_path, "BASE", files) as paths:
        table = Table(paths, _with_null_words(reading, model) if model else reading)
    if base.customers == 0:
        raise ChurnkitError(f"{errors.shown_path(base_path)} has no rows to compare with")
    base = _chosen(base, options, table)
    present = [column for column in base.columns if not table.is_fixed or column.name in table.names]
    gone = _without_labels([column.name for column in base.columns if column not in present])
    score = _score_column(model) if model and not gone else []
    promised = Promised()
    watch, unseen = Watch([*present, *score], base.customers), UnseenValues(present)
    categories = [column for column in present if column.is_category]
    for block in _blocks(table, present, watch, model if score else None, id_):
        # a block of JSON Lines may not have the id
        watch.add(block.counts if id_ in table.names else replace(block.counts, customers=None))
        for column in categories:
            unseen.add(column, block.words[column.name])
        if block.probability is not None:
            promised.see(block.probability)
    if not watch.seen:  # an empty file must not look like "no drift"
        what = "no rows to compare" if present else "none of the columns of the base"
        raise ChurnkitError(f"{table.name} has {what}")
    known = {*(column.name for column in base.columns), *base.left_out, id_, columns.AS_OF}
    added = [] if model else [name for name in table.names if name not in known]  # a model ignores others
    records = [
        *(one_sided_record(name, GONE) for name in gone),
        *drift_records(base, watch, unseen, options.max_psi, options.max_outside),
        *(one_sided_record(name, ADDED) for name in added),
    ]
    if model and score:
        of_score = next(record for record in records if record["kind"] == SCORE)
        of_score.update(promised.fields(model.facts["metrics"]))
    return Comparison(records, {name: why for name, why in base.left_out.items() if why not in UNREPORTED})


def read_base(path: str, id_: str, reading: Reading) -> tuple[DriftBase, Model | None]:
    """What new rows are compared with, and the model if BASE is one."""
    found = read_model_or_profile(path, reading, has_table_facts=False)
    if isinstance(found, list):
        return base_of_profile(found, id_), None
    return base_of_model(found.columns, found.facts["trained_on"], found.allowed_clocks), found


def read_model_or_profile(
    path: str, reading: Reading, *, has_table_facts: bool = True
) -> Model | list[dict[str, Any]]:
    """A model, or the records of a profile: those in the file, or those of a table.

    The file is recognised by its first bytes; it may be a pipe. has_table_facts: as in `read_profile`.
    Raises ChurnkitError if it is not a whole model or profile.
    """
    streams.check_readable([path])
    start = streams.start(path).lstrip()
    if start.startswith(b'{"churnkit":'):
        from churnkit.models.model_file import read_model

        return read_model(path)
    if not start.startswith(b'{"column":'):
        return read_profile([path], reading, None, None, True, has_table_facts=has_table_facts)
    text = b"".join(streams.read(path))
    try:
        described, table = check_profile([orjson.loads(line) for line in text.splitlines()])
        base_of_profile([*described, table], columns.ID)  # its histograms are checked too
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ChurnkitError(f"{errors.shown_path(path)} is not a complete profile: {error}") from None
    return [*described, table]


def _chosen(base: DriftBase, options: DriftOptions, table: Table) -> DriftBase:
    """The base with the chosen columns only. Raises ChurnkitError for a name that neither file has."""
    only, drop = options.only, options.drop
    names = [*(column.name for column in base.columns), *base.left_out]
    for name in [*only, *drop]:
        if name not in names and name not in table.names:
            raise columns.missing_column(name, names)
    kept = [c for c in base.columns if (not only or c.name in only) and c.name not in drop]
    dropped = {c.name: NOT_CHOSEN for c in base.columns if c not in kept}
    added = {name: NOT_CHOSEN for name in table.names if name in drop or (only and name not in only)}
    return replace(base, columns=kept, left_out={**base.left_out, **added, **dropped})


def _with_null_words(reading: Reading, model: Model) -> Reading:
    from churnkit.models.model_rows import add_null_words

    return add_null_words(reading, model)


def _without_labels(names: Sequence[str]) -> list[str]:
    """Names of columns that are no labels, which new rows cannot have."""
    if not names:
        return []
    from churnkit.features import is_label

    return [name for name in names if not is_label(name)]


def _score_column(model: Model) -> list[Column]:
    """The probabilities of the training rows as a column; empty if the model file has none."""
    spread = model.facts["metrics"].get("scores")
    return [Column(columns.PROBABILITY, SCORE, histogram=spread)] if isinstance(spread, dict) else []


@dataclass(frozen=True)
class _CountedBlock:
    """New rows, counted. words: of each category. probability: (n,) the scores of a model."""

    counts: BlockCounts
    words: Mapping[str, WordCounts]
    probability: Floats | None


def _blocks(
    table: Table, watched: Sequence[Column], watch: Watch, model: Model | None, id_: str
) -> Iterator[_CountedBlock]:
    """The new rows, counted in threads. model: scores the rows as well.

    Raises ChurnkitError at the first bad number, unless bad rows are skipped.
    """

    def count(frame: Frame) -> _CountedBlock:
        rows = frame.rows
        words = {c.name: WordCounts.of(rows[c.name]) for c in watched if c.is_category}
        values: dict[str, Floats | WordCounts] = {**words}
        values |= {c.name: rows[c.name].to_numpy() for c in watched if not c.is_category}
        probability = None
        if model is not None:
            probability = model.fitted.probability(encode_rows(rows, model.columns))
            values[columns.PROBABILITY] = probability
        ids = rows[text_of(id_)] if rows.width else None
        return _CountedBlock(watch.count(values, rows.height, ids), words, probability)

    kinds = kinds_of(model.columns if model else watched)
    yield from table.blocks(kinds, [id_] if kinds else [], count)
