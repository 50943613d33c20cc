"""featurize on the command line: ties, customers who come back, and what is said about a log."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from churnkit import cli

Run = Callable[..., tuple[int, str, str]]
HEADER = "customer_id,timestamp,event,amount\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line on files: name → text. Returns status, output and messages."""
    monkeypatch.chdir(tmp_path)

    def call(line: str, **files: str) -> tuple[int, str, str]:
        for name, text in files.items():
            Path(f"{name}.csv").write_text(text)
        status = cli.run(line.split())
        return status, *capfd.readouterr()

    return call


def _rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


CANCEL = "--as-of 2024-02-01 --horizon 30d --until 2024-06-01 --features event_count_30d"


@pytest.mark.parametrize("first", ["old", "new"])
def test_of_files_the_later_one_counts_at_the_same_time(run: Run, first: str) -> None:
    files = {
        "old": f"{HEADER}a,2024-01-01,join,\na,2024-02-10,cancel,\n",
        "new": f"{HEADER}a,2024-02-10,subscribe,\n",
    }
    order = ["old.csv", "new.csv"] if first == "old" else ["new.csv", "old.csv"]
    _, out, _ = run(f"featurize {CANCEL} --churn-event cancel {' '.join(order)}", **files)
    assert [row["churned_cancel_30d"] for row in _rows(out)] == ["0" if first == "old" else "1"]


PLAN_CHANGE = (
    f"{HEADER}a,2024-01-01,join,\na,2024-01-10,cancel,\na,2024-01-10,subscribe,\n"
    "b,2024-01-02,join,\nb,2024-02-10,cancel,\nb,2024-02-10,subscribe,\n"
    "c,2024-01-02,join,\nc,2024-02-10,cancel,\nc,2024-02-12,refund,\n"
    "d,2024-01-02,join,\nd,2024-01-20,cancel,\nd,2024-01-25,refund,\n"
)


def test_a_change_of_plan_is_no_leaving_in_the_label_and_in_measure(run: Run) -> None:
    _, out, _ = run(f"featurize {CANCEL} --churn-event cancel log.csv", log=PLAN_CHANGE)
    assert {row["customer_id"]: row["churned_cancel_30d"] for row in _rows(out)} == {
        "a": "0", "b": "0", "c": "1", "d": "0",
    }  # fmt: skip
    _, out, _ = run("measure --churn-event cancel --activity join,subscribe --until 2024-03-01 log.csv")
    assert [(r["churned"], r["customers_end"]) for r in _rows(out)] == [("0", "3"), ("1", "2")]


@pytest.mark.parametrize("command", ["featurize --as-of 2024-03-01 --horizon 7d", "measure"])
def test_a_note_counts_who_came_back_unless_the_events_are_named(run: Run, command: str) -> None:
    line = f"{command} --until 2024-03-01 --churn-event cancel"
    _, _, said = run(f"{line} log.csv", log=PLAN_CHANGE)
    text = (
        "4 of 4 customers with cancel before 2024-03-01 have later events (refund 2, subscribe 2) and count"
    )
    assert text in said
    _, _, said = run(f"{line} --activity subscribe log.csv", log=PLAN_CHANGE)
    assert "later events" not in said


def test_a_sum_that_cancels_out_is_zero(run: Run) -> None:
    amounts = "".join(f"a,2024-01-0{n + 1},buy,{x}\n" for n, x in enumerate(["0.1", "0.2", "-0.3"]))
    amounts += "b,2024-01-01,buy,1e-20\nb,2024-01-02,buy,1e-20\n"  # small, but nothing is cancelled
    names = "amount_trend_30d,amount_sum_30d,amount_mean_30d,amount_per_active_day_30d"
    _, out, _ = run(f"featurize --as-of 2024-01-31 --features {names} log.csv", log=HEADER + amounts)
    assert out.splitlines()[1:] == [
        "a,2024-01-31,0.0,0.0,0.0,0.0",
        "b,2024-01-31,1.0,2e-20,1e-20,1e-20",
    ]


def test_a_churn_event_that_is_not_in_a_part_of_a_log_is_a_warning(run: Run) -> None:
    for command in ("featurize --as-of 2024-02-01 --horizon 30d", "measure"):
        status, out, said = run(f"{command} --churn-event leaving log.csv", log=PLAN_CHANGE)
        assert status == 0
        assert out
        assert (
            "warning: no event 'leaving' in the log, so nobody churns; the events are: cancel, join" in said
        )


