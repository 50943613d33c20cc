"""Records of an old catalog that are kept."""

from __future__ import annotations

from typing import Any

from churnkit.catalog.kept import kept_record, may_join
from tests.catalog.tables import numbers, table


def _record(path: str, key: str) -> dict[str, Any]:
    column = {"name": key, "type": "integer", "key": True, "distinct": 50}
    return {"path": path, "columns": [column], "joins": [], "possible": [], "sha256": "a", "models": []}


def test_a_changed_table_is_compared_with_keys_that_its_names_speak_of() -> None:
    changed = table("orders.csv", {"customer_id": numbers(20) * 2})
    assert may_join(_record("customers.csv", "id"), changed, {})
    assert not may_join(_record("products.csv", "id"), changed, {})


def test_a_join_to_a_table_that_is_gone_is_dropped() -> None:
    record = {**_record("a.csv", "id"), "joins": [{"to": "gone.csv:id"}, {"to": "b.csv:id"}]}
    assert kept_record(record, {"a.csv", "b.csv"}, [], "now")["joins"] == [{"to": "b.csv:id"}]
