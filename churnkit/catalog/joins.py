"""Which columns refer to the key of another table: by their values, and by what their names say.

A column joins a key if at least 95 % of its values are among the key's and either its name speaks of the key
or its table, or chance does not explain it: the key is text, or whole numbers that are no run like 1 … n.
Anything else that fits is possible, not sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Hashes
from churnkit.catalog import names
from churnkit.catalog.contents import CatalogColumn, CatalogTable

CONTAINED = 0.95  # of the values are among the key's, for a sure join
NAMED = 0.5  # of the values, for a possible join whose name refers to the key
COVERED = 0.5  # of the key's values, for a possible join without a name
MIN_VALUES = 10  # different values behind a join that no name supports
MIN_SAMPLED = 30  # hashes that are compared, where not all are kept
PROBES = 64  # values of a column that are looked up among all keys
PROBED = 0.35  # of them must be in a key that is compared: a sample may have fewer than all (NAMED)
MOST_KEYS = 200  # that one column is compared with, those with the most hits
MOST_POSSIBLE = 3  # possible joins of one column


@dataclass(frozen=True)
class Join:
    """A column that refers to the key of a table.

    contained: share of its values that are in the key. covered: share of the key's values that occur.
    evidence: name, values or both; and what must be removed first.
    """

    table: CatalogTable
    column: CatalogColumn
    key_table: CatalogTable
    key: CatalogColumn
    contained: float
    covered: float
    evidence: str
    is_sure: bool

    @property
    def plain(self) -> dict[str, object]:
        return {
            "column": self.column.name,
            "to": f"{self.key_table.path}:{self.key.name}",
            "contained": self.contained,
            "covered": self.covered,
            "evidence": self.evidence,
        }


def find_joins(tables: Sequence[CatalogTable]) -> list[Join]:
    """The joins, sure and possible, in the order of the tables and columns."""
    keys = [(table, key) for table in tables for key in table.keys]
    if not keys:
        return []
    index = _Index([key.bare for _, key in keys])
    found: list[Join] = []
    for table in tables:
        for column in table.columns:
            if column.may_be_id:
                candidates = [keys[place] for place in index.candidates(column.bare)]
                found += _of_column(table, column, candidates)
    return _one_way(found)


class _Index:
    """All values of all keys by hash, so that each column is compared with few keys."""

    def __init__(self, keys: Sequence[Hashes]) -> None:
        hashes = np.concatenate(keys)
        owners = np.repeat(np.arange(len(keys)), [len(key) for key in keys])
        order = np.argsort(hashes, kind="stable")
        self.hashes, self.owners, self.number = hashes[order], owners[order], len(keys)

    def candidates(self, hashes: Hashes) -> list[int]:
        """The keys that have at least about half of the values, looked up for the smallest hashes."""
        probes = hashes[:PROBES]
        first = np.searchsorted(self.hashes, probes, side="left")
        last = np.searchsorted(self.hashes, probes, side="right")
        hits = [self.owners[a:b] for a, b in zip(first, last, strict=True) if b > a]
        if not hits:
            return []
        counts = np.bincount(np.concatenate(hits), minlength=self.number)
        likely = np.flatnonzero(counts >= PROBED * len(probes))
        best = likely[np.argsort(-counts[likely], kind="stable")][:MOST_KEYS]
        return [int(place) for place in best]


def containment(a: Hashes, a_zeros: int, b: Hashes, b_zeros: int) -> tuple[float, float, int]:
    """The shares of a's values that are in b, and of b's in a, and the number of a's values compared.

    a, b: sorted hashes that begin with that many zero bits, each once. Compared are those that both keep.
    """
    zeros = max(a_zeros, b_zeros)
    if zeros:
        a, b = (h[: int(np.searchsorted(h, np.uint64(1 << (64 - zeros))))] for h in (a, b))
    if not len(a) or not len(b):
        return 0.0, 0.0, 0
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / len(a), both / len(b), len(a)


def _of_column(
    table: CatalogTable, column: CatalogColumn, candidates: Sequence[tuple[CatalogTable, CatalogColumn]]
) -> list[Join]:
    named = [_named(column, table, key_table, key) for key_table, key in candidates]
    best = max(named, default=0)
    joins = []
    for rank, (key_table, key) in zip(named, candidates, strict=True):
        if key_table is table and key.name == column.name:
            continue
        by_name = 0 < rank == best
        is_hopeless = column.is_key or column.distinct < COVERED * key.distinct
        if key.is_dense and not by_name and key_table is not table and is_hopeless:
            continue  # only a name could tell
        join = _compared(table, column, key_table, key, by_name)
        if join is not None:
            joins.append(join)
    sure = [join for join in joins if join.is_sure]
    possible = sorted((j for j in joins if not j.is_sure), key=lambda j: (-j.contained, -j.covered))
    return sure or possible[:MOST_POSSIBLE]  # where one is sure, others are chance


def _named(column: CatalogColumn, table: CatalogTable, key_table: CatalogTable, key: CatalogColumn) -> int:
    """How surely the column's name speaks of a key; of the table, only if it is the table's own key."""
    thing = names.stem(key_table.path) if key.name == key_table.key else ""
    return 0 if key_table is table else names.refers(column.name, key.name, thing)


def _compared(
    table: CatalogTable, column: CatalogColumn, key_table: CatalogTable, key: CatalogColumn, is_named: bool
) -> Join | None:
    contained, covered, compared = containment(column.hashes, column.zeros, key.hashes, key.zeros)
    changed = ""
    if contained < CONTAINED and (column.bare is not column.hashes or key.bare is not key.hashes):
        bare = containment(column.bare, column.zeros, key.bare, key.zeros)
        if bare[0] >= CONTAINED:
            (contained, covered, compared), changed = bare, "after removing leading zeros and .0"
    is_exact = not (column.zeros or key.zeros)
    is_rare = column.distinct >= MIN_VALUES and not key.is_dense and (is_exact or compared >= MIN_SAMPLED)
    evidence = " and ".join(w for w, so in (("name", is_named), ("values", is_rare)) if so)
    is_sure = contained >= CONTAINED and bool(evidence) and not changed and key_table is not table
    if not is_sure:
        if column.is_key and not is_named:
            return None
        is_own = key_table is table and key.name == table.key and column.nulls > 0 and column.distinct > 1
        is_near = contained >= CONTAINED and (covered >= COVERED or is_own)
        if names.is_measure(column.name) or not (is_near or (is_named and contained >= NAMED)):
            return None
    evidence = f"{evidence or 'values'}{', ' if changed else ''}{changed}"
    return Join(table, column, key_table, key, round(contained, 6), round(covered, 6), evidence, is_sure)


def _one_way(joins: Sequence[Join]) -> list[Join]:
    """Of two keys that refer to each other, the one whose table the name speaks of is the key."""
    ways = {(j.table.path, j.column.name, j.key_table.path, j.key.name): j for j in joins if j.is_sure}
    dropped = set()
    for (path, name, key_path, key_name), join in ways.items():
        back = (key_path, key_name, path, name)
        if back in ways and back not in dropped:
            own = names.refers(join.column.name, "", names.stem(path))
            theirs = names.refers(join.key.name, "", names.stem(key_path))
            if (
                own > theirs
                or (own == theirs and len(path) < len(key_path))
                or (own == theirs and len(path) == len(key_path) and path < key_path)
            ):
                dropped.add((path, name, key_path, key_name))
    return [j for j in joins if (j.table.path, j.column.name, j.key_table.path, j.key.name) not in dropped]
