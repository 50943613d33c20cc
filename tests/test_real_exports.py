"""Values as real exports hold them, through the commands; it has no module of its own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from churnkit import cli

FEATURIZE = ["featurize", "--as-of", "latest", "--features", "recency_days"]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(text: str, *line: str, name: str = "t.csv") -> tuple[int, str, str]:
        path = tmp_path / name
        path.write_text(text)
        status = cli.run([*line, str(path)])
        said = capfd.readouterr()
        return status, said.out, said.err

    return run


def _recency(out: str) -> list[float]:
    return [float(row["recency_days"]) for row in csv.DictReader(io.StringIO(out))]


def test_the_times_of_postgres_and_duckdb_are_read(run) -> None:  # type: ignore[no-untyped-def]
    log = "customer_id,timestamp\na,2024-05-01 10:00:00+00\nb,2024-05-03 11:30:00.5+00\n"
    _, out, _ = run(log, *FEATURIZE)
    assert _recency(out) == [2 + 14 / 24, (12.5 * 3600 - 0.5) / 86_400]
    lines = '{"customer_id":"a","timestamp":"2024-05-01 10:00:00+05:30"}\n{"customer_id":"b","timestamp":"2024-05-01 05:00:00-07"}\n'
    _, out, _ = run(lines, *FEATURIZE, name="t.jsonl")
    assert _recency(out) == [0.8125, 0.5]


def test_the_times_of_bigquery_are_read_and_profiled(run) -> None:  # type: ignore[no-untyped-def]
    log = "customer_id,timestamp\na,2024-05-01 10:00:00 UTC\nb,2024-05-01 12:00:00.25 UTC\n"
    _, out, _ = run(log, *FEATURIZE)
    assert _recency(out) == [14 / 24, (12 * 3600 - 0.25) / 86_400]
    _, out, _ = run(log, "events")
    assert [row["timestamp"] for row in csv.DictReader(io.StringIO(out))] == [
        "2024-05-01T10:00:00",
        "2024-05-01T12:00:00.250000",
    ]
    _, out, _ = run(log, "profile")
    assert [json.loads(line)["type"] for line in out.splitlines()[1:2]] == ["timestamp"]


def test_the_days_of_a_spreadsheet_are_refused_and_read_as_the_error_says(run) -> None:  # type: ignore[no-untyped-def]
    log = "customer_id,timestamp\na,45383\na,45413.4375\nb,45414\n"
    status, out, err = run(log, *FEATURIZE)
    assert (status, out) == (2, "")
    assert "t.csv:2: column 'timestamp': '45383' is not a time" in err
    _, out, _ = run(log, *FEATURIZE, *err.split(": ")[-1].split())
    assert _recency(out) == [1 + 13.5 / 24, 1]
    status, _, err = run("customer_id,timestamp\na,202403\nb,202405\n", "measure", "--inactive", "30d")
    assert status == 2
    assert "--time-format %Y%m" in err


def test_an_evening_in_shanghai_stays_in_its_day_with_local_times(run) -> None:  # type: ignore[no-untyped-def]
    log = "customer_id,timestamp\na,2024-05-01T20:00:00\n"
    zone = ["--tz", "Asia/Shanghai"]
    _, out, err = run(log, *FEATURIZE, *zone)
    assert "2024-05-03" in out
    assert "--local-times" in err
    _, out, err = run(log, *FEATURIZE, *zone, "--local-times")
    assert "2024-05-02" in out
    assert _recency(out) == [4 / 24]
    assert "UTC" not in err
    status, _, err = run(log, *FEATURIZE, "--local-times")
    assert status == 2
    assert "--local-times needs --tz" in err


def test_prices_with_a_decimal_comma_are_named_and_read(run) -> None:  # type: ignore[no-untyped-def]
    log = 'customer_id,timestamp,amount,fee\na,2024-05-01,"39,27","1.570,69"\na,2024-05-01,"1.000,73","2,5"\n'
    line = ["featurize", "--as-of", "latest", "--features", "amount_sum_30d,fee_last"]
    status, _, err = run(log, *line)
    assert status == 2
    assert "'39,27' is not a number; --decimal , reads it" in err
    _, out, _ = run(log, *line, "--decimal", ",")
    assert out.splitlines()[1] == 'a,2024-05-02,1040.0,"2,5"'
    _, _, err = run(log, "featurize", "--as-of", "latest", "--features", "fee_last")
    assert "2 values of fee look like numbers in another notation ('1.570,69'): --decimal , reads them" in err
    _, out, _ = run(log, "events", "--decimal", ",")
    assert [row["amount"] for row in csv.DictReader(io.StringIO(out))] == ["39.27", "1000.73"]
    _, out, _ = run(log, "profile")
    record = json.loads(out.splitlines()[3])
    assert record["flags"][-1] == "number notation"
    assert record["number_notation"]["rows"] == 2
    _, out, _ = run(log, "profile", "--decimal", ",")
    assert [json.loads(line)["max"] for line in out.splitlines()[2:4]] == [1000.73, 1570.69]


def test_altered_ids_are_warned_of_where_they_are_ids(run) -> None:  # type: ignore[no-untyped-def]
    log = "customer_id,timestamp\n1.23457E+12,2024-05-01\n17850.0,2024-05-02\n17850,2024-05-02\n"
    for line in (FEATURIZE, ["events"], ["measure", "--inactive", "30d"]):
        _, _, err = run(log, *line)
        assert "1 of 3 ids, such as '1.23457E+12', lost digits" in err
        assert "'17850.0' and '17850' are two customers" in err
    _, out, _ = run(log, "profile")
    assert "scientific notation" in json.loads(out.splitlines()[0])["flags"]
    _, out, _ = run("customer_id\n1.0\n2.0\n", "profile")
    assert "ends in .0" in json.loads(out.splitlines()[0])["flags"]


def test_unix_times_are_profiled_as_times_where_the_name_says_so(run) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = run("created_at,amount\n1717200000,1717200000\n1717286400,1717286400\n", "profile")
    time, amount = (json.loads(line) for line in out.splitlines()[:2])
    assert (time["type"], time["min"], time["span_days"]) == ("timestamp", "2024-06-01T00:00:00Z", 1.0)
    assert amount["type"] == "integer"


def test_a_target_in_words_is_listed_with_all_its_counts(run) -> None:  # type: ignore[no-untyped-def]
    table = "customer_id,flag\n" + "a,Existing Customer\n" * 5 + "b,Attrited Customer\n" * 2
    for line in (["profile", "--target", "flag"], ["fit", "--target", "flag"]):
        status, _, err = run(table, *line)
        assert status == 2
        assert "t.csv:2: column 'flag': 'Existing Customer' is neither yes" in err
        assert "--positive 'Attrited Customer' (2 of 7)" in err
    _, _, err = run(table + "c,Unknown\n", "profile", "--target", "flag", "--positive", "Attrited Customer")
    assert "mean stayed: 'Existing Customer' 5, 'Unknown' 1" in err


def test_times_with_a_zone_in_parquet_are_instants_also_beside_local_times(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.parquet"
    at = pl.Series([1_714_593_600_000_000]).cast(pl.Datetime("us", "UTC"))  # 2024-05-01T20:00Z
    pl.DataFrame({"customer_id": ["a"], "timestamp": at}).write_parquet(path)
    assert cli.run([*FEATURIZE, "--tz", "Asia/Shanghai", "--local-times", str(path)]) == 0
    assert _recency(capfd.readouterr().out) == [20 / 24]
