"""A log that `events` wrote gives the tables of the same log as CSV, and its rows are not held."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from churnkit import cli
from churnkit.eventlog import by_customer, customer_runs
from churnkit.eventlog.conversion import schema_of
from churnkit.eventlog.typed_log import TypedLog, find_typed_log
from churnkit.tables import parquet

AS_OF = ["featurize", "--as-of", "2024-03-01..2024-05-01/1mo", "--horizon", "20d"]
ASKED = {
    "the default features": AS_OF,
    "the end of the log": ["featurize", "--as-of", "latest", "--prove"],
    "some features": [*AS_OF, "--features", "event_count_30d,amount_sum_30d,a_recency_days,plan_last"],
    "recurring amounts as texts": [*AS_OF, "--features", "recurring_last,amount_last"],
    "another zone": [*AS_OF, "--tz", "America/New_York", "--windows", "28d"],
    "churn by an event": [*AS_OF, "--churn-event", "b", "--windows", "28d"],
    "periods": ["measure", "--inactive", "20d", "--by", "plan"],
    "an event as group": ["measure", "--churn-event", "b", "--by", "event", "--every", "1w"],
    "cohorts": ["measure", "--inactive", "20d", "--cohorts"],
}
HELD = {
    "no event twice": [*AS_OF, "--dedupe", "--windows", "28d"],
    "a date of the log": ["featurize", "--as-of", "since-10d", "--features", "event_count_30d,plan_last"],
    "a text that counts as empty": [*AS_OF, "--null", "x"],
    "bad rows skipped": [*AS_OF, "--on-error", "skip"],
}


def _log(rows: int = 300, seed: int = 1) -> pl.DataFrame:
    """Some events of thirty customers, sorted, as `events` writes them."""
    rng = random.Random(seed)
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    events = [
        (
            f"c{rng.randint(1, 30):02d}",
            start + timedelta(minutes=rng.randint(0, 220_000)),
            rng.choice(["a", "b", "A", None]),
            rng.choice([None, 1.5, -0.25]),
            rng.choice([None, 9.0, 20.0]),
            rng.choice([None, "x", "y"]),
            rng.choice(["2024-03-01", "2024-07-31"]),
        )
        for _ in range(rows)
    ]
    return pl.DataFrame(
        sorted(events, key=lambda e: e[:2]), schema=schema_of(["plan", "since"]), orient="row"
    )


def _write(folder: Path, log: pl.DataFrame) -> tuple[Path, Path]:
    """The log as Parquet that says it is sorted, and as CSV."""
    stored, text = folder / "log.parquet", folder / "log.csv"
    log.write_parquet(stored, metadata={parquet.SORTED_BY: "customer_id"}, row_group_size=32)
    log.write_csv(text, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
    return stored, text


def _table(arguments: list[str], path: Path) -> pl.DataFrame:
    out = path.with_name("out.csv")
    assert cli.run([*arguments, "-o", str(out), str(path)]) == 0
    return pl.read_csv(out, infer_schema=False)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[TypedLog | None]:
    """The typed logs that are found, or None; they are read in small parts."""
    logs: list[TypedLog | None] = []

    def find(*arguments: Any) -> TypedLog | None:
        logs.append(find_typed_log(*arguments))
        return logs[-1]

    monkeypatch.setattr(by_customer, "find_typed_log", find)
    monkeypatch.setattr(customer_runs, "PART_ROWS", 20)
    monkeypatch.setattr(parquet, "PART_ROWS", 16)
    return logs


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_tables_and_notes_are_those_of_the_csv(
    asked: list[str], found: list[TypedLog | None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stored, text = _write(tmp_path, _log())
    ours = _table(asked, stored)
    noted = sorted(capfd.readouterr().err.splitlines())
    assert (found[0] is not None) == ("recurring_last" not in asked[-1])
    assert ours.equals(_table([*asked, "--sorted"], text))
    assert noted == sorted(capfd.readouterr().err.splitlines())


@pytest.mark.parametrize("asked", HELD.values(), ids=HELD)
def test_a_log_that_is_not_read_as_it_stands_is_held(
    asked: list[str], found: list[TypedLog | None], tmp_path: Path
) -> None:
    stored, text = _write(tmp_path, _log())
    assert _table(asked, stored).equals(_table([*asked, "--sorted"], text))
    assert not any(found)


@pytest.mark.parametrize(
    "column",
    [
        pl.col("timestamp").dt.replace_time_zone(None),
        pl.col("timestamp").cast(pl.Datetime("ms", "UTC")),
        pl.col("timestamp").dt.to_string("iso"),
        pl.col("amount").cast(pl.String),
        pl.col("amount").cast(pl.Float32),
        pl.col("event").cast(pl.Categorical),
    ],
    ids=["no zone", "milliseconds", "texts", "amounts as texts", "small numbers", "categories"],
)
def test_a_log_with_other_types_is_held(
    column: pl.Expr, found: list[TypedLog | None], tmp_path: Path
) -> None:
    log = _log().with_columns(pl.col("timestamp").dt.truncate("1s"))
    stored, text = _write(tmp_path, log)
    of_text = _table([*AS_OF, "--sorted"], text)
    log.with_columns(column).write_parquet(stored, metadata={parquet.SORTED_BY: "customer_id"})
    assert _table(AS_OF, stored).equals(of_text)
    assert not any(found)


def test_a_file_without_statistics_of_its_times_has_the_same_end(
    found: list[TypedLog | None], tmp_path: Path
) -> None:
    log = _log()
    stored, text = _write(tmp_path, log)
    log.write_parquet(stored, metadata={parquet.SORTED_BY: "customer_id"}, statistics=False)
    assert _table(["featurize", "--as-of", "latest"], stored).equals(
        _table(["featurize", "--as-of", "latest", "--sorted"], text)
    )
    assert found[0] is not None
    assert [found[0].earliest, found[0].latest] == [
        int(end.timestamp()) * 1_000_000
        for end in (log["timestamp"].min(), log["timestamp"].max())  # type: ignore[union-attr]
    ]


def test_what_is_odd_is_noted_once(
    found: list[TypedLog | None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = _log().with_columns(
        pl.when(pl.col("customer_id") == "c07").then(pl.lit("1.5E+10")).otherwise("customer_id").alias("customer_id"),
        pl.when(pl.int_range(pl.len()) == 9).then(pl.lit(0).cast(pl.Datetime("us", "UTC"))).otherwise("timestamp").alias("timestamp"),
    )  # fmt: skip
    stored, text = _write(tmp_path, log)
    asked = ["measure", "--return-rate"]
    notes = []
    for arguments, path in ((asked, stored), ([*asked, "--sorted"], text)):
        _table(arguments, path)
        notes.append(sorted(capfd.readouterr().err.replace(path.name, "log").splitlines()))
    assert found[0] is not None
    assert notes[0] == notes[1]
    rows = log["customer_id"].eq("1.5E+10").sum()
    assert [note for note in notes[0] if f"{rows} of 300 ids, such as '1.5E+10', lost digits" in note]
    assert [note for note in notes[0] if "times before 1990: 1 of 300, the first on 1970-01-01" in note]


@pytest.mark.parametrize(
    ("row", "values", "said"),
    [
        (
            40,
            {"customer_id": "c01"},
            "log.parquet:41: the customer 'c01' comes again after another one, so the log is not sorted by customer; write it again: churnkit events",
        ),
        (200, {"customer_id": None}, "log.parquet:201: column 'customer_id': is empty"),
        (200, {"timestamp": None}, "log.parquet:201: column 'timestamp': is empty"),
        (200, {"amount": float("nan")}, "log.parquet:201: column 'amount': 'NaN' is not a number"),
        (200, {"amount": float("-inf")}, "log.parquet:201: column 'amount': '-inf' is not a number"),
        (200, {"recurring": float("inf")}, "log.parquet:201: column 'recurring': 'inf' is not a number"),
        (200, {"event": "event"}, "log.parquet:201: the event 'event' is not allowed"),
    ],
)
def test_a_file_that_was_changed_is_refused_with_the_row(
    row: int,
    values: dict[str, str | float | None],
    said: str,
    found: list[TypedLog | None],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    rows = _log().to_dicts()
    rows[row].update(values)
    stored, _ = _write(tmp_path, pl.DataFrame(rows, schema=schema_of(["plan", "since"])))
    out = tmp_path / "out.csv"
    assert cli.run([*AS_OF, "-o", str(out), str(stored)]) == 2
    assert said in capfd.readouterr().err
    assert not out.exists()
    assert found[:1] != [None]


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_footer_that_contradicts_the_rows_is_an_error(
    shift: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ends = parquet.ParquetTable.ends

    def shifted(file: parquet.ParquetTable, column: str) -> tuple[int, int]:
        first, last = ends(file, column) or (0, 0)
        return first, last + shift

    monkeypatch.setattr(parquet.ParquetTable, "ends", shifted)
    stored, _ = _write(tmp_path, _log())
    assert cli.run(["featurize", "--as-of", "latest", "-o", str(tmp_path / "out.csv"), str(stored)]) == 2
    assert "log.parquet: its footer says something else about its times" in capfd.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("asked", [AS_OF, ["measure", "--inactive", "20d"]], ids=["features", "periods"])
def test_a_log_without_any_time_is_refused(
    asked: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stored, _ = _write(tmp_path, _log().with_columns(timestamp=pl.lit(None, pl.Datetime("us", "UTC"))))
    assert cli.run([*asked, str(stored)]) == 2
    assert "log.parquet:1: column 'timestamp': is empty" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["len", "row", "rows"])
def test_the_column_of_the_events_may_have_any_name(
    name: str, found: list[TypedLog | None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = _log().with_columns(pl.col("event").alias(name))
    stored, text = _write(tmp_path, log)
    asked = [*AS_OF, "--event", name]
    assert _table(asked, stored).equals(_table([*asked, "--sorted"], text))
    assert found[0] is not None
    clash = log.with_columns(
        pl.when(pl.col("plan") == "x").then(pl.lit("a+b")).otherwise(pl.lit("a/b")).alias(name)
    )
    stored, _ = _write(tmp_path, clash)
    capfd.readouterr()
    assert cli.run([*asked, str(stored)]) == 2
    row = int(clash[name].eq("a/b").arg_max() or 0)
    assert "both become 'a_b'" in (said := capfd.readouterr().err)
    assert f"log.parquet:{row + 1}: " in said


def test_an_empty_log_has_a_header(found: list[TypedLog | None], tmp_path: Path) -> None:
    stored, text = _write(tmp_path, _log().clear())
    asked = ["featurize", "--as-of", "2024-02-01"]
    assert _table(asked, stored).equals(_table([*asked, "--sorted"], text))
    assert found[0] is not None
