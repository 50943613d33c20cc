"""events on the command line."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from pathlib import Path

import polars as pl
import pytest

from churnkit import cli

SUBSCRIPTIONS = """account_id,start_date,end_date,mrr,tier
a,2024-01-01,2024-03-01,20,basic
a,2024-03-02,,30.10,pro
a,2024-03-05,2024-04-01,0.20,extra
b,2024-01-01,2024-02-01,10,basic
c,2024-05-01,,1,basic
"""
LINE = ["events", "--id", "account_id", "--start", "start_date", "--end", "end_date", "--value", "mrr"]


def _run(
    words: list[str], text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> tuple[int, list[str], str]:
    path = tmp_path / "t.csv"
    path.write_text(text)
    status = cli.run([*words, str(path)])
    written = capfd.readouterr()
    return status, written.out.splitlines(), written.err


def test_subscriptions_become_events(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status, lines, _ = _run([*LINE, "--keep", "tier"], SUBSCRIPTIONS, tmp_path, capfd)
    assert status == 0
    assert lines == [
        "customer_id,timestamp,event,amount,recurring,tier",
        "a,2024-01-01T00:00:00,started,,20,basic",
        "a,2024-03-02T00:00:00,changed,,30.1,pro",
        "a,2024-03-05T00:00:00,changed,,30.3,extra",
        "a,2024-04-01T00:00:00,changed,,30.1,extra",
        "b,2024-01-01T00:00:00,started,,10,basic",
        "b,2024-02-02T00:00:00,ended,,0,basic",
        "c,2024-05-01T00:00:00,started,,1,basic",
    ]


def test_a_gap_of_zero_days_ends_at_once_and_until_leaves_out_later_ends(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, lines, err = _run([*LINE, "--gap", "0d", "--until", "2024-03-02"], SUBSCRIPTIONS, tmp_path, capfd)
    assert status == 0
    assert [line for line in lines if line.startswith("a")] == [
        "a,2024-01-01T00:00:00,started,,20",
        "a,2024-03-01T00:00:00,ended,,0",
    ]
    assert "3 starts and 0 ends left out" in err


def test_rows_that_are_events_get_a_name_and_utc_times(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table = "id,opened,cost\na,2024-01-01, 5\n00123,2024-01-01T10:00:00.5+02:00,\n"
    words = ["events", "--id", "id", "--time", "opened", "--value", "cost", "--name", "ticket"]
    status, lines, _ = _run(words, table, tmp_path, capfd)
    assert status == 0
    assert lines[1:] == ["a,2024-01-01T00:00:00,ticket,5,", "00123,2024-01-01T08:00:00.500000,ticket,,"]


def test_a_table_without_rows_gives_only_a_header(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for words, table in (
        (LINE, "account_id,start_date,end_date,mrr\n"),
        (["events"], "customer_id,timestamp\n"),
    ):
        assert _run(words, table, tmp_path, capfd)[1] == ["customer_id,timestamp,event,amount,recurring"]


@pytest.mark.parametrize(
    ("words", "table", "message"),
    [
        (LINE, "account_id,start_date,end_date,mrr\na,2024-01-02,2024-01-01,5\n", [":2:", "'end_date'", "before it starts"]),
        (LINE, "account_id,start_date,end_date,mrr\na,,2024-01-01,5\n", [":2:", "'start_date'", "empty"]),
        (LINE, "account_id,start_date,end_date,mrr\na,2024-01-01,,x\n", [":2:", "'mrr'", "'x'"]),
        (LINE, "account_id,start_dat,end_date,mrr\na,2024-01-01,,5\n", ["did you mean 'start_dat'"]),
        ([*LINE, "--name", "x"], SUBSCRIPTIONS, ["--name", "--start"]),
        (["events", "--end", "e"], "customer_id,timestamp\n", ["--end needs --start"]),
        ([*LINE, "--keep", "event"], SUBSCRIPTIONS, ["--keep 'event'"]),
        ([*LINE, "--gap", "1h"], SUBSCRIPTIONS, ["'1h'"]),
    ],
)  # fmt: skip
def test_bad_rows_and_options_are_refused(
    words: list[str], table: str, message: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, lines, written = _run(words, table, tmp_path, capfd)
    assert (status, lines) == (2, [])
    assert [word for word in message if word not in written] == []


def test_three_tables_become_one_log_of_features_with_a_contractual_label(
    tmp_path: Path, warm_env: dict[str, str]
) -> None:
    (tmp_path / "subscriptions.csv").write_text(SUBSCRIPTIONS)
    (tmp_path / "tickets.csv").write_text("account_id,opened_at\nb,2024-01-20\nb,2024-01-25\n")
    (tmp_path / "payments.csv").write_text("who,paid,sum\na,2024-01-05,20\na,2024-02-05,20\n")
    script = """set -eo pipefail
      { churnkit events --id account_id --start start_date --end end_date --value mrr subscriptions.csv
        churnkit events --id account_id --time opened_at --name ticket tickets.csv
        churnkit events --id who --time paid --value sum --name payment payments.csv; } |
      churnkit featurize -q --start-event started --churn-event ended --as-of 2024-02-01 --horizon 30d \
        --features ticket_count_30d,amount_sum_90d,recurring_last"""
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=warm_env, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "customer_id,as_of,ticket_count_30d,amount_sum_90d,recurring_last,churned_ended_30d_from_started",
        "a,2024-02-01,0,20.0,20,0",
        "b,2024-02-01,2,0.0,10,1",
    ]


ORDERS = (
    'who,at,items\na,2024-05-01,"[{""sku"":""x"",""price"":5},{""sku"":""y"",""price"":7.50}]"\n'
    "b,2024-05-02,[]\nb,2024-05-03,\n"
)
EXPLODE = ["events", "--explode", "items", "--id", "who", "--time", "at"]


def test_each_element_of_an_array_is_an_event(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [*EXPLODE, "--event", "items.sku", "--value", "items.price", "--keep", "at"]
    status, lines, err = _run(words, ORDERS, tmp_path, capfd)
    assert status == 0
    assert lines[1:] == ["a,2024-05-01T00:00:00,x,5,,2024-05-01", "a,2024-05-01T00:00:00,y,7.50,,2024-05-01"]
    assert "2 rows without an element to --explode" in err


def test_each_element_of_an_array_is_a_subscription(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table = '{"id":"a","plans":[{"from":"2024-01-01","fee":2},{"from":"2024-02-01","fee":3}]}\n'
    words = ["events", "--explode", "plans", "--id", "id", "--start", "plans.from", "--value", "plans.fee"]
    status, lines, _ = _run(words, table, tmp_path, capfd)
    assert status == 0
    assert lines[1:] == ["a,2024-01-01T00:00:00,started,,2", "a,2024-02-01T00:00:00,changed,,5"]


@pytest.mark.parametrize(
    ("words", "table", "status", "message"),
    [
        ([*EXPLODE, "--event", "sku"], ORDERS, 2, "no column 'sku'; the columns are: who, at, items (a key of"),
        ([*EXPLODE, "--event", "items.skk"], ORDERS, 0, "no column 'items.skk'; did you mean 'items.sku'?"),
        (["events", "--event", "name"], '{"customer_id":"a","timestamp":"2024-05-01"}\n', 0, "no column 'name'"),
    ],
    ids=["of the table", "of no element", "of no line"],
)  # fmt: skip
def test_a_name_that_no_row_has_is_told(
    words: list[str], table: str, status: int, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found, _, err = _run(words, table, tmp_path, capfd)
    assert (found, message in err) == (status, True)


def test_an_event_log_stays_as_it_is_and_its_totals_are_numbers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, log, _ = _run(LINE, SUBSCRIPTIONS, tmp_path, capfd)
    text = "".join(f"{line}\n" for line in log)
    assert _run(["events"], text, tmp_path, capfd) == (0, log, "")
    stored = tmp_path / "log.parquet"
    assert _run(["events", "-o", str(stored)], text, tmp_path, capfd)[0] == 0
    totals = [float(line.split(",")[4]) for line in log[1:]]
    assert pl.read_parquet(stored)["recurring"].to_list() == totals
    status, _, error = _run(["events"], text.replace(",20\n", ",much\n"), tmp_path, capfd)
    assert (status, "t.csv:2: column 'recurring': 'much' is not a number" in error) == (2, True)
    other = "customer_id,timestamp,event,recurring\na,2024-01-01,x,yes\n"  # no log: it has no amount
    assert _run(["events"], other, tmp_path, capfd)[1][1] == "a,2024-01-01T00:00:00,x,,"


def test_a_parquet_log_is_typed_sorted_and_gives_the_same_features(tmp_path: Path) -> None:
    lines = [
        "u2,2024-03-01T00:00:00Z,b,1.50",
        "u1,2024-01-02,a,",
        "u2,2024-01-01,a,0.1",
        "u10,2024-02-01,a,2",
        "u1,2024-01-02,b,3",
    ]
    (tmp_path / "t.csv").write_text(
        "customer_id,timestamp,event,amount\n" + "".join(f"{line}\n" for line in lines)
    )
    parquet = tmp_path / "log.parquet"
    assert cli.run(["events", "-o", str(parquet), str(tmp_path / "t.csv")]) == 0
    log = pl.read_parquet(parquet)
    assert log.drop("recurring").rows() == [
        (who, datetime.fromisoformat(at).replace(tzinfo=timezone.utc), event, amount)
        for who, at, event, amount in [
            ("u1", "2024-01-02", "a", None), ("u1", "2024-01-02", "b", 3.0), ("u10", "2024-02-01", "a", 2.0),
            ("u2", "2024-01-01", "a", 0.1), ("u2", "2024-03-01", "b", 1.5),
        ]
    ]  # fmt: skip
    assert log.schema["timestamp"] == pl.Datetime("us", "UTC")
    assert pl.read_parquet_metadata(parquet)["churnkit.sorted_by"] == "customer_id"
    wanted = [
        "featurize",
        "--as-of",
        "2024-04-01",
        "--features",
        "event_count_90d,amount_sum_90d,a_recency_days",
    ]
    for name in ("t.csv", "log.parquet"):
        assert cli.run([*wanted, "-o", str(tmp_path / f"{name}.out"), str(tmp_path / name)]) == 0
    assert (tmp_path / "t.csv.out").read_bytes() == (tmp_path / "log.parquet.out").read_bytes()


def test_a_parquet_log_on_a_full_disk_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("customer_id,timestamp\na,2024-01-01\n")
    assert cli.run(["events", "--to", "parquet", "-o", "/dev/full", str(tmp_path / "t.csv")]) == 2
    assert capfd.readouterr().err == "churnkit events: /dev/full: No space left on device\n"
