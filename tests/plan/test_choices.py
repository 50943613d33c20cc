"""Which tables a plan uses."""

from __future__ import annotations

from typing import Any

from churnkit.plan.choices import choose_tables, kept_columns, personal_columns


def _record(path: str, kind: str, id_: str | None, *names: str, key: str | None = None) -> dict[str, Any]:
    columns = [{"name": name, "type": "text", "distinct": 5, "pii": None} for name in names]
    return {"path": path, "roles": {"kind": kind, "id": id_}, "columns": columns, "key": key, "joins": []}


def test_tables_with_the_id_that_most_have_are_used_and_others_told() -> None:
    records = [
        _record("accounts.csv", "snapshot", "account_id", "account_id", "plan", key="account_id"),
        _record("usage.csv", "log", "subscription_id", "subscription_id", "at"),
        _record("subscriptions.csv", "subscriptions", "account_id", "subscription_id", "account_id"),
        _record("tickets.csv", "log", "account_id", "account_id", "at", "subject"),
        _record("old/tickets.csv", "log", "account_id", "account_id", "at", "subject"),
        _record("cities.csv", "attributes", "city", "city", key="city"),
    ]
    story = choose_tables(records)
    assert story.id == "account_id"
    assert [r["path"] for r in (*story.subscriptions, *story.logs, *story.attributes)] == [
        "subscriptions.csv",
        "tickets.csv",
        "accounts.csv",
    ]
    assert sorted(story.left_out) == ["cities.csv", "old/tickets.csv", "usage.csv"]
    assert [r["path"] for r in choose_tables(records, "subscription_id").logs] == ["usage.csv"]


def test_without_times_a_table_with_a_target_is_the_plan() -> None:
    story = choose_tables([_record("a.csv", "snapshot", "id", "id"), _record("b.csv", "other", None, "x")])
    assert [r["path"] for r in story.snapshots] == ["a.csv"]
    assert [*story.left_out] == ["b.csv"]


def test_personal_columns_are_not_kept() -> None:
    record = _record("a.csv", "log", "id", "id", "plan", "mail", "a,b", "c,d")
    record["columns"][2]["pii"] = record["columns"][3]["pii"] = {
        "kind": "email"
    }  # an option cannot name `a,b`
    assert kept_columns(record) == ["plan"]
    assert personal_columns(record) == ["mail"]
