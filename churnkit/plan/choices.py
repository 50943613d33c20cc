"""What the records of a catalog are good for: the tables of a plan, and where churn comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from churnkit.catalog import names
from churnkit.catalog.roles import LOG, SNAPSHOT, SUBSCRIPTIONS

Record = dict[str, Any]
MOST_KEPT = 4  # columns of a log that are kept as the latest value of a customer
MOST_VALUES = 50
NO_USE = "no customer with times, and no target"


@dataclass(frozen=True)
class Story:
    """subscriptions, logs, attributes: the tables of one customer id; snapshots: tables with a target.

    id: the name of the customer's column. left_out: path → why a table is not used. copies: their paths.
    """

    id: str | None = None
    subscriptions: list[Record] = field(default_factory=list)
    logs: list[Record] = field(default_factory=list)
    attributes: list[Record] = field(default_factory=list)
    snapshots: list[Record] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    copies: tuple[str, ...] = ()

    @property
    def sources(self) -> list[Record]:
        return [*self.subscriptions, *self.logs]


def choose_tables(records: Sequence[Record], id_: str | None = None) -> Story:
    """The tables of a plan. id_: the customer's column; None: the one that most tables with times have.

    A log or a table of subscriptions comes first; without them, tables with a target are what there is.
    """
    records, copies = _without_copies(records)
    timed = [r for r in records if r["roles"]["kind"] in (LOG, SUBSCRIPTIONS) and r["roles"]["id"]]
    snapshots = [r for r in records if r["roles"]["kind"] == SNAPSHOT]
    left_out = {
        **{path: f"it has the columns of {first!r}" for path, first in copies.items()},
        **{r["path"]: NO_USE for r in records if r not in [*timed, *snapshots]},
    }
    if not timed:
        return Story(
            snapshots[0]["roles"]["id"] if snapshots else None,
            snapshots=snapshots,
            left_out=left_out,
            copies=tuple(copies),
        )
    id_ = id_ or _common_id(timed)
    story = Story(id_, left_out=left_out, copies=tuple(copies))
    for record in records:
        kind, has_id = record["roles"]["kind"], any(c["name"] == id_ for c in record["columns"])
        if kind == SUBSCRIPTIONS and has_id:
            story.subscriptions.append(record)
        elif kind == LOG and has_id:
            story.logs.append(record)
        elif has_id and record["key"] == id_:
            story.attributes.append(record)
            left_out.pop(record["path"], None)
        elif kind in (LOG, SUBSCRIPTIONS, SNAPSHOT):
            left_out[record["path"]] = f"no column {id_!r}" + _way(record)
    return story


def _common_id(timed: Sequence[Record]) -> str:
    """The id that most of these tables have; of subscriptions where equally many have two."""
    ids = [record["roles"]["id"] for record in timed]
    first = next((r["roles"]["id"] for r in timed if r["roles"]["kind"] == SUBSCRIPTIONS), ids[0])
    return str(max(dict.fromkeys([first, *ids]), key=ids.count))


def _without_copies(records: Sequence[Record]) -> tuple[list[Record], dict[str, str]]:
    """The records without copies of a table, and path of a copy → path of the table in the highest folder.

    A copy has the same name and the same columns.
    """
    first: dict[tuple[str, ...], Record] = {}
    copies = {}
    for record in sorted(records, key=lambda r: (r["path"].count("/"), r["path"])):
        same = (names.stem(record["path"]), *sorted(column["name"] for column in record["columns"]))
        if same in first:
            copies[record["path"]] = str(first[same]["path"])
        first.setdefault(same, record)
    return [record for record in records if record["path"] not in copies], copies


def _way(record: Record) -> str:
    """Over which table a record could get the id."""
    joins = [join["to"].rpartition(":") for join in record["joins"]]
    return f"; its {joins[0][2]!r} is in {joins[0][0]!r}" if joins else ""


def column(record: Record, name: str) -> Record:
    """A column of a record."""
    found: Record = next(c for c in record["columns"] if c["name"] == name)
    return found


def kept_columns(record: Record) -> list[str]:
    """Columns of a log whose latest value may say something: words of few different values."""
    roles = {name for name in record["roles"].values() if isinstance(name, str)}
    found = [
        c["name"]
        for c in record["columns"]
        if c["type"] == "text"
        and 2 <= c["distinct"] <= MOST_VALUES
        and c["pii"] is None
        and c["name"] not in roles
        and "," not in c["name"]
        and c["name"] == c["name"].strip()
    ]
    return found[:MOST_KEPT]


def personal_columns(record: Record) -> list[str]:
    """Columns of personal data, which a model should not learn from."""
    id_ = record["roles"]["id"]
    return [c["name"] for c in record["columns"] if c["pii"] and c["name"] != id_ and "," not in c["name"]]
