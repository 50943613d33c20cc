"""What a plan measures in the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnkit import cli
from churnkit.catalog.reading import read_catalog
from churnkit.errors import ChurnkitError
from churnkit.plan.reading import _leaving_event, write_plan
from churnkit.tables.table import Reading
from tests.catalog.schemas import write
from tests.one_log import log_of

NOW = "2024-01-01T00:00:00Z"


def test_an_event_of_leaving_is_churn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["simulate", "--customers", "200", "-o", "events.csv"]) == 0
    text, _ = write_plan(["events.csv"], Reading(), NOW)
    assert "CHURN='cancel' " in text
    assert '--churn-event "$CHURN"' in text


def test_an_event_that_every_customer_has_is_not_leaving() -> None:
    def leaving(rows: list[tuple[str, str]]) -> tuple[str | None, int]:
        who, names = zip(*rows, strict=True)
        return _leaving_event(log_of(who, [(float(day), name, None) for day, name in enumerate(names)]))

    some = [("a", "cancel"), ("b", "login"), ("c", "cancel"), ("c", "cancel"), ("d", "churned")]
    assert leaving(some) == ("cancel", 2)
    assert leaving([*some, ("b", "cancel"), ("d", "cancel")]) == ("churned", 1)
    assert leaving([("a", "login"), ("b", "not churned")]) == (None, 0)


def test_subscriptions_are_customers_where_few_customers_have_none_left(tmp_path: Path) -> None:
    text, _ = write_plan([str(write(tmp_path, "software"))], Reading(), NOW)
    assert "ID='subscription_id' " in text
    assert "# churn by contract: 10 customers have no subscription any more" in text
    assert "feature_usage.csv' >>" in text


def test_a_catalog_gives_the_same_plan_as_its_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "software")
    assert cli.run(["catalog", "-q", "-o", "catalog.jsonl", "software"]) == 0
    assert write_plan(["catalog.jsonl"], Reading(), NOW) == write_plan(["software"], Reading(), NOW)


def test_a_catalog_of_files_that_are_gone_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for day in (1, 2):
        Path(f"{day}.csv").write_text(
            "customer_id,date\n" + "".join(f"c{i % 9},2024-01-0{day}\n" for i in range(30))
        )
    assert len(read_catalog(["."], Reading(), NOW).records) == 1
    assert cli.run(["catalog", "-q", "-o", "catalog.jsonl"]) == 0
    Path("2.csv").unlink()
    with pytest.raises(ChurnkitError, match="1 files are there, 2 are in the catalog"):
        write_plan(["catalog.jsonl"], Reading(), NOW)
