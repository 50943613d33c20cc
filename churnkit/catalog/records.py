"""Saved records of `catalog`, read by later commands: each field is checked, and errors name the line."""

from __future__ import annotations

from typing import Any, TypedDict

import msgspec
import orjson

from churnkit.errors import schema_words

START = b'{"path":'  # of the first line of a catalog


class SavedColumn(TypedDict):
    """A column in a record."""

    name: str
    type: str
    nulls: int
    distinct: int
    key: bool


class SavedJoin(TypedDict):
    """A join in a record. to: `path:column`."""

    column: str
    to: str


class SavedModel(TypedDict):
    """A model in a record."""

    path: str
    how: str


class SavedTable(TypedDict):
    """The fields of a record that other commands read."""

    path: str
    files: int
    rows: int
    disk_bytes: int
    sha256: str
    changed_at: str
    columns: list[SavedColumn]
    key: str | None
    latest: str | None
    joins: list[SavedJoin]
    possible: list[SavedJoin]
    roles: dict[str, Any]
    models: list[SavedModel]
    seen_at: str


def is_catalog(start: bytes) -> bool:
    """Whether a file begins like a catalog."""
    return start.startswith(START) and b'"seen_at":' in start


def parse_catalog(data: bytes) -> list[dict[str, Any]]:
    """The records of a catalog. Raises ValueError with the line and the field where it is not one."""
    records = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
            msgspec.convert(record, SavedTable)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"line {number}: not JSON ({error})") from None
        except msgspec.ValidationError as error:
            raise ValueError(f"line {number}: {schema_words(error)}") from None
        records.append(record)
    return records
