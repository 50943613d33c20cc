"""Thirty-three features of a log as one DuckDB query: what featurize is timed beside.

python -m tests.bench.features_in_sql log.csv out.csv    # runs it
python -m tests.bench.features_in_sql                    # prints the names
"""

from __future__ import annotations

import sys
from datetime import date

from churnkit import windows
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.log_sql import Dates, LogTable
from churnkit.export.table_sql import TableQuestion, feature_table
from churnkit.features import parse_all

EVENTS = ("login", "purchase", "support_call", "plan_change")
AS_OF = date(2024, 10, 1)
FIGURES = ("sum", "mean", "min", "max", "std")


def features() -> list[str]:
    """The names of the features."""
    names = []
    for days in (30, 90):
        names += [f"event_count_{days}d", f"active_days_{days}d"]
        names += [f"{event}_count_{days}d" for event in EVENTS]
        names += [f"amount_{figure}_{days}d" for figure in FIGURES]
    names += ["recency_days", "tenure_days", *(f"{event}_recency_days" for event in EVENTS)]
    return [*names, "plan_last", "amount_last", "support_call_share_90d"]


def query(log: str, out: str) -> str:
    """What `export --features` writes for them, from a file to a file."""
    question = TableQuestion(parse_all(features()), [], Dates([windows.as_of(AS_OF)]), None)
    table = LogTable(syntax.table("events"), "customer_id", "timestamp", "event", "amount")
    duckdb = DIALECTS["duckdb"]
    select = syntax.render(feature_table(question, table, duckdb).query, duckdb)
    return f"CREATE VIEW events AS FROM read_csv('{log}'); COPY ({select}) TO '{out}' (HEADER)"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import duckdb

        duckdb.execute(query(*sys.argv[1:]))
    else:
        print(",".join(features()))
