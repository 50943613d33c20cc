"""A table of subscriptions is sorted by customer and start; rows of the future are left out."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from churnkit.eventlog.conversion import EventSource, TableRoles, open_source
from churnkit.retention.periods import FOREVER
from churnkit.retention.reading import read_subscriptions
from churnkit.tables.table import Reading
from churnkit.windows import DAY

ROLES = TableRoles("who", "at", "event", "fee", start="from", end="to")
ROWS = """who,from,to,fee,plan
b,2024-03-01,,5.50,x
a,2024-02-01,2024-03-01,,y
b,2024-01-01,2024-09-01,7,x
a,2024-06-01,,1,y
"""


def _source(folder: Path, text: str) -> EventSource:
    path = folder / "subscriptions.csv"
    path.write_text(text)
    return open_source([str(path)], Reading(), ROLES, set(), ("plan",))


def test_what_has_started_is_read_in_the_order_of_a_database(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = _source(tmp_path, ROWS)
    found = read_subscriptions(source, "2024-05-01", "UTC")
    assert found is not None
    table, end = found
    query = f"""
        SELECT dense_rank() OVER (ORDER BY who) - 1, epoch_us("from"::TIMESTAMP),
               CASE WHEN "to" < '2024-05-01' THEN epoch_us("to"::TIMESTAMP) ELSE {FOREVER} END,
               coalesce(fee, 0), plan
        FROM read_csv('{source.table.paths[0]}') WHERE "from" < '2024-05-01' ORDER BY who, "from"
    """
    expected = [list(column) for column in zip(*duckdb.sql(query).fetchall(), strict=True)]
    assert table.value is not None
    arrays = (table.customer, table.start, table.end, table.value)
    assert [*(array.tolist() for array in arrays), table.by[0].to_list()] == expected
    assert table.customers == 2
    assert end % DAY == 0
    assert "1 start and 1 end" in capfd.readouterr().err


def test_by_default_it_is_known_to_the_end_of_the_day_of_the_latest_start(tmp_path: Path) -> None:
    found = read_subscriptions(_source(tmp_path, ROWS), None, "UTC")
    assert found is not None
    ((end,),) = duckdb.sql("SELECT epoch_us(TIMESTAMP '2024-06-02')").fetchall()
    assert found[1] == end


def test_a_table_without_rows_gives_none(tmp_path: Path) -> None:
    assert read_subscriptions(_source(tmp_path, "who,from,to,fee,plan\n"), None, "UTC") is None