def test_a_misspelt_churn_event_is_an_error_that_lists_the_events(run: Run) -> None:
    for command in ("featurize --as-of 2024-02-01 --horizon 30d", "measure"):
        status, out, said = run(f"{command} --churn-event cancle log.csv", log=PLAN_CHANGE)
        assert (status, out) == (2, "")
        assert "no event 'cancle'" in said
        assert "did you mean 'cancel'" in said
        assert "cancel, join, refund, subscribe" in said
        assert run(f"{command} --churn-event cancle log.csv", log=HEADER)[0] == 0  # nobody yet


def test_dates_before_the_log_begins_are_told(run: Run) -> None:
    status, out, said = run("featurize --as-of 2023-06-01 log.csv", log=PLAN_CHANGE)
    assert (status, len(_rows(out))) == (0, 0)
    assert "no event before 2023-06-01: the log begins on 2024-01-01" in said


def test_an_event_called_churned_has_features_from_which_a_model_learns(run: Run) -> None:
    rows = "".join(
        f"c{n:03d},2024-01-{1 + n % 28:02d},login,\nc{n:03d},2024-02-{1 + n % 9:02d},{kind},\n"
        for n in range(60)
        for kind in (["churned", "back"] if n % 3 else ["back"])
    )
    rows += "".join(f"c{n:03d},2024-03-05,churned,\n" for n in range(0, 60, 2))
    asked = "--as-of 2024-03-01 --horizon 30d --until 2024-06-01 --churn-event churned"
    _, out, _ = run(f"featurize {asked} log.csv", log=HEADER + rows)
    names = out.splitlines()[0].split(",")
    assert {"churned_count_30d", "churned_recency_days", "churned_share_90d"} < set(names)
    assert names[-1] == "churned_churned_30d"
    status, model, said = run("fit table.csv", table=out)
    assert status == 0, said
    assert '"target":"churned_churned_30d"' in model
    assert '"name":"churned_count_30d"' in model


@pytest.mark.parametrize("event", ["count", "share", "recency", "app_count", "max"])
def test_a_churn_event_whose_label_reads_as_a_feature_is_refused(run: Run, event: str) -> None:
    line = f"featurize --as-of 2024-03-01 --horizon 30d --churn-event {event} log.csv"
    status, _, said = run(line, log=f"{HEADER}a,2024-01-01,{event},\n")
    assert status == 2
    assert f"the label's name 'churned_{event}_" in said


WIDE = "customer_id,timestamp,event,amount,recurring,item,seats,renewal\n" + "".join(
    f"c{n % 20},2024-01-{1 + n % 28:02d},{'abc'[n % 3]},{n},{n % 20}.5,item {n},{n % 7},2024-{1 + n % 12:02d}-01\n"
    for n in range(100)
)


def test_a_part_of_the_customers_has_the_same_default_features(run: Run) -> None:
    part = "".join(line for n, line in enumerate(WIDE.splitlines(True)) if n == 0 or line.startswith("c3,"))
    headers = [
        run("featurize --as-of 2024-02-01 log.csv", log=text)[1].splitlines()[0].split(",")
        for text in (WIDE, part)
    ]
    assert headers[0] == headers[1]
    assert {"item_last", "seats_last", "renewal_in_days", "recurring_mean_30d", "recurring_last"} < {
        *headers[0]
    }
    assert not {"renewal_last", "seats_mean_30d"} & {*headers[0]}


def test_days_until_a_joined_date_are_those_of_the_row_known_at_the_time(run: Run) -> None:
    contracts = (
        "customer_id,timestamp,renewal,seats\nc1,2024-01-05,2024-03-01,3\nc1,2024-02-01,2025-03-01,4\n"
        "c2,2024-01-01,2024-01-20T12:00:00Z,5\nc3,2024-01-01,,6\n"
    )
    log = "".join(
        line for line in WIDE.splitlines(True) if line.split(",")[0] in ("customer_id", "c1", "c2", "c3")
    )
    log = "\n".join(",".join(line.split(",")[:4]) for line in log.splitlines()) + "\n"
    asked = "featurize --as-of 2024-02-01 --join contracts.csv log.csv"
    for features in ("", "--features recency_days,renewal_in_days"):
        _, out, _ = run(f"{asked} {features}", contracts=contracts, log=log)
        assert [(r["renewal"], r["renewal_in_days"]) for r in _rows(out)] == [
            ("2024-03-01", "29.0"), ("2024-01-20T12:00:00Z", "-11.5"), ("", ""),
        ]  # fmt: skip
    without_time = "customer_id,renewal\nc1,2024-03-01\n"
    _, out, _ = run(asked, contracts=without_time)
    assert "renewal_in_days" not in out  # nobody knows since when it is known
    _, out, _ = run(f"{asked} --features renewal_in_days")
    assert [row["renewal_in_days"] for row in _rows(out)] == ["29.0", "", ""]
    status, _, said = run(f"{asked} --features due_in_days")
    assert status == 2
    assert "--join the table that has it" in said


