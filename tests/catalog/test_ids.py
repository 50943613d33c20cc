"""Where the ids of some customers are."""

from __future__ import annotations

from pathlib import Path

from churnkit.catalog.ids import find_ids
from churnkit.tables.table import Reading


def test_files_with_the_ids_are_counted_in_every_column_without_values(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("customer_id,note\n007,x\n007,y\n8,007\n")
    (tmp_path / "old.csv").write_text("user,n\n7.0,1\n9,1\n")
    (tmp_path / "none.csv").write_text("user\nz\n")
    (tmp_path / "torn.csv").write_text("a,b\n1,2,3\n")
    ids = tmp_path / "ids.txt"
    ids.write_text("007\r\n9\n\nnowhere")
    found = find_ids(str(ids), [str(tmp_path)], Reading())
    plain = [{**record, "path": Path(record["path"]).name} for record in found.records]
    assert plain == [
        {"path": "log.csv", "column": "customer_id", "customers": 1, "rows": 2, "alike": 0, "is_id": True},
        {"path": "old.csv", "column": "user", "customers": 1, "rows": 2, "alike": 1, "is_id": True},
        {"path": "log.csv", "column": "note", "customers": 1, "rows": 1, "alike": 0, "is_id": False},
    ]
    assert (found.asked, found.nowhere, found.files) == (3, 1, 3)
    assert [Path(path).name for path in found.unread] == ["torn.csv"]


def test_an_id_that_is_there_as_it_is_and_without_its_zeros_is_one_customer(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("customer_id\n007\n7\n8.0\n7.0\n")
    (tmp_path / "ids.txt").write_text("007\n8\n")
    (record,) = find_ids(str(tmp_path / "ids.txt"), [str(tmp_path / "log.csv")], Reading()).records
    assert (record["customers"], record["alike"], record["rows"]) == (1, 1, 4)
