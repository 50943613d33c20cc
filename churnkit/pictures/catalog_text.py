"""A catalog as text: a paragraph per table, with its grain, keys, joins and contradictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.errors import visible
from churnkit.formatting import count, format_size
from churnkit.pictures.text_table import align_rows, cut

SHOWN_COLUMNS = 12
ROLES = ("id", "time", "event", "value", "start", "end", "target")


def draw(records: Sequence[dict[str, Any]], width: int | None = None) -> str:
    """records: of `catalog`. width: in characters, None for any."""
    lines = [
        f"{count(len(records), 'table')}, {count(sum(r['files'] for r in records), 'file')}, "
        f"{count(sum(r['rows'] for r in records), 'row')}, {format_size(sum(r['bytes'] for r in records))}"
    ]
    for record in records:
        lines += ["", *_paragraph(record)]
    return "\n".join(line if width is None else cut(line, width) for line in lines)


def _paragraph(record: dict[str, Any]) -> list[str]:
    files = f" ({count(record['files'], 'file')})" if record["files"] > 1 else ""
    size = f"{count(record['rows'], 'row')}, {count(len(record['columns']), 'column')}"
    lines = [f"{visible(record['path'])}{files}: {size}: {visible(record['grain'])}"]
    roles = record["roles"]
    named = [f"{role} {visible(roles[role])}" for role in ROLES if roles.get(role)]
    lines.append(f"  {roles['kind']}" + (f": {', '.join(named)}" if named else ""))
    lines.append(f"  columns: {_columns(record['columns'])}")
    personal = [f"{visible(c['name'])} ({c['pii']['kind']})" for c in record["columns"] if c["pii"]]
    if personal:
        lines.append(f"  personal data: {', '.join(personal)}")
    special = [
        f"{visible(c['name'])} ({c['special_category']})"
        for c in record["columns"]
        if c.get("special_category")
    ]
    if special:
        lines.append(f"  special categories: {', '.join(special)}")
    if record["latest"]:
        lines.append(f"  latest {visible(record['time'])}: {record['latest']}")
    lines += [_join(join, "→") for join in record["joins"]]
    lines += [_join(join, "→ possibly") for join in record["possible"]]
    lines += [f"  ! {visible(each['text'])}" for each in record["contradictions"]]
    lines += [
        f"  {visible(m['path'])} {'was ' if m['how'][0] == 't' else ''}{m['how']}" for m in record["models"]
    ]
    return lines


def _columns(columns: Sequence[dict[str, Any]]) -> str:
    shown = [f"{visible(c['name'])}{'*' if c['key'] else ''}" for c in columns[:SHOWN_COLUMNS]]
    more = f", and {len(columns) - SHOWN_COLUMNS} more" if len(columns) > SHOWN_COLUMNS else ""
    return ", ".join(shown) + more + (" (*: a key)" if any(c["key"] for c in columns) else "")


def _join(join: dict[str, Any], arrow: str) -> str:
    shares = f"{join['contained']:.1%} of its values, {join['covered']:.1%} of the key's"
    return f"  {visible(join['column'])} {arrow} {visible(join['to'])} ({shares}; by {join['evidence']})"


def draw_found(records: Sequence[dict[str, Any]]) -> str:
    """Where ids were found. records: of `find_ids`."""
    rows = [["file", "column", "customers", "rows", ""]]
    for record in records:
        alike = f"{record['alike']:,} more without leading zeros or .0" if record["alike"] else ""
        other = "" if record["is_id"] else "not named like an id"
        words = "; ".join(filter(None, [alike, other]))
        numbers = [f"{record['customers']:,}", f"{record['rows']:,}"]
        rows.append([visible(record["path"]), visible(record["column"]), *numbers, words])
    return "\n".join(align_rows(rows, "<  <  >  >  <"))
