"""Saved records of `profile`, read by other commands: each field is checked, and errors name the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

import msgspec

from churnkit.errors import schema_words
from churnkit.tables import types

Count = Annotated[int, msgspec.Meta(ge=0)]
OLD_FIELDS = {"cohorts": "target_rates"}  # names in profiles saved by churnkit 0.1; accepted for one release


class TopValue(TypedDict):
    """A frequent value and its number of rows."""

    value: str
    rows: Count


class Tenths(TypedDict):
    """Bins of about a tenth of the rows each, see Distribution.tenths. rows: of each bin."""

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

    min: Any
    max: Any
    distinct_effective: Annotated[float, msgspec.Meta(ge=0)]
    quantiles: dict[str, float] | None
    min_length: Count | None
    max_length: Count | None
    numbers: Count | None
    target_rates: list[dict[str, Any]] | None


class _TableRecord(TypedDict):
    column: None
    rows: Count


class TableRecord(_TableRecord, total=False):
    """The last record describes the whole table."""

    duplicate_rows: Count
    sha256: str


def check_profile(records: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The records of the columns, and the record of the table, with the fields of the types above.

    Raises ValueError with the line and the field where a record is not as expected.
    """
    if not records or (isinstance(records[-1], dict) and records[-1].get("column") is not None):
        raise ValueError("the last record, of the whole table, is missing")
    named = [_with_new_names(record) for record in records[:-1]]
    columns = [_checked(record, ColumnRecord, line) for line, record in enumerate(named, 1)]
    for line, record in enumerate(columns, 1):
        if record["type"] in (types.INTEGER, types.FLOAT) and record["tenths"] is record["pii"] is None:
            raise ValueError(f"line {line}: tenths: null, but the column holds numbers")
    return columns, _checked(records[-1], TableRecord, len(records))


def _with_new_names(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {OLD_FIELDS.get(name, name): value for name, value in record.items()}


def _checked(record: Any, kind: Any, line: int) -> dict[str, Any]:
    try:
        return msgspec.convert(record, kind)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise ValueError(f"line {line}: {schema_words(error)}") from None
