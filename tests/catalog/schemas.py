"""Three public schemas of related tables, rebuilt small with invented values, and their true references."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Sequence[Any]]
_R = random.Random(1)
_CUSTOMERS = [f"{a}{b}CK" for a in "ABCDEFG" for b in "XYZ"]
_TERRITORIES = [f"{1581 + i * 7:05d}" for i in range(40)]
_ORDERS = [
    (10248 + i, _CUSTOMERS[i % 21], i % 9 + 1, f"1996-0{i % 9 + 1}-0{i % 8 + 1}", i % 3 + 1, _R.random())
    for i in range(120)
]

TRADE: dict[str, tuple[str, Rows]] = {
    "categories": ("categoryID,categoryName", [(i, f"Food {i}") for i in range(1, 9)]),
    "customers": ("customerID,companyName,city", [(c, f"Firm {c}", "Berlin") for c in _CUSTOMERS]),
    "employees": (
        "employeeID,lastName,hireDate,reportsTo",
        [(i, f"N{i}", f"1993-0{i}-01", ["", 2, "", 2, 2, 5, 5, 2, 5][i - 1]) for i in range(1, 10)],
    ),
    "regions": ("regionID,regionDescription", [(i, f"R{i}") for i in range(1, 5)]),
    "territories": (
        "territoryID,territoryDescription,regionID",
        [(t, f"T{i}", i % 4 + 1) for i, t in enumerate(_TERRITORIES)],
    ),
    "employee-territories": (
        "employeeID,territoryID",
        [(i % 9 + 1, t) for i, t in enumerate(_TERRITORIES[:37])],
    ),
    "shippers": ("shipperID,companyName", [(i, f"Ship {i}") for i in range(1, 4)]),
    "suppliers": ("supplierID,companyName", [(i, f"Sup {i}") for i in range(1, 30)]),
    "products": (
        "productID,productName,supplierID,categoryID,unitPrice,unitsInStock,reorderLevel",
        [(i, f"P{i}", i % 29 + 1, i % 8 + 1, i * 1.7, i % 50, i % 3 * 5) for i in range(1, 78)],
    ),
    "orders": ("orderID,customerID,employeeID,orderDate,shipVia,freight", _ORDERS),
    "order-details": (
        "orderID,productID,unitPrice,quantity",
        [(o[0], (i * 2 + k) % 77 + 1, 9.5, i % 50 + 1) for i, o in enumerate(_ORDERS) for k in range(2)],
    ),
}
SHOP: dict[str, tuple[str, Rows]] = {
    "raw_customers": ("id,first_name,last_name", [(i, f"F{i % 50}", f"L{i % 20}.") for i in range(1, 101)]),
    "raw_orders": (
        "id,user_id,order_date,status",
        [
            (i, i * 7 % 100 + 1, f"2018-0{i % 4 + 1}-{i % 28 + 1:02d}", ["placed", "shipped"][i % 2])
            for i in range(1, 100)
        ],
    ),
    "raw_payments": (
        "id,order_id,payment_method,amount",
        [(i, i * 5 % 99 + 1, ["card", "coupon"][i % 2], i % 30 * 100) for i in range(1, 114)],
    ),
}
_ACCOUNTS = [f"A-{i * 7919:06x}" for i in range(1, 41)]
_SUBSCRIPTIONS = [
    (
        f"S-{i * 104729:06x}",
        _ACCOUNTS[i % 40],
        f"2024-0{i % 6 + 1}-01",
        "2024-08-01" if i % 10 == 0 else "",
        i % 9 + 20,
    )
    for i in range(1, 101)
]
SOFTWARE: dict[str, tuple[str, Rows]] = {
    "accounts": (
        "account_id,account_name,signup_date,seats,churn_flag",
        [
            (a, f"Company_{i}", "2024-01-01", i % 7, ["False", "True"][i % 4 == 0])
            for i, a in enumerate(_ACCOUNTS)
        ],
    ),
    "subscriptions": ("subscription_id,account_id,start_date,end_date,mrr_amount", _SUBSCRIPTIONS),
    "feature_usage": (
        "usage_id,subscription_id,usage_date,feature_name,usage_count",
        [
            (f"U-{i}", _SUBSCRIPTIONS[i % 100][0], f"2024-{i % 12 + 1:02d}-15", f"feature_{i % 5}", i % 9)
            for i in range(500)
        ],
    ),
    "support_tickets": (
        "ticket_id,account_id,submitted_at,priority",
        [(f"T-{i}", _ACCOUNTS[i * 3 % 40], f"2024-{i % 12 + 1:02d}-03T10:00:00", "low") for i in range(80)],
    ),
    "churn_events": (
        "churn_event_id,account_id,churn_date,reason_code",
        [(f"C-{i}", _ACCOUNTS[i % 30], "2024-09-09", "price") for i in range(50)],
    ),
}
SCHEMAS = {"trade": TRADE, "shop": SHOP, "software": SOFTWARE}
TRUE_JOINS = {
    "trade": {
        "employees.reportsTo employees.employeeID",
        "territories.regionID regions.regionID",
        "employee-territories.employeeID employees.employeeID",
        "employee-territories.territoryID territories.territoryID",
        "products.supplierID suppliers.supplierID",
        "products.categoryID categories.categoryID",
        "orders.customerID customers.customerID",
        "orders.employeeID employees.employeeID",
        "orders.shipVia shippers.shipperID",
        "order-details.orderID orders.orderID",
        "order-details.productID products.productID",
    },
    "shop": {"raw_orders.user_id raw_customers.id", "raw_payments.order_id raw_orders.id"},
    "software": {
        "subscriptions.account_id accounts.account_id",
        "feature_usage.subscription_id subscriptions.subscription_id",
        "support_tickets.account_id accounts.account_id",
        "churn_events.account_id accounts.account_id",
    },
}


def write(folder: Path, schema: str) -> Path:
    """Writes the tables of a schema as CSV into a folder of this name."""
    folder = folder / schema
    folder.mkdir()
    for name, (header, rows) in SCHEMAS[schema].items():
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder
