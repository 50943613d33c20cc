"""The reasons of a block of rows as JSON Lines, made by columns: one by one takes ten times as long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
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

ROWS = 2048  # the lines of a few rows at a time stay in the cache of a core
_Text: TypeAlias = list[str] | str  # of each row; or the same in all rows


def reason_lines(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> bytes:
    """The records of the rows as JSON, one line each: the heads, churn_probability, base, and the reasons.

    max_reasons: of a row, at most; 0 for all.
    """
    return b"".join(_lines(columns, part, max_reasons) for part in rows.slices(ROWS))


def _lines(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> bytes:
    fields: dict[str, list[_Text]] = {head.name: [_texts(head)] for head in rows.heads}
    fields[PROBABILITY] = [_numbers(rows.probability)]
    fields["base"] = [_json(rows.base)]
    fields["reasons"] = ["[", *_reasons(columns, rows, max_reasons), "]}\n"]
    parts: list[_Text] = []
    for name, values in fields.items():
        parts += [f"{',' if parts else '{'}{_json(name)}:", *values]
    return _joined(parts, len(rows.matrix)).encode()


def _reasons(columns: Sequence[Column], rows: ExplainedRows, max_reasons: int) -> list[_Text]:
    """The JSON of the reasons of each row, in parts."""
    starts = [f'{{"feature":{_json(column.name)},"value":' for column in columns]
    typical = [f',"typical":{_json(shown_typical(column))},"contribution":' for column in columns]
    parts: list[_Text] = []
    for rank in rank_reasons(rows.matrix, rows.added, max_reasons):
        parts += [_at(rank.places, [f"{'},' if parts else ''}{start}" for start in starts])]
        parts += [_values(columns, rank.places, rank.values)]
        parts += [_at(rank.places, typical), _numbers(rank.contributions)]
    return [*parts, "}"]


def _values(columns: Sequence[Column], places: Places, values: Floats) -> list[str]:
    """The JSON of `shown_value`. places: (n,) of the column of each value."""
    if (np.abs(values) >= EXACT_WHOLE).any():
        shown = zip(places.tolist(), values.tolist(), strict=True)
        return [_json(shown_value(columns[place], value)) for place, value in shown]
    wholes = (_array(values + 0.0) + ",").replace(".0,", ",")  # + 0.0: not -0
    numbers = wholes.split(",")[:-1]
    words: list[str] = []
    first, other = np.full(len(columns), -1), np.zeros(len(columns))
    for k, column in enumerate(columns):
        if column.is_category:
            first[k], other[k] = len(words), column.other
            words += [_json(word) for word in (*column.categories, OTHER)]
    rows = np.flatnonzero((first[places] >= 0) & ~np.isnan(values))
    at = places[rows]
    codes = first[at] + np.minimum(values[rows], other[at]).astype(np.intp)
    for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
        numbers[row] = words[code]
    return numbers


def _numbers(values: Floats) -> list[str]:
    """Numbers as JSON; null for NaN."""
    return _array(values).split(",")


def _array(values: Floats) -> str:
    """(n,) numbers as a JSON array, without its brackets."""
    return orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode()


def _texts(values: pl.Series) -> list[str]:
    """Ids, dates or row numbers as JSON."""
    array = orjson.dumps(values.to_list())
    if values.dtype != pl.String:  # the numbers of rows
        return array[1:-1].decode().split(",")
    if values.null_count() or b"\\" in array:
        return [_json(value) for value in values]
    return [f'"{text}"' for text in array[2:-2].decode().split('","')]


def _json(value: float | str | None) -> str:
    return orjson.dumps(value).decode()


def _at(places: Places, texts: Sequence[str]) -> list[str]:
    """The texts at these places."""
    array: npt.NDArray[np.object_] = np.array(texts, dtype=np.object_)
    return array.take(places).tolist()  # type: ignore[no-any-return]


def _joined(parts: Sequence[_Text], count: int) -> str:
    """The texts of each row side by side, row after row."""
    texts = [""] * (len(parts) * count)
    for place, part in enumerate(parts):
        texts[place :: len(parts)] = [part] * count if isinstance(part, str) else part
    return "".join(texts)
