"""Reads the rows of a table for a model, block by block: ids, dates, and the matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from churnkit import messages
from churnkit.arrays import Floats
from churnkit.columns import AS_OF, ID, list_names
from churnkit.errors import ChurnkitError
from churnkit.models.columns import encode_rows, kinds_of
from churnkit.models.model_file import Model
from churnkit.tables import streams
from churnkit.tables.casts import ID as ID_KIND
from churnkit.tables.casts import NUMBER
from churnkit.tables.prefetch import prefetch_one
from churnkit.tables.table import Reading, Table, column_text

ROW = "row"
FEW_ROWS = 4096  # up to this number, each column is made of a list
BLOCK_BYTES = 1 << 20  # small, so that the first rows are written soon


@dataclass(frozen=True)
class ModelRows:
    """Some rows of the table.

    heads: the id (or row, the row's number from 1), and as_of if the table has it, as text. ids: (n,)
    customer ids as text; None if the table has no id. matrix: (n, k). values: the other requested number
    columns. texts: all columns unchanged.
    """

    heads: list[pl.Series]
    ids: pl.Series | None
    matrix: Floats
    values: pl.DataFrame
    texts: pl.DataFrame

    @property
    def count(self) -> int:
        return len(self.matrix)


def add_null_words(reading: Reading, model: Model) -> Reading:
    """Adds the model's null words to the user's."""
    return replace(reading, null=tuple(dict.fromkeys([*reading.null, *model.null])))


def open_model_rows(
    model: Model, files: Sequence[str], reading: Reading, id_: str | None, patience: float = streams.PATIENCE
) -> Table:
    """The table, checked to have every column that the model needs.

    id_: the user's --id. The model's null words are added. patience: as in streams.read.
    Raises ChurnkitError with all missing columns.
    """
    table = Table(list(files), add_null_words(reading, model), piece=BLOCK_BYTES, patience=patience)
    missing = [c.name for c in model.columns if c.name not in table.names]
    if missing:
        from churnkit.features import parse

        what = "has no columns" if len(missing) > 1 else "has no column"
        way_out = (
            "; churnkit featurize --like MODEL makes a table with them" if any(map(parse, missing)) else ""
        )
        raise ChurnkitError(f"{table.name} {what} {list_names(missing)}, which the model needs{way_out}")
    if id_ is not None:
        table.require(id_)
    return table


def read_blocks(
    model: Model, table: Table, id_: str | None, numbers: Sequence[str] = (), kept: Sequence[str] = ()
) -> Iterator[ModelRows]:
    """The rows in order, as at least one block (which may be empty); the next block is read ahead.

    numbers: other columns to read as numbers. kept: columns to keep unchanged.
    Raises ChurnkitError at the first bad number, unless bad rows are skipped.
    """
    yield from prefetch_one(_blocks(model, table, id_, numbers, kept))


def _blocks(
    model: Model, table: Table, id_: str | None, numbers: Sequence[str], kept: Sequence[str]
) -> Iterator[ModelRows]:
    name = id_ or model.id or ID
    has_id = name in table.names
    if not has_id and model.id is not None:
        messages.note(
            "numbered-rows", f"the table has no column '{name}': rows are numbered instead (--id COLUMN)"
        )
    kinds = {**kinds_of(model.columns), **dict.fromkeys(numbers, NUMBER)}
    if has_id and name not in kinds:
        kinds[name] = ID_KIND  # a probability without an id is nobody's
    rows_before = 0
    for frame in table.frames(kinds, [name, AS_OF, *kept]):
        yield _rows(model, frame.rows, frame.texts, name if has_id else None, rows_before, numbers)
        rows_before += frame.rows.height
    if not rows_before:
        rows = pl.DataFrame(schema={n: pl.Float64 if k == NUMBER else pl.String for n, k in kinds.items()})
        texts = pl.DataFrame(schema=dict.fromkeys(table.names, pl.String))
        yield _rows(model, rows, texts, name if has_id else None, 0, numbers)


def _rows(
    model: Model,
    rows: pl.DataFrame,
    texts: pl.DataFrame,
    id_: str | None,
    rows_before: int,
    numbers: Sequence[str],
) -> ModelRows:
    if id_ is None:
        ids = None
        heads = [pl.Series(ROW, range(rows_before + 1, rows_before + 1 + rows.height), dtype=pl.Int64)]
    else:
        ids = column_text(texts, id_)
        heads = [ids]
    if AS_OF in texts.columns:
        heads.append(column_text(texts, AS_OF))
    return ModelRows(heads, ids, encode_rows(rows, model.columns), rows.select(numbers), texts)


def number_column(name: str, values: Floats) -> pl.Series:
    """(n,) numbers as a column. Of an array, polars imports numpy.ma, which takes longer than few rows."""
    return pl.Series(name, values.tolist() if len(values) <= FEW_ROWS else values, dtype=pl.Float64)


def kept_columns(texts: pl.DataFrame, names: Sequence[str]) -> list[pl.Series]:
    """The columns of --keep, unchanged."""
    return [column_text(texts, name) for name in names]
