"""Thirty-three features of a log as one DuckDB query: what featurize is timed beside.

python -m tests.bench.features_in_sql log.csv out.csv    # runs it
python -m tests.bench.features_in_sql                    # prints the names
"""

from __future__ import annotations

import sys

EVENTS = ("login", "purchase", "support_call", "plan_change")
AS_OF = "TIMESTAMP '2024-10-01'"
FIGURES = {
    "sum": "coalesce(sum({0}), 0)",
    "mean": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
    "std": "stddev_samp({0})",
}


def features() -> dict[str, str]:
    """Name → SQL over a group of a customer's events before the date, their time as t."""
    made: dict[str, str] = {}
    for days in (30, 90):
        inside = f"t >= {AS_OF} - INTERVAL {days} DAY"
        made[f"event_count_{days}d"] = f"count(*) FILTER ({inside})"
        made[f"active_days_{days}d"] = f"count(DISTINCT t::DATE) FILTER ({inside})"
        for event in EVENTS:
            made[f"{event}_count_{days}d"] = f"count(*) FILTER ({inside} AND event = '{event}')"
        for name, figure in FIGURES.items():
            made[f"amount_{name}_{days}d"] = figure.format(f"CASE WHEN {inside} THEN amount END")
    made["recency_days"] = f"(epoch({AS_OF}) - epoch(max(t))) / 86400"
    made["tenure_days"] = f"(epoch({AS_OF}) - epoch(min(t))) / 86400"
    for event in EVENTS:
        made[f"{event}_recency_days"] = f"(epoch({AS_OF}) - epoch(max(t) FILTER (event = '{event}'))) / 86400"
    made["plan_last"] = "arg_max(plan, t)"
    made["amount_last"] = "arg_max(amount, t) FILTER (amount IS NOT NULL)"
    made["support_call_share_90d"] = "support_call_count_90d / nullif(event_count_90d, 0)"
    return made


def query(log: str, out: str) -> str:
    columns = ", ".join(f"{sql} AS {name}" for name, sql in features().items())
    source = f"SELECT *, timestamp AS t FROM read_csv('{log}')"
    select = (
        f"SELECT customer_id, {columns} FROM ({source}) WHERE t < {AS_OF} GROUP BY customer_id ORDER BY 1"
    )
    return f"COPY ({select}) TO '{out}' (HEADER)"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import duckdb

        duckdb.sql(query(*sys.argv[1:]))
    else:
        print(",".join(features()))
