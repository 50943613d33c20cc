"""Rows with a JSON array in a column, as one row per element of the array."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from churnkit.errors import quote
from churnkit.tables import jsonl
from churnkit.tables.frames import Frame, Oddities

Element = dict[str, str | None]  # column → text


def explode(frame: Frame, column: str) -> Frame:
    """A frame of texts with one row per element of the arrays in a column, on the line of the array.

    An element that is an object gives a column `column.key` per key, any other the column itself. Rows
    without an element are left out and counted. A row whose array cannot be read stays as one bad row.
    """
    arrays = frame.rows[column] if column in frame.rows.columns else [None] * frame.rows.height
    prefix = f"{column}."
    keys = [name for name in frame.rows.columns if name.startswith(prefix)]
    beside = list(zip(*(frame.rows[name] for name in keys), strict=True)) or [()] * frame.rows.height
    origins: list[int] = []
    found: list[Element] = []
    bad: dict[int, str] = {}
    without = 0
    for row, (text, known) in enumerate(zip(arrays, beside, strict=True)):
        try:
            elements = _elements(text, column, dict(zip(keys, known, strict=True)))
        except ValueError as error:
            elements = [{}]
            bad[len(origins)] = f"column {quote(column)}: {error}"
        without += not elements
        origins += [row] * len(elements)
        found += elements
    names = dict.fromkeys(name for element in found for name in element)
    columns = [pl.Series(name, [e.get(name) for e in found], dtype=pl.String) for name in names]
    places = pl.Series(origins, dtype=pl.UInt32)
    kept = frame.rows.drop(column, strict=False).select(pl.all().gather(places))
    return replace(
        frame,
        rows=kept.with_columns(columns) if kept.width else pl.DataFrame(columns),
        lines=[frame.lines[row] for row in origins],
        odd=frame.odd + Oddities(without_elements=without),
        bad=bad,
    )


def _elements(text: str | None, column: str, beside: Element) -> list[Element]:
    """The elements of one array. beside: the row's columns `column.key`, which keep their values.

    Raises ValueError if the text is not an array, or if it and another column give the same key.
    """
    taken = {name: value for name, value in beside.items() if value is not None}
    if text is None and taken:
        raise ValueError(f"an object, not an array: the row has a value in {quote(next(iter(taken)))}")
    elements = [] if text is None else jsonl.elements(text, column)
    for name in taken.keys() & {name for element in elements for name in element}:
        raise ValueError(f"the array has the key of another column, {quote(name)}")
    return [{**beside, **element} for element in elements]
