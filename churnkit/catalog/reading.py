"""Reads folders of files as a catalog: one record per table."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from churnkit import errors
from churnkit.catalog import changes, names, origins, parts
from churnkit.catalog.beside import contradictions_of
from churnkit.catalog.contents import CatalogTable, describe
from churnkit.catalog.folders import FolderFiles, FoundFile, changed_at, walk
from churnkit.catalog.grain import grain
from churnkit.catalog.joins import Join, find_joins
from churnkit.catalog.kept import kept_record, may_join, merged, ordered
from churnkit.catalog.origins import ModelNote
from churnkit.catalog.records import is_catalog, parse_catalog
from churnkit.catalog.roles import RoleGuess, guess_roles
from churnkit.errors import ChurnkitError
from churnkit.profiling.overview import BATCH, TableOverview, analyse
from churnkit.profiling.reading import PART_ROWS, row_parts
from churnkit.tables import formats, streams
from churnkit.tables.casts import TEXT
from churnkit.tables.table import Reading, Table

MOST_PAIRED_ROWS = 5_000_000  # of a table whose key is looked for among pairs of columns
MOST_PAIRED_COLUMNS = 6
MOST_TOGETHER = 500  # tables that are analysed together

Record = dict[str, Any]


@dataclass(frozen=True)
class Catalog:
    """records: one per table. changes: sentences, since an old catalog.

    unread: path → why a file is left out. others: the files that are no tables by their names. kept: the
    number of tables whose files are as they were.
    """

    records: list[Record]
    changes: list[str] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    kept: int = 0


@dataclass(frozen=True)
class _Group:
    """The files of one table, as they lie on the disk. path: with * for digits that differ."""

    path: str
    files: tuple[FoundFile, ...]

    @property
    def paths(self) -> list[str]:
        return [file.path for file in self.files]

    @property
    def disk_bytes(self) -> int:
        return sum(file.size for file in self.files)

    def is_unchanged(self, old: Mapping[str, Any] | None) -> bool:
        return old is not None and changes.is_unchanged(
            old, len(self.files), self.disk_bytes, changed_at(self.files)
        )


def read_catalog(
    paths: Sequence[str], reading: Reading, seen_at: str, old: Sequence[Record] | None = None
) -> Catalog:
    """The catalog of files and folders. seen_at: the time now, ISO 8601. old: records of an earlier catalog.

    Tables of `old` whose files are as they were are not read again, but for the ids that a changed table may
    refer to. Raises ChurnkitError if a file that the user named cannot be read, or if no table is found.
    """
    found = walk(paths)
    before = {record["path"]: record for record in old or []}
    models = _take_models(found)
    changed: list[_Group] = []
    kept: dict[str, Record] = {}
    groups: dict[str, _Group] = {}
    for group in _groups(found, before, reading):
        groups[group.path] = group
        if group.is_unchanged(before.get(group.path)):
            kept[group.path] = before[group.path]
        else:
            changed.append(group)
    tables = _read_tables(changed, reading, found)
    if not tables and not kept:
        where = ", ".join(map(errors.shown_path, paths)) or "the current folder"
        why = "".join(
            f"; {errors.shown_path(path)}: {reason}" for path, reason in [*found.unread.items()][:1]
        )
        raise ChurnkitError(f"no table in {where} ({len(found.others):,} other files){why}")
    again = [
        path for path, record in kept.items() if any(may_join(record, table, before) for table in tables)
    ]
    tables += _read_tables([groups[path] for path in again], reading, found)
    records = {record["path"]: record for record in _records(tables, models, reading, seen_at)}
    read = {table.path for table in tables}
    for path, record in kept.items():
        known = kept_record(record, groups, models, seen_at)
        records[path] = merged(known, records[path], read) if path in read else known
    ordered = [records[path] for path in groups if path in records]
    return Catalog(
        ordered,
        changes.find_changes(old, ordered) if old is not None else [],
        found.unread,
        found.others,
        len(kept),
    )


def read_records(path: str) -> list[Record]:
    """The records of a saved catalog. Raises ChurnkitError if it is not one."""
    streams.check_readable([path])
    data = b"".join(streams.read(path))
    if not data:
        raise ChurnkitError(f"{errors.shown_path(path)} is empty: no catalog; leave out --since to make one")
    try:
        return parse_catalog(data)
    except ValueError as error:
        raise ChurnkitError(f"{errors.shown_path(path)} is not a catalog: {error}") from None


def _take_models(found: FolderFiles) -> list[ModelNote]:
    """The models among the files, which are taken out; so are catalogs."""
    models, files = [], []
    for file in found.files:
        if not formats.may_be_json(file.path):
            files.append(file)
            continue
        try:
            start = streams.start(file.path)
            if origins.is_model(start):
                data = b"".join(streams.read(file.path))
                models += origins.models_of(text_path(file.path), data, hashlib.sha256(data).hexdigest())
            elif is_catalog(start):
                found.others.append(file.path)
            else:
                files.append(file)
        except (ChurnkitError, ValueError) as error:
            if file.is_named:
                raise ChurnkitError(f"{errors.shown_path(file.path)}: {error}") from None
            found.unread[file.path] = str(error)
    found.files = files
    return models


def _groups(found: FolderFiles, before: Mapping[str, Record], reading: Reading) -> list[_Group]:
    """The files that are one table, together. Files that are as they were are not opened."""
    files = {file.path: file for file in found.files}
    groups = []
    for together in parts.group_names([*files]):
        group = _group([files[path] for path in together])
        if len(together) == 1 or group.is_unchanged(before.get(group.path)) or _is_one(group, reading):
            groups.append(group)
            continue
        for part in parts.split_by_columns(together, lambda path: _columns_of(files[path], reading, found)):
            if part[0] in found.unread:
                continue
            groups.append(_group([files[path] for path in part]))
    return groups


def _is_one(group: _Group, reading: Reading) -> bool:
    """Whether all files of a group can be read as one table."""
    try:
        Table(group.paths, reading)
    except ChurnkitError:
        return False
    return True


def _group(files: Sequence[FoundFile]) -> _Group:
    return _Group(text_path(parts.pattern([file.path for file in files])), tuple(files))


def _columns_of(file: FoundFile, reading: Reading, found: FolderFiles) -> frozenset[str] | None:
    """The names of a file's columns; None for JSON Lines, and for a file that cannot be read."""
    try:
        table = Table([file.path], reading)
    except ChurnkitError as error:
        if file.is_named:
            raise
        found.unread[file.path] = _reason(file.path, error)
        return frozenset([f"\0unread {file.path}"])
    return frozenset(table.names) if table.is_fixed else None


