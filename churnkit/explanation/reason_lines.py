"""The reasons of a block of rows as JSON Lines, made by columns: one by one takes ten times as long.

polars writes the parts of the lines side by side, as a CSV whose separator is then left out. Meanwhile other
threads of Python may work. It writes numbers as orjson does.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import orjson
import polars as pl

from churnkit.arrays import Floats, Places
from churnkit.columns import PROBABILITY
from churnkit.explanation.reasons import (
    EXACT_WHOLE,
    OTHER,
    ExplainedRows,
    rank_reasons,
    shown_typical,
    shown_value,
)
from churnkit.models.columns import Column
from churnkit.models.model_rows import number_column

_Part: TypeAlias = pl.Series | str  # (n,) of each row; or the same in all rows
ESCAPED = r'["\\\x00-\x1f]'  # characters that JSON does not write as they are
BETWEEN = "\0"  # the parts; JSON has none


def reason_lines(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> bytes:
    """The records of the rows as JSON, one line each: the heads, churn_probability, base, and the reasons.

    max_reasons: of a row, at most; 0 for all.
    """
    if not len(rows.matrix):
        return b""
    fields: dict[str, list[_Part]] = {head.name: _texts(head) for head in rows.heads}
    fields[PROBABILITY] = [_numbers(rows.probability)]
    fields["base"] = [_json(rows.base)]
    fields["reasons"] = ["[", *_reasons(columns, rows, max_reasons), "]"]
    parts: list[_Part] = []
    for name, values in fields.items():
        parts += [f"{',' if parts else '{'}{_json(name)}:", *values]
    return _lines([*parts, "}"])


def _reasons(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> list[_Part]:
    """The JSON of the reasons of each row, in parts."""
    starts = [f'{{"feature":{_json(column.name)},"value":' for column in columns]
    typical = pl.Series([f',"typical":{_json(shown_typical(column))},"contribution":' for column in columns])
    parts: list[_Part] = []
    for rank in rank_reasons(rows.matrix, rows.added, max_reasons):
        at, starts_here = rank.places.tolist(), pl.Series([f"{'},' if parts else ''}{x}" for x in starts])
        parts += [starts_here.gather(at), _values(columns, rank.places, rank.values)]
        parts += [typical.gather(at), _numbers(rank.contributions)]
    return [*parts, "}"]


def _values(columns: Sequence[Column], places: Places, values: Floats) -> pl.Series:
    """(n,) the JSON of `shown_value`. places: (n,) of the column of each value."""
    if (np.abs(values) >= EXACT_WHOLE).any():
        shown = zip(places.tolist(), values.tolist(), strict=True)
        return pl.Series([_json(shown_value(columns[place], value)) for place, value in shown])
    numbers = _numbers(values + 0.0).cast(pl.String).str.strip_suffix(".0")  # + 0.0: not -0
    words: list[str] = []
    first, other = np.full(len(columns), -1), np.zeros(len(columns))
    for k, column in enumerate(columns):
        if column.is_category:
            first[k], other[k] = len(words), column.other
            words += [_json(word) for word in (*column.categories, OTHER)]
    is_word = (first[places] >= 0) & ~np.isnan(values)
    if not is_word.any():
        return numbers
    code = first[places] + np.minimum(np.where(is_word, values, 0), other[places])
    of_words = pl.Series(words).gather((code.astype(np.intp) * is_word).tolist())
    return of_words.zip_with(pl.Series(is_word.tolist()), numbers)


def _numbers(values: Floats) -> pl.Series:
    """(n,) numbers; null for NaN."""
    return number_column("", values).fill_nan(None)


def _texts(values: pl.Series) -> list[_Part]:
    """Ids, dates or row numbers as JSON, in parts."""
    if values.dtype != pl.String:  # the numbers of rows
        return [values]
    if values.null_count() or values.str.contains(ESCAPED).any():
        return [pl.Series([_json(value) for value in values], dtype=pl.String)]
    return ['"', values, '"']


def _json(value: float | str | None) -> str:
    return orjson.dumps(value).decode()


def _lines(parts: Sequence[_Part]) -> bytes:
    """A line of each row: its parts side by side."""
    table = pl.select(pl.lit(part).alias(str(place)) for place, part in enumerate(parts))
    out = io.BytesIO()
    table.write_csv(out, include_header=False, separator=BETWEEN, quote_style="never", null_value="null")
    return out.getvalue().replace(BETWEEN.encode(), b"")
