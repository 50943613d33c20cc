"""Tables beside those that they refer to: which contradictions are looked for, and in which columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from churnkit.catalog import contradictions, names
from churnkit.catalog.contents import CatalogColumn, CatalogTable
from churnkit.catalog.contradictions import END, KEY, START, TIME, TRUTH, Contradiction
from churnkit.catalog.joins import Join
from churnkit.catalog.roles import CHURN, LOG, STARTS, SUBSCRIPTIONS, RoleGuess
from churnkit.tables import casts
from churnkit.target import parse_target

FIRST_DAYS = STARTS | {"signup", "joined", "registered", "registration", "created", "issue", "since"}
ReadColumns = Callable[[CatalogTable, Sequence[str]], pl.DataFrame]  # as text


def contradictions_of(
    table: CatalogTable,
    own: Sequence[Join],
    joins: Sequence[Join],
    roles: Mapping[str, RoleGuess],
    read: ReadColumns,
) -> list[Contradiction]:
    """What contradicts a table: in itself, in the tables that it refers to, and in those that refer to it.

    own: the joins of the table. joins: of all tables. roles: path → roles.
    """
    role = roles[table.path]
    found = _ends_before_starts(table, role, read)
    for join in own:
        if join.is_sure:
            found += _missing_ids(join, read)
            found += _outside(join, role, roles[join.key_table.path], read)
    return found + _flags(table, role, joins, roles, read)


def _ends_before_starts(table: CatalogTable, role: RoleGuess, read: ReadColumns) -> list[Contradiction]:
    if role.start is None or role.end is None:
        return []
    texts = read(table, [role.start, role.end])
    rows = pl.DataFrame({START: instants(table, role.start, texts), END: instants(table, role.end, texts)})
    return contradictions.ends_before_starts(rows, role.start, role.end)


def _missing_ids(join: Join, read: ReadColumns) -> list[Contradiction]:
    if join.contained == 1:
        return []
    ids = read(join.table, [join.column.name])[join.column.name]
    keys = read(join.key_table, [join.key.name])[join.key.name]
    to = f"{join.key_table.path}:{join.key.name}"
    return contradictions.missing_ids(ids, keys, join.column.name, to)


def _outside(join: Join, role: RoleGuess, key_role: RoleGuess, read: ReadColumns) -> list[Contradiction]:
    """Rows before the first start, or after the last end, of what they belong to."""
    key_table, time = join.key_table, role.time
    start = key_role.start or _first_day(key_table)
    if time is None or start is None or _is_unsure(join.table, time) or _is_unsure(key_table, start):
        return []
    end = key_role.end if key_role.start else None
    texts = read(join.table, [join.column.name, time])
    rows = pl.DataFrame({KEY: texts[join.column.name], TIME: instants(join.table, time, texts)})
    keys = read(key_table, [join.key.name, start, *([end] if end else [])])
    spans = {KEY: keys[join.key.name], START: instants(key_table, start, keys)}
    if end:
        spans[END] = instants(key_table, end, keys)
    return contradictions.outside_spans(rows, pl.DataFrame(spans), time, key_table.path, start, end)


def _first_day(table: CatalogTable) -> str | None:
    """The column of times that says when something began: a signup, a registration."""
    columns = [c.name for c in table.columns if c.is_time and names.has_word(c.name, FIRST_DAYS)]
    return columns[0] if columns else None


def _flags(
    table: CatalogTable,
    role: RoleGuess,
    joins: Sequence[Join],
    roles: Mapping[str, RoleGuess],
    read: ReadColumns,
) -> list[Contradiction]:
    """The flag of a table beside subscriptions and churn events of the same customers."""
    if role.target is None or "positive" in role.unsure:
        return []
    found = []
    if role.kind == SUBSCRIPTIONS and role.end and role.start:
        texts = read(table, [role.target, role.end])
        key = pl.Series(KEY, range(table.rows), dtype=pl.Int64)
        flags = pl.DataFrame({KEY: key, TRUTH: parse_target(texts[role.target], role.positive)})
        spans = pl.DataFrame({KEY: key, END: instants(table, role.end, texts)})
        found += contradictions.flags_beside_subscriptions(flags, spans, role.target, table.path, role.end)
    for join in joins:
        if not join.is_sure or join.key_table is not table:
            continue
        other = roles[join.table.path]
        texts = read(table, [join.key.name, role.target])
        flags = pl.DataFrame(
            {KEY: texts[join.key.name], TRUTH: parse_target(texts[role.target], role.positive)}
        )
        if other.kind == SUBSCRIPTIONS and other.end:
            rows = read(join.table, [join.column.name, other.end])
            ends = instants(join.table, other.end, rows)
            spans = pl.DataFrame({KEY: rows[join.column.name], END: ends})
            found += contradictions.flags_beside_subscriptions(
                flags, spans, role.target, join.table.path, other.end
            )
        elif other.kind == LOG and names.has_word(names.stem(join.table.path), CHURN):
            ids = read(join.table, [join.column.name])[join.column.name]
            found += contradictions.flags_beside_churn_events(flags, ids, role.target, join.table.path)
    return found


def _is_unsure(table: CatalogTable, name: str) -> bool:
    return len(table.column(name).formats) > 1


def instants(table: CatalogTable, name: str, texts: pl.DataFrame) -> pl.Series:
    """A column of times in microseconds, null where it is empty. texts: of the table's rows."""
    column: CatalogColumn = table.column(name)
    written = column.formats[0] if column.formats else None
    return casts.cast_times(texts[name], written).values
