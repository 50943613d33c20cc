"""Records of an old catalog that are kept, and which of them a changed table may join."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from churnkit.catalog import names, origins
from churnkit.catalog.contents import CatalogTable
from churnkit.catalog.joins import CONTAINED, MIN_VALUES
from churnkit.catalog.origins import ModelNote

Record = dict[str, Any]


def may_join(kept: Record, changed: CatalogTable, before: Mapping[str, Record]) -> bool:
    """Whether a kept table may join a changed one: it did before, a name says so, or a new column might.

    before: path → old record.
    """
    old = before.get(changed.path)
    known = {column["name"] for column in old["columns"]} if old else set()
    ways = [(changed.path, kept), *([(kept["path"], old)] if old else [])]
    for path, record in ways:
        if any(join["to"].startswith(f"{path}:") for name in ("joins", "possible") for join in record[name]):
            return True

    def may(name: str, distinct: int, key: str, path: str, size: int, is_text: bool, is_new: bool) -> bool:
        is_named = names.refers(name, key, names.stem(path)) > 0
        return distinct <= size / CONTAINED and (is_named or (is_new and is_text and distinct >= MIN_VALUES))

    for column in kept["columns"]:
        is_text = column["type"] == "text"
        for other in changed.columns:
            is_new = other.name not in known
            if column["key"] and other.may_be_id:
                key = column["name"], kept["path"], column["distinct"]
                if may(other.name, other.distinct, *key, is_text, is_new):
                    return True
            if other.is_key and (is_text or column["type"] == "integer"):
                key = other.name, changed.path, other.distinct
                if may(column["name"], column["distinct"], *key, other.type == "text", is_new):
                    return True
    return False


def kept_record(record: Record, paths: Container[str], models: Sequence[ModelNote], seen_at: str) -> Record:
    """An old record, without what refers to a table that is gone."""
    joins = {
        name: [join for join in record[name] if join["to"].rsplit(":", 1)[0] in paths]
        for name in ("joins", "possible")
    }
    known = {model.path: model for model in models}
    scored = [m for m in record["models"] if m["how"] == origins.SCORED_BY and m["path"] in known]
    trained = [
        origins.plain(model, origins.TRAINED_ON) for model in models if model.trained_on == record["sha256"]
    ]
    return {**record, **joins, "models": [*trained, *scored], "seen_at": seen_at}


def merged(known: Record, new: Record, read: set[str]) -> Record:
    """The record of an unchanged table that was read beside others. known: its old one. read: their paths."""

    def is_of_others(to: str | None) -> bool:
        return to is not None and not any(to == path or to.startswith(f"{path}:") for path in read)

    lists = {
        name: ordered([*new[name], *(each for each in known[name] if is_of_others(each["to"]))], new)
        for name in ("joins", "possible", "contradictions")
    }
    return {**new, **lists}


def ordered(found: Sequence[Record], record: Record) -> list[Record]:
    """Joins by column, then both joins and contradictions by the table that they are about."""
    places = {column["name"]: place for place, column in enumerate(record["columns"])}
    return sorted(
        found,
        key=lambda each: (places.get(each.get("column", ""), 0), each["to"] or "", each.get("code", "")),
    )