def _read_tables(groups: Sequence[_Group], reading: Reading, found: FolderFiles) -> list[CatalogTable]:
    """The tables of these files; a file in a folder that cannot be read as a table is left out."""
    tables: list[CatalogTable] = []
    waiting: list[_ReadGroup] = []
    size = 0  # values that wait
    for group in groups:
        try:
            waiting.append(_read_group(group, reading))
        except ChurnkitError as error:
            if any(file.is_named for file in group.files):
                raise
            for path in group.paths:
                found.unread[path] = _reason(path, error)
            continue
        size += waiting[-1].overview.size
        if size > BATCH or len(waiting) >= MOST_TOGETHER:
            tables += _described(waiting, reading)
            waiting, size = [], 0
    return tables + _described(waiting, reading)


def _reason(path: str, error: ChurnkitError) -> str:
    return str(error).removeprefix(f"{errors.shown_path(path)}").lstrip(": ")


@dataclass(frozen=True)
class _ReadGroup:
    """The files of a table after they were read. format: of the first."""

    group: _Group
    format: str
    bytes: int
    sha256: str
    overview: TableOverview


def _read_group(group: _Group, reading: Reading) -> _ReadGroup:
    """Reads the files of a table in one pass."""
    first = group.files[0]
    written = formats.format_name(first.path, streams.start(first.path), reading.format)
    table = Table(group.paths, reading, is_digested=True)
    if table.is_fixed and len(table.names) == 1 and not first.is_named and formats.may_be_prose(first.path):
        raise ChurnkitError("a text of one column; name the file if it is a table")
    overview = TableOverview()
    for rows, _ in row_parts(table.frames(), PART_ROWS):
        overview.add(rows)
    overview.add(pl.DataFrame(schema={n: pl.String for n in table.names if n not in overview.columns}))
    return _ReadGroup(group, written, table.bytes, table.sha256, overview)


