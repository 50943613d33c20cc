"""Folders as catalogs: parts, keys, changes, and files that cannot be read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from churnkit.catalog import reading
from churnkit.catalog.reading import Catalog, read_catalog
from churnkit.errors import ChurnkitError
from churnkit.profiling.reading import read_profile
from churnkit.tables.table import Reading
from tests.catalog.schemas import write

NOW = "2024-01-02T00:00:00Z"


def _catalog(folder: Path, old: list[dict[str, Any]] | None = None) -> Catalog:
    return read_catalog([str(folder)], Reading(), NOW, old)


def test_a_record_agrees_with_the_profile_of_the_table(tmp_path: Path) -> None:
    for day in ("01", "02"):
        rows = [f"{i % 7:03d},2024-01-{day}T00:00:{i:02d},{i / 4 or ''},u{i}@x.org" for i in range(40)]
        (tmp_path / f"{day}.csv").write_text("\n".join(["customer_id,at,amount,mail", *rows]) + "\n")
    (record,) = _catalog(tmp_path).records
    *columns, whole = read_profile(
        [str(tmp_path / "01.csv"), str(tmp_path / "02.csv")], Reading(), None, None, False
    )
    fields = ("type", "nulls", "distinct", "pii", "special_category")
    assert [{name: c[name] for name in fields} for c in record["columns"]] == [
        {name: c[name] for name in fields} for c in columns
    ]
    assert {name: record[name] for name in ("rows", "bytes", "sha256")} == {
        name: whole[name] for name in ("rows", "bytes", "sha256")
    }
    assert (record["files"], Path(record["path"]).name, record["latest"]) == (
        2,
        "*.csv",
        whole["latest_time"],
    )


def test_the_sha256_of_one_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    assert _catalog(tmp_path).records[0]["sha256"] == hashlib.sha256(b"id\n1\n2\n").hexdigest()


def test_two_columns_that_are_unique_together_are_a_key(tmp_path: Path) -> None:
    record = next(r for r in _catalog(write(tmp_path, "trade")).records if "details" in r["path"])
    assert (record["key"], record["grain"]) == ("orderID,productID", "one row per order and product")


def test_yearly_snapshots_are_one_table_and_no_log(tmp_path: Path) -> None:
    for year in (2004, 2005):
        rows = [f"N{i},{2003 - i % 3}-01-01,{'yes' if i % 5 == 0 else 'no'}" for i in range(30)]
        (tmp_path / f"{year}.csv").write_text("\n".join(["policy_id,issue_date,surrendered", *rows]) + "\n")
    (record,) = _catalog(tmp_path).records
    assert (record["roles"]["kind"], record["grain"]) == ("snapshot", "one row per policy and file")


def test_a_file_that_cannot_be_read_is_left_out_unless_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "b.csv").write_text("a,b\n1,2,3\n")
    catalog = _catalog(tmp_path)
    assert [Path(r["path"]).name for r in catalog.records] == ["a.csv"]
    assert catalog.unread == {str(tmp_path / "b.csv"): "2: 3 fields, but the table has 2 columns"}
    with pytest.raises(ChurnkitError, match="3 fields"):
        read_catalog([str(tmp_path / "b.csv")], Reading(), NOW)


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    with pytest.raises(ChurnkitError, match=r"no table in .*1 other"):
        _catalog(tmp_path)


def test_only_what_has_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path, "software")
    old = _catalog(folder).records
    opened: list[str] = []
    read = reading._read_group

    def watched(group: Any, how: Reading) -> Any:
        opened.append(Path(group.path).stem)
        return read(group, how)

    monkeypatch.setattr(reading, "_read_group", watched)
    assert _catalog(folder, old).records == old
    assert opened == []
    tickets = folder / "support_tickets.csv"
    tickets.write_text(tickets.read_text() + f"T-X,{old[0]['columns'][0]['name']},2024-12-30T00:00:00,low\n")
    os.utime(tickets, ns=(0, 0))
    again = _catalog(folder, old)
    assert opened[0] == "support_tickets"
    assert "feature_usage" not in opened  # it has no key that a ticket may refer to
    assert again.changes == [f"{tickets}: 80 rows became 81"]
    assert [r["joins"] for r in again.records if "usage" in r["path"]] == [
        r["joins"] for r in old if "usage" in r["path"]
    ]
    fresh = _catalog(folder).records
    assert again.records == fresh
