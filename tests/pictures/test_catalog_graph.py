"""The joins of a catalog as a diagram."""

from __future__ import annotations

from churnkit.pictures import catalog_graph


def test_tables_with_keys_and_a_line_per_join() -> None:
    column = {"name": "customer id", "type": "integer", "key": True}
    records = [
        {"path": 'a".csv', "columns": [column], "joins": []},
        {
            "path": "b.csv",
            "columns": [{**column, "key": False}],
            "joins": [{"column": "customer id", "to": 'a".csv:customer id'}],
        },
    ]
    assert catalog_graph.mermaid(records).split("\n") == [
        "erDiagram",
        '  t0["a#34;.csv"] {',
        "    integer customer_id PK",
        "  }",
        '  t1["b.csv"] {',
        "    integer customer_id FK",
        "  }",
        '  t0 ||--o{ t1 : "customer id"',
    ]
