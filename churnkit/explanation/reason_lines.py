"""The reasons of a block of rows as JSON Lines, made by columns: one by one takes five times as long."""

from __future__ import annotations

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
    largest_places,
    shown_typical,
    shown_value,
)
from churnkit.models.columns import Column

_Text: TypeAlias = pl.Series | str  # (n,) of each row; or the same in all rows
ESCAPED = r'["\\\x00-\x1f]'  # characters that JSON does not write as they are


def reason_lines(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> bytes:
    """The records of `reason_records` as JSON, one line each. Arguments as there."""
    if not len(rows.matrix):
        return b""
    fields: dict[str, list[_Text]] = {head.name: [_texts(head)] for head in rows.heads}
    fields[PROBABILITY] = [_numbers(rows.probability)]
    fields["base"] = [_json(rows.base)]
    fields["reasons"] = ["[", *_reasons(columns, rows.matrix, rows.added, max_reasons), "]"]
    parts: list[_Text] = []
    for name, values in fields.items():
        parts += [f"{',' if parts else '{'}{_json(name)}:", *values]
    return str(_joined([*parts, "}\n"]).str.join("").item()).encode()


def _reasons(columns: Sequence[Column], matrix: Floats, added: Floats, max_reasons: int) -> list[_Text]:
    """The JSON of the reasons of each row, in parts."""
    starts = [f'{{"feature":{_json(column.name)},"value":' for column in columns]
    typical = pl.Series([f',"typical":{_json(shown_typical(column))},"contribution":' for column in columns])
    rows = np.arange(len(matrix))
    parts: list[_Text] = []
    for place in largest_places(added, max_reasons).T:
        at, starts_here = place.tolist(), pl.Series([f"{'},' if parts else ''}{start}" for start in starts])
        parts += [starts_here.gather(at), _values(columns, place, matrix[rows, place])]
        parts += [typical.gather(at), _numbers(added[rows, place])]
    return [*parts, "}"]


def _values(columns: Sequence[Column], place: Places, values: Floats) -> pl.Series:
    """(n,) the JSON of `shown_value`. place: (n,) of the column of each value."""
    if (np.abs(values) >= EXACT_WHOLE).any():
        return pl.Series(
            [_json(shown_value(columns[k], x)) for k, x in zip(place, values.tolist(), strict=True)]
        )
    numbers = _numbers(values + 0.0).str.strip_suffix(".0")  # + 0.0: not -0
    words: list[str] = []
    first, other = np.full(len(columns), -1), np.zeros(len(columns))
    for k, column in enumerate(columns):
        if column.is_category:
            first[k], other[k] = len(words), column.other
            words += [_json(word) for word in (*column.categories, OTHER)]
    is_word = (first[place] >= 0) & ~np.isnan(values)
    if not is_word.any():
        return numbers
    code = first[place] + np.minimum(np.where(is_word, values, 0), other[place])
    shown = pl.Series(words).gather((code.astype(np.intp) * is_word).tolist())
    return shown.zip_with(pl.Series(is_word.tolist()), numbers)


def _numbers(values: Floats) -> pl.Series:
    """(n,) numbers as JSON; null for NaN."""
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return pl.Series([text[1:-1]]).str.split(",").explode()


def _texts(values: pl.Series) -> pl.Series:
    """(n,) ids, dates or row numbers as JSON."""
    if values.dtype != pl.String:  # the numbers of rows
        return values.cast(pl.String)
    if values.str.contains(ESCAPED).any():
        return pl.Series([_json(value) for value in values], dtype=pl.String)
    return _joined(['"', values, '"']).fill_null("null")


def _json(value: float | str | None) -> str:
    return orjson.dumps(value).decode()


def _joined(parts: Sequence[_Text]) -> pl.Series:
    """(n,) the texts side by side; null where one of them is null."""
    return pl.select(pl.concat_str(pl.lit(part) for part in parts)).to_series()