def test_a_bad_joined_date_is_an_error_with_its_line(run: Run) -> None:
    contracts = "customer_id,renewal\nc1,2024-03-01\nc2,soon\n"
    asked = "featurize --as-of 2024-02-01 --join contracts.csv --features renewal_in_days log.csv"
    status, out, said = run(asked, contracts=contracts, log=WIDE.replace("renewal", "other"))
    assert (status, out) == (2, "")
    assert "contracts.csv:3: column 'renewal': 'soon' is not a time" in said


CONTRACTS = "customer_id,renewal\n" + "".join(
    f"c{n},{'' if n == 4 else f'2024-0{2 + n % 3}-{10 + n}'}\n" for n in range(9)
)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_row_at_a_customers_own_date_is_the_row_at_that_date(run: Run, zone: str) -> None:
    asked = f"--tz {zone} --horizon 7d --active-within 90d --windows 30d log.csv"
    _, out, said = run(
        f"featurize --as-of renewal-30d --prove --join contracts.csv {asked}", contracts=CONTRACTS, log=WIDE
    )
    assert "customers without a date" in said
    assert "after the end of the log left out" in said
    rows = _rows(out)
    assert len(rows) == 3
    for row in rows:
        due = next(line for line in CONTRACTS.splitlines() if line.startswith(f"{row['customer_id']},"))[3:]
        day = str(date.fromisoformat(due) - timedelta(days=30))
        assert (row["as_of"], row["renewal"]) == (day, due)
        _, one, _ = run(f"featurize --as-of {day} --join contracts.csv {asked}")
        assert {**row} == {
            name: value
            for other in _rows(one)
            if other["customer_id"] == row["customer_id"]
            for name, value in other.items()
        }


def test_own_dates_come_from_a_column_of_the_log_too(run: Run) -> None:
    log = (
        "customer_id,timestamp,renewal\na,2023-01-05,2024-01-31\na,2024-01-02,2025-01-31\n"
        "a,2024-12-20,2026-01-31\nb,2024-03-01,2024-03-15\nc,2024-01-01,\n"
    )
    _, out, said = run(
        "featurize --as-of renewal-60d --features event_count_30d,renewal_in_days log.csv", log=log
    )
    assert out.splitlines()[1:] == ["a,2023-12-02,0,60.0", "a,2024-12-02,0,60.0"]  # b was not known by then
    assert "1 customer without a date and 1 date after the end of the log left out" in said


@pytest.mark.parametrize(
    ("as_of", "text"),
    [
        ("renewl-60d", "no column 'renewl'; did you mean 'renewal'?"),
        ("lastest", "--as-of takes a date such as 2024-09-01, latest, or a column"),
        ("timestamp-60d", "'timestamp' is not a column of other dates"),
        ("item-60d", "log.csv:2: column 'item': 'item 0' is not a time"),
        ("2024-9-1", "'2024-9-1' is not a date such as 2024-09-01"),
    ],
)
def test_another_as_of_is_an_error_that_says_what_to_type(run: Run, as_of: str, text: str) -> None:
    status, out, said = run(f"featurize --as-of {as_of} log.csv", log=WIDE)
    assert (status, out) == (2, "")
    assert text in said


def test_without_own_dates_the_table_has_a_header_alone(run: Run) -> None:
    for log in (WIDE.splitlines(True)[0], WIDE):
        status, out, _ = run(
            "featurize --as-of due-60d --join contracts.csv --features recency_days log.csv",
            log=log,
            contracts="customer_id,due\nnobody,2024-03-01\n",
        )
        assert (status, out) == (0, "customer_id,as_of,recency_days,due\n")
