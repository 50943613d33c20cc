"""What has changed between two catalogs: tables, columns, rows, and tables that have gone stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from churnkit.catalog.roles import LOG
from churnkit.columns import list_names
from churnkit.errors import visible
from churnkit.formatting import count


def find_changes(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence per change. old, new: records of catalogs, of the same paths."""
    before = {record["path"]: record for record in old}
    after = {record["path"]: record for record in new}
    found = [
        f"{visible(path)}: new table, {count(after[path]['rows'], 'row')}"
        for path in after
        if path not in before
    ]
    found += [f"{visible(path)}: table gone" for path in before if path not in after]
    for path, record in after.items():
        if path in before:
            found += [f"{visible(path)}: {change}" for change in _of_table(before[path], record)]
    return found


def _of_table(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    types, now = ({c["name"]: c["type"] for c in record["columns"]} for record in (old, new))
    gone, added = [n for n in types if n not in now], [n for n in now if n not in types]
    found = [f"{_columns(gone)} gone"] if gone else []
    found += [f"new {_columns(added)}"] if added else []
    found += [
        f"column {visible(name)} was {types[name]}, is {now[name]}"
        for name in now
        if name in types and types[name] != now[name]
    ]
    if old["rows"] != new["rows"]:
        found.append(f"{old['rows']:,} rows became {new['rows']:,}")
    elif old["sha256"] != new["sha256"]:
        found.append("other values in as many rows")
    if old["key"] != new["key"]:
        found.append(f"the key was {_named(old['key'])}, is {_named(new['key'])}")
    days = stale_days(old, new)
    return [*found, f"stale for {count(days, 'day')}"] if days else found


def _columns(names: Sequence[str]) -> str:
    return f"column{'s' * (len(names) > 1)} {list_names(names)}"


def _named(key: str | None) -> str:
    return "none" if key is None else visible(key)


def stale_days(old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    """The whole days since the latest time of a log that has not moved since the old catalog, else 0."""
    if new["roles"]["kind"] != LOG or not new["latest"] or new["latest"] != old["latest"]:
        return 0
    seen, before = (datetime.fromisoformat(r["seen_at"].replace("Z", "+00:00")) for r in (new, old))
    if (seen - before).days < 1:
        return 0
    latest = datetime.fromisoformat(new["latest"].replace("Z", "+00:00"))
    return max((seen - latest).days, 0)


def is_unchanged(old: Mapping[str, Any], files: int, disk_bytes: int, changed_at: str) -> bool:
    """Whether the files of a table are as they were: as many, with the same size and time of change."""
    return bool((old["files"], old["disk_bytes"], old["changed_at"]) == (files, disk_bytes, changed_at))
