"""Runs the exported SQL on a table in DuckDB, and compares its scores with those of the model."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import polars as pl

from churnkit.columns import AS_OF, missing_column
from churnkit.errors import CheckFailed, ChurnkitError, shown_path
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.model_sql import Wanted, model_select
from churnkit.formatting import count
from churnkit.models.model_file import Model
from churnkit.models.model_rows import open_model_rows, read_blocks
from churnkit.tables.table import Reading

TOLERANCE = 1e-9
ROWS = "rows"
SCORE = "score"


def verify(model: Model, path: str, wanted: Wanted, id_: str | None) -> str:
    """The rows compared and the largest difference, in a sentence. path: of a table, read into memory.

    Raises CheckFailed if a score differs by more than 1e-9; ChurnkitError without duckdb.
    """
    rows, scores = _read(model, path, wanted, id_)
    select = model_select(model, syntax.cte(ROWS), replace(wanted, digits=None, reasons=0))
    found = _run(syntax.render(select, DIALECTS["duckdb"]), rows, wanted)
    try:
        largest = largest_difference(scores, found)
    except ValueError as error:
        raise CheckFailed(f"{shown_path(path)}: {error}") from None
    return f"{count(len(scores), 'row')} of {shown_path(path)} in DuckDB: largest difference {largest:.1e}"


def largest_difference(scores: pl.DataFrame, found: pl.DataFrame) -> float:
    """The largest difference of two scores of a row. Each: the columns that say which row it is, and score.

    Raises ValueError if the rows differ, or a score by more than 1e-9.
    """
    scores, found = scores.sort(scores.columns), found.sort(scores.columns)
    if not scores.drop(SCORE).equals(found.drop(SCORE)):
        raise ValueError("the SQL returns other rows than score")
    differences = np.abs(scores[SCORE].to_numpy() - found[SCORE].to_numpy())
    largest, different = float(differences.max(initial=0.0)), int((~(differences <= TOLERANCE)).sum())
    if different:
        raise ValueError(f"the SQL differs from score in {count(different, 'row')}, by up to {largest:.1e}")
    return largest


def _read(
    model: Model, path: str, wanted: Wanted, id_: str | None
) -> tuple[dict[str, np.ndarray], pl.DataFrame]:
    """The columns of the table as DuckDB gets them, and the scores of the model."""
    table = open_model_rows(model, [path], Reading(), id_)
    if wanted.has_as_of and AS_OF not in table.names:
        raise missing_column(AS_OF, table.names, "the model was trained with observation dates")
    blocks = list(read_blocks(model, table, id_))
    matrix = np.vstack([block.matrix for block in blocks])
    heads = pl.concat([pl.DataFrame(block.heads[: len(wanted.heads)]) for block in blocks])
    heads = heads.rename(dict(zip(heads.columns, wanted.heads, strict=True))).cast(pl.String)
    texts = pl.concat([block.texts for block in blocks])
    rows = {name: heads[name].to_numpy() for name in heads.columns}
    for place, column in enumerate(model.columns):
        rows[column.name] = texts[column.name].to_numpy() if column.is_category else matrix[:, place]
    return rows, heads.with_columns(pl.Series(SCORE, model.fitted.probability(matrix)))


def _run(sql: str, rows: dict[str, np.ndarray], wanted: Wanted) -> pl.DataFrame:
    """The ids, dates and scores that the SQL returns."""
    if find_spec("duckdb") is None:
        raise ChurnkitError("--verify needs duckdb: pip install 'churnkit-cli[sql]'")
    import duckdb

    with duckdb.connect() as database:
        database.register(ROWS, rows)
        first, probability, *others = database.execute(sql).fetchnumpy().values()
    heads = zip(wanted.heads, [first, *others], strict=True)
    columns = [pl.Series(name, values.tolist(), dtype=pl.String) for name, values in heads]
    return pl.DataFrame([*columns, pl.Series(SCORE, np.asarray(probability))])
