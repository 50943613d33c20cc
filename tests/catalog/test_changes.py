"""What has changed between two catalogs."""

from __future__ import annotations

from typing import Any

from churnkit.catalog.changes import find_changes, is_unchanged, stale_days


def _record(path: str, **fields: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "path": path,
        "rows": 3,
        "sha256": "a",
        "key": "id",
        "latest": "2024-01-01T00:00:00Z",
    }
    known |= {
        "columns": [{"name": "id", "type": "integer"}],
        "roles": {"kind": "log"},
        "seen_at": "2024-01-02T00:00:00Z",
    }
    return {**known, **fields}


def test_each_change_is_a_sentence() -> None:
    old = [_record("a.csv"), _record("gone.csv"), _record("same.csv")]
    new = [
        _record(
            "a.csv", rows=1_234, sha256="b", columns=[{"name": "x", "type": "text"}], key=None, latest=None
        ),
        _record("same.csv", roles={"kind": "attributes"}),
        _record("new.csv"),
    ]
    assert find_changes(old, new) == [
        "new.csv: new table, 3 rows",
        "gone.csv: table gone",
        "a.csv: column id gone",
        "a.csv: new column x",
        "a.csv: 3 rows became 1,234",
        "a.csv: the key was id, is none",
    ]


def test_a_log_is_stale_for_the_days_since_its_latest_time() -> None:
    old, later = _record("a.csv"), _record("a.csv", seen_at="2024-01-10T12:00:00Z")
    assert stale_days(old, later) == 9
    assert find_changes([old], [later]) == ["a.csv: stale for 9 days"]
    assert stale_days(old, {**later, "latest": "2024-01-09T00:00:00Z"}) == 0
    assert stale_days(old, {**later, "seen_at": "2024-01-02T10:00:00Z"}) == 0


def test_files_are_unchanged_if_number_size_and_time_are() -> None:
    old = {"files": 1, "disk_bytes": 5, "changed_at": "t"}
    assert is_unchanged(old, 1, 5, "t")
    assert not is_unchanged(old, 1, 5, "u")
