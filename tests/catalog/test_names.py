"""Names: their words, and whether one refers to another."""

from __future__ import annotations

import pytest

from churnkit.catalog import names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customer_id", ("customer", "id")),
        ("customerID", ("customer", "id")),
        ("HTTPStatus", ("http", "status")),
        ("order items 2", ("order", "item")),
        ("Categories", ("category",)),
        ("address", ("address",)),
        ("sales", ("sales",)),
        ("", ()),
    ],
)
def test_the_words_of_a_name_are_lower_case_and_singular(name: str, words: tuple[str, ...]) -> None:
    assert names.words(name) == words


@pytest.mark.parametrize(
    ("column", "key", "table", "how"),
    [
        ("customer_id", "id", "customers", names.SAME),
        ("shop_order_id", "id", "shop_orders", 2 * names.SAME),
        ("shop_order_id", "id", "shop_items", names.SAME),
        ("shipVia", "shipperID", "shippers", names.BEGINS),
        ("user_id", "id", "raw_customers", names.SYNONYM),
        ("quantity", "product_id", "products", 0),
        ("product_count", "product_id", "products", 0),
        ("id", "id", "orders", 0),
        ("reportsTo", "employeeID", "employees", 0),
    ],
)
def test_a_name_refers_to_a_key_or_its_table(column: str, key: str, table: str, how: int) -> None:
    assert names.refers(column, key, table) == how


def test_a_table_is_named_as_its_file_without_folder_and_endings() -> None:
    assert names.stem("a/b.c/orders.csv.gz") == "orders"
