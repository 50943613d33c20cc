"""The grain of a table in words."""

from __future__ import annotations

from dataclasses import replace

from churnkit.catalog.grain import grain
from churnkit.catalog.roles import guess_roles
from tests.catalog.tables import numbers, table

DAYS = [f"2024-01-{day:02d}" for day in range(1, 21)]


def test_the_grain_is_what_a_key_stands_for() -> None:
    orders = table("orders.csv", {"id": numbers(20), "sum": ["1"] * 20})
    assert grain(orders, guess_roles(orders)) == "one row per order"
    log = table("t.csv", {"customer_id": numbers(5) * 4, "time": DAYS})
    assert grain(log, guess_roles(log)) == "one row per event, 4.0 per customer"
    details = replace(
        table("t.csv", {"order_id": ["1", "1"], "product_id": ["1", "1"]}), pair=("order_id", "product_id")
    )
    assert grain(details, guess_roles(details)) == "one row per order and product"
    none = table("t.csv", {"state": ["a", "a"]})
    assert grain(none, guess_roles(none)).startswith("no key")
