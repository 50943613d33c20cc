"""Several ids of one customer: which id each old id counts for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from churnkit import messages
from churnkit.errors import ChurnkitError, quote

ARROW = " → "
SHOWN_IDS = 10  # of a cycle


@dataclass(frozen=True)
class SameAs:
    """ids: old id → the id that it counts for, itself not an old id. name, header: of the FILE."""

    ids: Mapping[str, str]
    name: str
    header: tuple[str, str]

    def replace_in(self, texts: pl.Series) -> tuple[pl.Series, dict[str, int]]:
        """A column of ids with the customers' ids, and old id → its number of rows.

        texts: String or Categorical. Raises ChurnkitError if an id is in the header of the FILE.
        """
        distinct = texts.unique().drop_nulls().cast(pl.String)
        if distinct.is_in(self.header).any():
            pair = f"{quote(self.header[0])} and {quote(self.header[1])}"
            raise ChurnkitError(f"{self.name}: its header, {pair}, holds ids; add a first line: old_id,id")
        old = distinct.filter(distinct.is_in(pl.Series([*self.ids], dtype=pl.String).implode()))
        if not len(old):
            return texts, {}
        plain = texts.cast(pl.String)
        counts = plain.filter(plain.is_in(old.implode())).value_counts(name="rows")
        return plain.replace({id_: self.ids[id_] for id_ in old}), dict(counts.iter_rows())

    def write_note(self, rows: Mapping[str, int], table: str) -> None:
        """Writes how many rows of a table have an old id. rows: old id → its number of rows."""
        number = sum(rows.values())
        text = f"{table}: no row has an old id of {self.name} ({messages.count(len(self.ids), 'id')})"
        if number:
            ids = messages.count(len(rows), "id")
            text = f"{table}: old ids replaced in {messages.count(number, 'row')} ({ids} of {self.name})"
        messages.note("same-as", text, count=number)


def resolve(pairs: Mapping[str, str]) -> dict[str, str]:
    """Old id → the id at the end of its chain: of a → b and b → c, a → c and b → c.

    A pair of equal ids says nothing. Raises ValueError, with the ids, for a cycle.
    """
    last: dict[str, str] = {}
    for id_ in pairs:
        chain: dict[str, None] = {}
        while id_ in pairs and id_ not in last and id_ not in chain and pairs[id_] != id_:
            chain[id_] = None
            id_ = pairs[id_]
        if id_ in chain:
            cycle = [*chain][[*chain].index(id_) :]
            more = f", {len(cycle) - SHOWN_IDS} more" if len(cycle) > SHOWN_IDS else ""
            shown = ARROW.join(map(quote, [*cycle[:SHOWN_IDS], id_]))
            raise ValueError(f"the ids are a cycle: {shown}{more}")
        last.update(dict.fromkeys(chain, last.get(id_, id_)))
    return last
