"""Joined columns are the columns of the customer, as they were before the date."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import cli, windows
from churnkit.errors import ChurnkitError
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import EventLog, build_log
from churnkit.features import parse_all
from churnkit.features.feature_table import build_table, find_contradiction
from churnkit.features.join import join_columns, read_join, split_key
from churnkit.features.population import select_all
from churnkit.labels import PopulationRule
from churnkit.tables.same_as import SameAs
from churnkit.tables.table import Reading

DATES = windows.observation_dates("2024-05-01,2024-06-01", None)
ASKED = [(date, None) for date in DATES]
LOG = "customer_id,timestamp,event,amount\n" + "".join(
    f"c{i % 7},2024-0{1 + i % 6}-{1 + i % 28:02d}T{i % 24:02d}:00:00,{'abc'[i % 3]},{i}.5\n"
    for i in range(200)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attributes")
    (folder / "log.csv").write_text(LOG)
    return folder


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.sampled_from(["x", "y", ""])), max_size=20
    )
)
def test_of_several_rows_the_latest_before_the_date_counts(
    folder: Path, changes: list[tuple[str, int, str]]
) -> None:
    days = [f"2024-{4 + day // 30:02d}-{1 + day % 30:02d}" for _, day, _ in changes]
    lines = [f"{who},{day},{plan}\n" for (who, _, plan), day in zip(changes, days, strict=True)]
    path = folder / "plans.csv"
    path.write_text("customer_id,timestamp,plan\n" + "".join(lines))
    panel = pl.DataFrame(
        {
            "customer_id": ["a", "a", "b", "d"],
            "as_of": ["2024-05-01", "2024-06-01", "2024-06-01", "2024-05-01"],
        }
    )
    found, _ = join_columns(
        panel, "customer_id", DATES, read_join(str(path), Reading(), "customer_id", "timestamp", "UTC", ())
    )
    log = pd.DataFrame(
        {
            "customer_id": [c[0] for c in changes],
            "at": pd.to_datetime(days),
            "plan": [c[2] for c in changes],
        }
    )
    for row in found.iter_rows(named=True):
        seen = log[(log.customer_id == row["customer_id"]) & (log["at"] < row["as_of"])].sort_values(
            "at", kind="stable"
        )
        assert row["plan"] == (None if seen.empty else seen.plan.iloc[-1] or None)


def test_a_customer_with_two_rows_and_no_time_is_an_error(folder: Path) -> None:
    path = folder / "twice.csv"
    path.write_text("customer_id,x\na,1\nb,2\na,3\n")
    with pytest.raises(ChurnkitError, match=r"twice\.csv:4: the customer 'a' appears twice"):
        read_join(str(path), Reading(), "customer_id", "timestamp", "UTC", ())


def test_joined_columns_come_before_the_label_and_missing_customers_are_counted(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "segments.csv").write_text("customer_id,segment\nc1,00123\nc2,b\n")
    line = [
        "featurize",
        "--as-of",
        "2024-06-01",
        "--horizon",
        "7d",
        "--active-within",
        "90d",
        "--features",
        "event_count_30d",
    ]
    assert cli.run([*line, "--join", str(folder / "segments.csv"), str(folder / "log.csv")]) == 0
    said = capfd.readouterr()
    assert said.out.splitlines()[0] == "customer_id,as_of,event_count_30d,segment,churned_7d_of_90d"
    assert ",00123," in said.out
    assert "5 customers without a row in" in said.err


def test_a_joined_column_with_an_existing_name_is_refused(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "clash.csv").write_text("customer_id,recency_days\nc1,1\n")
    line = ["featurize", "--as-of", "2024-06-01", "--features", "recency_days"]
    assert cli.run([*line, "--join", str(folder / "clash.csv"), str(folder / "log.csv")]) == 2
    assert "recency_days" in capfd.readouterr().err


def test_a_model_with_joined_columns_needs_them_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    events, train, model = (str(folder / name) for name in ("ev.csv", "train.csv", "m.json"))
    assert cli.run(["simulate", "--customers", "300", "-o", events]) == 0
    ids = sorted({line.split(",")[0] for line in Path(events).read_text().splitlines()[1:]})
    join = str(folder / "segment.csv")
    Path(join).write_text(
        "customer_id,segment\n" + "".join(f"{who},{'ab'[i % 2]}\n" for i, who in enumerate(ids))
    )
    base = ["featurize", "-q", "--as-of", "2024-06-01"]
    assert cli.run([*base, "--horizon", "30d", "--join", join, "-o", train, events]) == 0
    assert (
        cli.run(["fit", "-q", "--model", "tree", "--only", "segment,event_count_30d", "-o", model, train])
        == 0
    )
    capfd.readouterr()
    assert cli.run([*base, "--like", model, events]) == 2
    assert "segment; add them with --join" in capfd.readouterr().err
    assert cli.run([*base, "--like", model, "--join", join, events]) == 0
    assert "segment" in capfd.readouterr().out.splitlines()[0]


def _history() -> EventLog:
    rows = pl.read_csv(LOG.encode())
    times = rows["timestamp"].str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us").cast(pl.Int64)
    names = name_events(["a", "b", "c"])
    return build_log(rows["customer_id"], times, rows["event"], {"amount": rows["amount"]}, {}, names, "UTC")


def test_the_proof_finds_a_value_that_uses_the_future() -> None:
    log, wanted = _history(), parse_all(["amount_sum_90d", "a_count_30d", "recency_days"])
    made = build_table(
        log, ASKED, wanted, lambda past: select_all(past, PopulationRule()), "customer_id", None
    ).rows
    assert find_contradiction(log, made, ASKED, wanted, "customer_id") is None
    wrong = made.with_columns(
        pl.when(pl.int_range(pl.len()) == 9).then(0.0).otherwise("recency_days").alias("recency_days")
    )
    assert "recency_days of" in (find_contradiction(log, wrong, ASKED, wanted, "customer_id") or "")


@pytest.mark.parametrize(
    ("ids", "what"),
    [
        (["1", "2"], "leading zeros"),
        (["001.0", "002.0"], ".0 at the end"),
        (["1.0", "2.0"], "leading zeros and .0"),
    ],
)
def test_ids_that_would_match_if_written_alike_are_named(
    folder: Path, capfd: pytest.CaptureFixture[str], ids: list[str], what: str
) -> None:
    log, plans = folder / "zeros.csv", folder / "plans.csv"
    log.write_text("customer_id,timestamp\n001,2024-05-01\n002,2024-05-02\nx,2024-05-02\n")
    plans.write_text("customer_id,plan\n" + "".join(f"{name},pro\n" for name in ids))
    line = ["featurize", "--as-of", "latest", "--features", "recency_days", "--join", str(plans), str(log)]
    assert cli.run(line) == 0
    err = capfd.readouterr().err
    assert "3 customers without a row in" in err
    assert "only 0 of 3 match" in err
    assert "2 customers would have a row" in err
    assert f"without {what}" in err


def test_a_join_that_matches_most_customers_is_no_warning(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log, plans = folder / "zeros.csv", folder / "plans.csv"
    log.write_text("customer_id,timestamp\n001,2024-05-01\n002,2024-05-02\nx,2024-05-02\n")
    plans.write_text("customer_id,plan\n001,pro\n002,pro\n")
    line = ["featurize", "--as-of", "latest", "--features", "recency_days", "--join", str(plans), str(log)]
    assert cli.run(line) == 0
    assert "warning" not in capfd.readouterr().err


def test_a_table_with_another_key_joins_as_one_with_the_same_key(folder: Path) -> None:
    found = []
    for key, source in (("customer_id", "plans.csv"), ("account id", "accounts:2.csv:account id")):
        path = folder / source.removesuffix(f":{key}")
        path.write_text(f"plan,{key}\n" + "".join(f"p{i % 3},c{i}\n" for i in range(5)))
        out = folder / "joined.csv"
        line = ["featurize", "-q", "--as-of", "2024-06-01", "--features", "recency_days", "-o", str(out)]
        assert cli.run([*line, "--join", str(folder / source), str(folder / "log.csv")]) == 0
        found.append(out.read_bytes())
    assert found[0] == found[1]
    assert b"customer_id,as_of,recency_days,plan\n" in found[0]


def test_a_file_whose_name_has_a_colon_needs_no_key(tmp_path: Path) -> None:
    path = tmp_path / "plans:2024"
    path.touch()
    assert split_key(str(path)) == (str(path), None)
    assert split_key(f"{path}:account") == (str(path), "account")
    assert split_key("plans.csv") == ("plans.csv", None)
    assert split_key(":x") == (":x", None)
    assert split_key("s3://bucket/plans.csv") == ("s3://bucket/plans.csv", None)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", "plans.csv: no column 'customer_id'; the columns are: account, at, plan (--join "),
        (":acount", "no column 'acount'; did you mean 'account'?"),
        (":at", "'at' is the time column; name the column of the id"),
    ],
)
def test_a_key_that_does_not_fit_is_one_line(
    folder: Path, key: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "plans.csv").write_text("account,at,plan\nc1,2024-01-01,a\n")
    (folder / "at.csv").write_text("customer_id,at\nc1,2024-01-01\n")
    line = ["featurize", "--as-of", "2024-06-01", "--time", "at", "--features", "recency_days", "--join"]
    assert cli.run([*line, f"{folder}/plans.csv{key}", str(folder / "at.csv")]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [("a,x\nb,y\n", "y"), ("b,y\na,x\n", "y"), ("a,x\n", "x")],
    ids=["old first", "old last", "old alone"],
)
def test_the_row_of_an_old_id_counts_only_without_a_row_of_the_present_one(
    tmp_path: Path, rows: str, expected: str
) -> None:
    (tmp_path / "accounts.csv").write_text(f"customer_id,plan\n{rows}")
    reading = Reading(same_as=SameAs({"a": "b", "o": "b"}, "map.csv", ("old", "id")))
    joined = read_join(str(tmp_path / "accounts.csv"), reading, "customer_id", "timestamp", "UTC", [])
    assert joined.rows.rows() == [("b", expected)]


def test_rows_of_two_old_ids_are_two_rows_of_one_customer(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("customer_id,plan\na,x\nc,z\no,y\n")
    reading = Reading(same_as=SameAs({"a": "b", "o": "b"}, "map.csv", ("old", "id")))
    with pytest.raises(ChurnkitError, match=r"accounts\.csv:4: the customer 'b' appears twice"):
        read_join(str(tmp_path / "accounts.csv"), reading, "customer_id", "timestamp", "UTC", [])
