"""Runs what was exported on a table, SQL in DuckDB, and compares its scores with those of the model."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from churnkit.columns import AS_OF, PROBABILITY, missing_column
from churnkit.errors import CheckFailed, ChurnkitError, shown_path, visible
from churnkit.export.dialects import DIALECTS
from churnkit.export.languages import Language
from churnkit.formatting import count
from churnkit.models.model_file import Model
from churnkit.models.model_rows import open_model_rows, read_blocks
from churnkit.tables.table import Reading

if TYPE_CHECKING:  # a scorer is verified without sqlglot
    from churnkit.export.model_sql import Wanted

TOLERANCE = 1e-9
ROWS = "rows"
SCORE = "score"


def verify(model: Model, path: str, wanted: Wanted, id_: str | None) -> str:
    """The rows compared and the largest difference, in a sentence. path: of a table, read into memory.

    Raises CheckFailed if a score differs by more than 1e-9; ChurnkitError without duckdb.
    """
    from churnkit.export import syntax
    from churnkit.export.model_sql import model_select

    rows, scores = _read(model, path, wanted, id_)
    select = model_select(model, syntax.cte(ROWS), replace(wanted, digits=None, reasons=0))
    found = _run(syntax.render(select, DIALECTS["duckdb"]), rows, wanted)
    return _compare(path, scores, found, "the SQL", "DuckDB")


def verify_scorer(model: Model, path: str, text: str, language: Language, id_: str | None) -> str:
    """As `verify`, for the text of a scorer that prints all digits: it runs on the rows, as CSV.

    Raises CheckFailed if a score differs by more than 1e-9; ChurnkitError if the language is not installed.
    """
    program = shutil.which(language.program) if language.program else sys.executable
    if not program:
        raise ChurnkitError(f"--verify needs {language.program}: {language.missing}")
    table = open_model_rows(model, [path], Reading(), id_)
    blocks = list(read_blocks(model, table, id_))
    heads = pl.concat([pl.DataFrame(block.heads) for block in blocks]).cast(pl.String)
    scores = heads.with_columns(
        pl.Series(SCORE, model.fitted.probability(np.vstack([b.matrix for b in blocks])))
    )
    rows = pl.concat([block.texts for block in blocks])
    ids = [name for name in (heads.columns[0], AS_OF) if name in rows.columns]
    rows = rows.select([*dict.fromkeys([*ids, *(column.name for column in model.columns)])])
    found = _run_scorer([program, *language.arguments], language.file, text, rows)
    return _compare(path, scores, found, "the scorer", language.name)


def _run_scorer(program: list[str], file: str, text: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The ids, dates and scores that a scorer prints. Raises CheckFailed if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        scorer, table = Path(folder, file), Path(folder, "rows.csv")
        scorer.write_text(text, encoding="utf-8", newline="\n")
        rows.write_csv(table)
        with table.open("rb") as source:
            done = subprocess.run([*program, scorer], stdin=source, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise CheckFailed(f"the scorer failed: {visible(said)}")
    found = pl.read_csv(io.BytesIO(done.stdout), infer_schema=False)
    return found.rename({PROBABILITY: SCORE}).with_columns(pl.col(SCORE).cast(pl.Float64))


def _compare(path: str, scores: pl.DataFrame, found: pl.DataFrame, what: str, where: str) -> str:
    """The rows compared and the largest difference, in a sentence. what: was exported. where: it ran."""
    try:
        largest = largest_difference(scores, found, what)
    except ValueError as error:
        raise CheckFailed(f"{shown_path(path)}: {error}") from None
    return f"{count(len(scores), 'row')} of {shown_path(path)} in {where}: largest difference {largest:.1e}"


def largest_difference(scores: pl.DataFrame, found: pl.DataFrame, what: str = "the SQL") -> float:
    """The largest difference of two scores of a row. Each: the columns that say which row it is, and score.

    Raises ValueError if the rows differ, or a score by more than 1e-9. what: gave the scores that were found.
    """
    scores, found = scores.sort(scores.columns), found.sort(scores.columns)
    if not scores.drop(SCORE).equals(found.select(scores.columns).drop(SCORE)):
        raise ValueError(f"{what} returns other rows than score")
    differences = np.abs(scores[SCORE].to_numpy() - found[SCORE].to_numpy())
    largest, different = float(differences.max(initial=0.0)), int((~(differences <= TOLERANCE)).sum())
    if different:
        raise ValueError(f"{what} differs from score in {count(different, 'row')}, by up to {largest:.1e}")
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
