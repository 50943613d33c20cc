"""A catalog as text."""

from __future__ import annotations

from pathlib import Path

from churnkit.catalog.reading import read_catalog
from churnkit.pictures import catalog_text
from churnkit.tables.table import Reading
from tests.catalog.schemas import write


def test_the_text_names_grain_joins_and_contradictions(tmp_path: Path) -> None:
    folder = write(tmp_path, "software")
    records = read_catalog([str(folder)], Reading(), "2024-01-01T00:00:00Z").records
    text = catalog_text.draw(records).replace(f"{folder}/", "")
    assert text.startswith("5 tables, 5 files, 770 rows")
    assert "subscriptions.csv: 100 rows, 5 columns: one row per subscription" in text
    assert "account_id → accounts.csv:account_id (100.0% of its values" in text
    assert (
        "  ! 8 of 10 customers who churned by churn_flag have a running subscription in subscriptions.csv"
        in text
    )
    assert all(len(line) <= 60 for line in catalog_text.draw(records, 60).split("\n"))


def test_the_text_names_special_categories(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("customer_id,blood_type\nc1,A\nc2,B\n")
    text = catalog_text.draw(read_catalog([str(tmp_path)], Reading(), "2024-01-01T00:00:00Z").records)
    assert "  special categories: blood_type (health)\n" in f"{text}\n"


def test_a_name_with_a_newline_stays_on_its_line() -> None:
    found = {"path": "a\nb.csv", "column": "id", "customers": 1, "rows": 2, "alike": 1, "is_id": False}
    assert catalog_text.draw_found([found]).split("\n")[1].startswith("a\\nb.csv")
