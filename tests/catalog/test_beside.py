"""Which contradictions are looked for: those of a schema whose tables are known to disagree."""

from __future__ import annotations

from pathlib import Path

import duckdb

from churnkit.catalog.reading import read_catalog
from churnkit.tables.table import Reading
from tests.catalog.schemas import write


def test_contradictions_between_tables_are_those_of_queries(tmp_path: Path) -> None:
    folder = write(tmp_path, "software")
    records = read_catalog([str(folder)], Reading(), "2024-01-01T00:00:00Z").records
    found = {(Path(r["path"]).stem, c["code"]): c["count"] for r in records for c in r["contradictions"]}
    sql = duckdb.connect()
    for name in ("accounts", "subscriptions", "feature_usage", "churn_events"):
        sql.execute(f"create table {name} as select * from read_csv('{folder}/{name}.csv')")

    def number(query: str) -> int:
        row = sql.execute(query).fetchone()
        assert row
        return int(row[0])

    assert found == {
        ("feature_usage", "before-start"): number(
            "select count(*) from feature_usage u join subscriptions s using (subscription_id) where usage_date < start_date"
        ),
        ("feature_usage", "after-end"): number(
            "select count(*) from feature_usage u join subscriptions s using (subscription_id) where usage_date >= end_date + interval 1 day"
        ),
        ("accounts", "churned-but-running"): number(
            "select count(distinct account_id) from accounts join subscriptions using (account_id) where churn_flag and end_date is null"
        ),
        ("accounts", "stayed-but-ended"): number(
            "select count(*) from accounts where not churn_flag and account_id in"
            " (select account_id from subscriptions group by 1 having count(*) = count(end_date))"
        ),
        ("accounts", "stayed-but-churn-event"): number(
            "select count(distinct account_id) from accounts join churn_events using (account_id) where not churn_flag"
        ),
    }
