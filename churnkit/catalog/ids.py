"""Reads files for some customers' ids, as a request for deletion needs it: where they are, and how many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from churnkit import errors
from churnkit.catalog import names
from churnkit.catalog.folders import walk
from churnkit.catalog.reading import text_path
from churnkit.errors import ChurnkitError
from churnkit.features.join import bare_ids
from churnkit.tables import streams
from churnkit.tables.table import Reading, Table

FIELDS = ("path", "column", "customers", "rows", "alike", "is_id")


@dataclass
class _Place:
    """What was found in a column of a file. alike: ids that match without leading zeros and .0 only."""

    ids: set[str] = field(default_factory=set)
    alike: set[str] = field(default_factory=set)
    rows: int = 0


@dataclass(frozen=True)
class FoundIds:
    """records: one per file and column with such an id, with counts and no value. asked: the number of ids.
    nowhere: of these, in no file. files: that were searched. unread: path → why not."""

    records: list[dict[str, Any]]
    asked: int
    nowhere: int
    files: int
    unread: dict[str, str]


def find_ids(ids_path: str, paths: Sequence[str], reading: Reading) -> FoundIds:
    """The files and columns that hold these ids. ids_path: a FILE with one id per line.

    Every column is searched: is_id of a record says whether the column is named like an id. Raises
    ChurnkitError if the ids cannot be read, or a file that the user named.
    """
    ids = _read_ids(ids_path)
    bare = dict(zip(bare_ids(pl.Series(ids)), ids, strict=True))
    found = walk(paths)
    records: list[dict[str, Any]] = []
    seen: set[str] = set()
    files = 0
    for file in found.files:
        if ids_path != "-" and os.path.samefile(file.path, ids_path):
            continue
        try:
            places = _search(file.path, pl.Series(ids), bare, reading)
        except ChurnkitError as error:
            if file.is_named:
                raise
            found.unread[file.path] = str(error).removeprefix(errors.shown_path(file.path)).lstrip(": ")
            continue
        files += 1
        for column, place in places.items():
            alike = place.alike - place.ids
            seen |= place.ids | alike
            values = text_path(file.path), column, len(place.ids), place.rows, len(alike), names.is_id(column)
            records.append(dict(zip(FIELDS, values, strict=True)))
    records.sort(key=lambda record: not record["is_id"])
    return FoundIds(records, len(ids), len(ids) - len(seen), files, found.unread)


def _read_ids(path: str) -> list[str]:
    """The different ids of a FILE, in its order; blank lines are not ids."""
    streams.check_readable([path])
    try:
        text = b"".join(streams.read(path)).decode()
    except UnicodeDecodeError:
        raise ChurnkitError(f"{errors.shown_path(path)} is not UTF-8") from None
    ids = list(dict.fromkeys(line.removesuffix("\r") for line in text.split("\n") if line.strip()))
    if not ids:
        raise ChurnkitError(f"{errors.shown_path(path)} has no id: it needs one per line")
    return ids


def _search(path: str, ids: pl.Series, bare: dict[str, str], reading: Reading) -> dict[str, _Place]:
    """The columns of a file that hold an id. bare: the id without zeros and .0 → the id."""
    places: dict[str, _Place] = {}
    loose = pl.Series([*bare])
    for frame in Table([path], reading).frames():
        for column in frame.rows:
            counts = column.drop_nulls().alias("value").value_counts(name="rows")
            hits = counts.filter(counts["value"].is_in(ids.implode()))
            others = counts.filter(~counts["value"].is_in(ids.implode()))
            texts = bare_ids(others["value"])
            near = others.with_columns(texts.alias("bare")).filter(texts.is_in(loose.implode()))
            if hits.height or near.height:
                place = places.setdefault(column.name, _Place())
                place.ids |= set(hits["value"])
                place.alike |= {bare[text] for text in near["bare"]}
                place.rows += int(hits["rows"].sum()) + int(near["rows"].sum())
    return places
