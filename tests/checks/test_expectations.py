"""What is expected of new rows, from a profile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli, windows
from churnkit.checks.expectations import Expectations, of_model, of_profile, without
from churnkit.models import Fitted
from churnkit.models.calibration import Calibration
from churnkit.models.columns import NUMBER, Column
from churnkit.models.model_file import Model
from tests import checked, deliveries

NOW = windows.midnight(windows.parse_date(deliveries.NOW))


def expected_of(folder: Path, text: str | bytes, time: str = "timestamp", now: int = NOW) -> Expectations:
    """The expectations of a table."""
    path = folder / "base.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert cli.run(["profile", "-q", "--show-pii", "-o", str(folder / "base.jsonl"), str(path)]) == 0
    records = [json.loads(line) for line in (folder / "base.jsonl").read_text().splitlines()]
    return of_profile(records, "customer_id", time, now)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expectations:
    rows = deliveries.delivery(np.random.default_rng(0), 1_200, deliveries.MONTHS[0])
    return expected_of(tmp_path_factory.mktemp("base"), deliveries.table(deliveries.lines(rows)))


def test_the_facts_of_a_profile_become_expectations(expected: Expectations) -> None:
    columns = expected.columns
    assert expected.keys == [("customer_id",)]
    assert (expected.time, expected.rows) == ("timestamp", 1_200)
    assert columns["plan"].words == {"basic", "plus", "premium"}
    assert columns["plan"].is_closed
    assert columns["country"].words is None
    assert columns["age"].is_never_empty
    assert not columns["discount"].is_never_empty
    assert columns["amount"].is_never_negative
    assert not columns["balance"].is_never_negative
    assert columns["timestamp"].last is not None
    assert (
        datetime(2024, 5, 29)
        < datetime.utcfromtimestamp(columns["timestamp"].last / 1e6)
        < datetime(2024, 5, 31)
    )


def test_few_rows_expect_less(tmp_path: Path) -> None:
    rows = deliveries.delivery(np.random.default_rng(0), 290, deliveries.MONTHS[0])
    columns = expected_of(tmp_path, deliveries.table(deliveries.lines(rows))).columns
    assert not any(c.is_never_empty or c.is_closed or c.is_never_negative for c in columns.values())
    assert columns["plan"].words == {"basic", "plus", "premium"}


@pytest.mark.parametrize(("rows", "is_closed"), [(999, False), (1_000, True)])
def test_a_thousand_rows_close_the_words_of_a_column(rows: int, is_closed: bool) -> None:
    assert checked.expectations(checked.base(rows)).columns["plan"].is_closed == is_closed


@pytest.mark.parametrize(
    ("trained_on", "keys"),
    [
        ({"rows": 400, "customers": 400, "dates": ["2024-05-01"]}, [("customer_id",)]),
        ({"rows": 400, "customers": 150, "dates": ["2024-05-01", "2024-06-01"]}, [("customer_id", "as_of")]),
        ({"rows": 400, "customers": 150}, []),
    ],
    ids=["a row per customer", "a row per customer and date", "neither"],
)
def test_a_model_expects_each_customer_once_at_a_date(
    trained_on: dict[str, object], keys: list[tuple[str, ...]]
) -> None:
    facts = {"trained_on": trained_on, "settings": {}}
    fitted = Fitted("tree", None, Calibration(1, 0))
    model = Model(fitted, [Column("x", NUMBER)], "churned", "customer_id", ("n/a",), facts)
    assert of_model(model).keys == keys
    assert of_model(replace(model, id=None)).keys == []
    assert of_model(model).null == ("n/a",)


def test_numbers_that_differ_by_chance_are_no_key_and_a_dense_run_is_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    salaries = rng.choice(10**7, 300, replace=False)
    text = "salary,row_number,orderID\n" + "".join(f"{s},{k},{s}\n" for k, s in enumerate(salaries))
    assert expected_of(tmp_path, text).keys == [("row_number",), ("orderID",)]


def test_a_time_may_lie_ahead_if_it_is_named_so_or_did_in_the_base(tmp_path: Path) -> None:
    text = "created,renewal_date,delivery\n" + "".join(
        f"2024-05-{1 + k % 28:02d},2024-06-01,2024-09-01\n" for k in range(40)
    )
    columns = expected_of(tmp_path, text).columns
    assert [columns[name].is_past for name in ("created", "renewal_date", "delivery")] == [True, False, False]


def test_the_age_of_a_log_is_told_by_its_only_time_and_of_customers_by_none(tmp_path: Path) -> None:
    dates = [f"2024-05-{1 + k % 28:02d}" for k in range(40)]
    log = "customer_id,seen\n" + "".join(f"c{k % 9},{day}\n" for k, day in enumerate(dates))
    customers = "customer_id,signup\n" + "".join(f"c{k},{day}\n" for k, day in enumerate(dates))
    assert expected_of(tmp_path, log).time == "seen"
    assert expected_of(tmp_path, customers).time is None
    assert expected_of(tmp_path, customers, time="signup").time == "signup"


def test_dropped_columns_are_not_expected(expected: Expectations) -> None:
    left = without(expected, ["customer_id", "age"])
    assert not {"customer_id", "age"} & {*left.columns}
    assert left.keys == []
    assert "age" not in [column.name for column in left.drift.columns]