def _described(read: Sequence[_ReadGroup], reading: Reading) -> list[CatalogTable]:
    """The tables; where no single column is a key, a second pass over few columns looks for two."""
    tables = []
    for each, overviews in zip(read, analyse([each.overview for each in read]), strict=True):
        group = each.group
        table = CatalogTable(
            group.path,
            tuple(group.paths),
            each.format,
            each.overview.rows,
            each.bytes,
            group.disk_bytes,
            each.sha256,
            changed_at(group.files),
            describe(overviews),
        )
        tables.append(table if table.keys else replace(table, pair=_unique_pair(table, reading)))
    return tables


def _unique_pair(table: CatalogTable, reading: Reading) -> tuple[str, str] | None:
    """Two full columns that are unique together, at least one of them an id; None if there are none."""
    if not 1 < table.rows <= MOST_PAIRED_ROWS:
        return None
    ids = [c for c in table.columns if not c.nulls and c.may_be_id and names.is_id(c.name)]
    others = [c for c in table.columns if not c.nulls and c.is_time]
    chosen = [*ids, *others][:MOST_PAIRED_COLUMNS]
    pairs = [
        (a, b)
        for place, a in enumerate(chosen)
        for b in chosen[place + 1 :]
        if a in ids and a.distinct * b.distinct >= table.rows
    ]
    if not pairs:
        return None
    rows = texts_of(table, [column.name for column in chosen], reading)
    for a, b in pairs:
        if rows.select(a.name, b.name).n_unique() == table.rows:
            return a.name, b.name
    return None


def texts_of(table: CatalogTable, columns: Sequence[str], reading: Reading) -> pl.DataFrame:
    """Some columns of a table as text. columns: their names."""
    kinds = dict.fromkeys(columns, TEXT)
    return Table(list(table.paths), reading).whole(kinds)[0].select(pl.col(c).cast(pl.String) for c in kinds)


def _roles(table: CatalogTable, reading: Reading) -> RoleGuess:
    roles = guess_roles(table)
    if len(table.paths) > 1 and roles.target and roles.id and not table.column(roles.id).is_key:
        parts_of = (texts_of(replace(table, paths=(path,)), [roles.id], reading) for path in table.paths)
        if all(rows[roles.id].is_duplicated().sum() == 0 for rows in parts_of):
            return guess_roles(table, are_ids_unique_in_files=True)
    return roles


def _records(
    tables: Sequence[CatalogTable], models: Sequence[ModelNote], reading: Reading, seen_at: str
) -> list[Record]:
    joins = find_joins(tables)
    roles = {table.path: _roles(table, reading) for table in tables}
    read = _Rows(reading)
    records = []
    for table in tables:
        own = [join for join in joins if join.table is table]
        wrong = contradictions_of(table, own, joins, roles, read.columns)
        records.append(_record(table, roles[table.path], own, wrong, models, seen_at))
    return records


@dataclass
class _Rows:
    """Columns of tables that were read again, each once."""

    reading: Reading
    _known: dict[tuple[str, str], pl.Series] = field(default_factory=dict)

    def columns(self, table: CatalogTable, wanted: Sequence[str]) -> pl.DataFrame:
        new = [name for name in dict.fromkeys(wanted) if (table.path, name) not in self._known]
        if new:
            self._known |= {
                (table.path, column.name): column for column in texts_of(table, new, self.reading)
            }
        return pl.DataFrame([self._known[table.path, name] for name in dict.fromkeys(wanted)])


def _record(
    table: CatalogTable,
    roles: RoleGuess,
    joins: Sequence[Join],
    contradictions: Sequence[Any],
    models: Sequence[ModelNote],
    seen_at: str,
) -> Record:
    record: Record = {
        "path": table.path,
        "format": table.format,
        "files": len(table.paths),
        "rows": table.rows,
        "bytes": table.bytes,
        "disk_bytes": table.disk_bytes,
        "sha256": table.sha256,
        "changed_at": table.changed,
        "grain": grain(table, roles),
        "columns": [column.plain for column in table.columns],
        "key": table.key,
        "time": roles.time,
        "latest": _latest(table, roles.time),
        "joins": [join.plain for join in joins if join.is_sure],
        "possible": [join.plain for join in joins if not join.is_sure],
        "contradictions": [each.plain for each in contradictions],
        "roles": roles.plain,
        "models": origins.related_models(table, models),
        "seen_at": seen_at,
    }
    lists = {name: ordered(record[name], record) for name in ("joins", "possible", "contradictions")}
    return {**record, **lists}


def _latest(table: CatalogTable, time: str | None) -> str | None:
    return table.column(time).latest if time else None


def text_path(path: str) -> str:
    """A path as text that JSON can hold: bytes that are not UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")
