"""The records of `profile` as other commands read them: checked against their types, by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

import msgspec

from churnkit.errors import schema_words
from churnkit.tables import types

Count = Annotated[int, msgspec.Meta(ge=0)]


class TopValue(TypedDict):
    """A frequent value and its rows."""

    value: str
    rows: Count


class Tenths(TypedDict):
    """rows: between the edges, see Distribution.tenths."""

    edges: list[float]
    rows: list[Count]


class _ColumnRecord(TypedDict):
    column: str
    type: str
    rows: Count
    nulls: Count
    distinct: Count
    mean: float | None
    top: list[TopValue]
    tenths: Tenths | None
    flags: list[str]
    pii: dict[str, Any] | None


class ColumnRecord(_ColumnRecord, total=False):
    """The fields of a column's record that other commands read."""

    distinct_effective: Annotated[float, msgspec.Meta(ge=0)]


class TableRecord(TypedDict):
    """The last record: of the whole table."""

    column: None
    rows: Count


def check_profile(records: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The records of a profile: those of its columns, and that of the table, with the fields that are needed.

    Raises ValueError that names the line and the field where one is not such a record.
    """
    if not records or (isinstance(records[-1], dict) and records[-1].get("column") is not None):
        raise ValueError("the record of the table is missing")
    columns = [_checked(record, ColumnRecord, line) for line, record in enumerate(records[:-1], 1)]
    for line, record in enumerate(columns, 1):
        if record["type"] in (types.INTEGER, types.FLOAT) and record["tenths"] is record["pii"] is None:
            raise ValueError(f"line {line}: tenths: null, for a column of numbers")
    return columns, _checked(records[-1], TableRecord, len(records))


def _checked(record: Any, kind: Any, line: int) -> dict[str, Any]:
    try:
        return msgspec.convert(record, kind)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise ValueError(f"line {line}: {schema_words(error)}") from None
