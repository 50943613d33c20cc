"""The grain of a table in words: what one row is."""

from __future__ import annotations

from churnkit.catalog import names
from churnkit.catalog.contents import CatalogTable
from churnkit.catalog.roles import LOG, SNAPSHOT, RoleGuess


def grain(table: CatalogTable, roles: RoleGuess) -> str:
    """'one row per subscription', 'one row per order and product', 'one row per event, 2.9 per customer'."""
    if not table.rows:
        return "no rows"
    if roles.kind == LOG and roles.id:
        each = table.rows / max(table.column(roles.id).distinct, 1)
        event = _thing(table.keys[0].name, table) if table.keys else "event"
        return f"one row per {event}, {each:,.1f} per {_thing(roles.id, table)}"
    if table.keys:
        is_bare = not names.special(table.keys[0].name) and roles.kind == SNAPSHOT
        return f"one row per {'customer' if is_bare else _thing(table.keys[0].name, table)}"
    if table.pair:
        return "one row per " + " and ".join(_thing(name, table) for name in table.pair)
    if roles.id and roles.target and len(table.paths) > 1:
        return f"one row per {_thing(roles.id, table)} and file"
    return "no key: no column is different in every row"


def _thing(key: str, table: CatalogTable) -> str:
    """What a key stands for: 'subscription_id' → subscription; of a bare 'id', the table's name."""
    said = names.special(key) or names.special(names.stem(table.path)) or names.words(key)
    return " ".join(said) or key
