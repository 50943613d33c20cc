"""measure on the command line, compared with plain loops over the same rows."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from churnkit import cli, messages

Measure = Callable[..., list[dict[str, str]]]
DAY = timedelta(days=1)


@pytest.fixture
def measure(capfd: pytest.CaptureFixture[str]) -> Measure:
    def run(*words: str | Path) -> list[dict[str, str]]:
        assert cli.run(["measure", "-q", *map(str, words)]) == 0
        return list(csv.DictReader(io.StringIO(capfd.readouterr().out)))

    return run


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Customers who come, fall silent, cancel, come back, and change their plan; refunds and no amounts."""
    rng = random.Random(7)
    rows = []
    for number in range(60):
        time = datetime(2024, 1, 1) + timedelta(days=rng.uniform(0, 90))
        plan = rng.choice(["basic", "plus", ""])
        for _ in range(rng.randint(1, 14)):
            event = rng.choice(["login", "purchase", "purchase", "cancel"])
            amount = rng.choice(["", f"{rng.uniform(-5, 40):.2f}"]) if event == "purchase" else ""
            rows.append((f"c{number:02d}", time.isoformat(timespec="seconds"), event, amount, plan))
            time += timedelta(days=rng.choice([0.5, 3, 12, 35, 61]))
            plan = rng.choice([plan, plan, "basic", "plus"])
    rng.shuffle(rows)
    path = tmp_path_factory.mktemp("logs") / "log.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [("customer_id", "timestamp", "event", "amount", "plan"), *rows]
        )
    return path


def _rows(log: Path) -> list[dict[str, Any]]:
    with log.open(newline="") as file:
        rows = [{**r, "at": datetime.fromisoformat(r["timestamp"])} for r in csv.DictReader(file)]
    return sorted(rows, key=lambda r: r["at"])


def _plan(rows: list[dict[str, Any]], who: str, instant: datetime) -> str:
    known = [r["plan"] for r in rows if r["customer_id"] == who and r["at"] < instant and r["plan"]]
    return known[-1] if known else ""


def _oracle(
    rows: list[dict[str, Any]], borders: list[datetime], is_active: Callable[[str, datetime], bool], by: bool
) -> list[dict[str, Any]]:
    """Counts customer by customer, straight from the definitions."""
    found = []
    customers = sorted({r["customer_id"] for r in rows})
    for before, start, end in zip(borders, borders[1:], borders[2:], strict=False):
        groups: dict[str, dict[str, Any]] = {}

        def add(
            group: str, name: str, amount: Decimal | int = 1, groups: dict[str, dict[str, Any]] = groups
        ) -> None:
            totals = groups.setdefault(group if by else "", {})
            totals[name] = totals.get(name, 0) + amount

        for who in customers:
            own = [r for r in rows if r["customer_id"] == who]
            old, new = _plan(rows, who, start), _plan(rows, who, end)
            was, is_, fresh = (
                is_active(who, start),
                is_active(who, end),
                not any(r["at"] < start for r in own),
            )
            had, has = (
                sum((Decimal(r["amount"]) for r in own if a <= r["at"] < b and r["amount"]), Decimal(0))
                for a, b in ((before, start), (start, end))
            )
            if was:
                add(old, "customers_start")
            if is_:
                add(new, "customers_end")
            if is_ and not was:
                add(new, "new" if fresh else "returned")
            if was and not is_:
                add(old, "churned")
            if was and is_ and old != new:
                add(old, "moved_out")
                add(new, "moved_in")
            add(old, "revenue_start", had)
            add(new, "revenue_end", has)
            if had == 0 and has:
                add(new, "revenue_new" if fresh else "revenue_returned", has)
            elif has == 0 and had:
                add(old, "revenue_churned", had)
            elif had and has:
                add(new, "revenue_expanded" if has > had else "revenue_contracted", abs(has - had))
                if old != new:
                    add(old, "revenue_moved_out", had)
                    add(new, "revenue_moved_in", had)
        found += [
            {"period": str(start.date()), "plan": group, **totals}
            for group, totals in sorted(groups.items())
            if not by or any(totals.values())
        ]
    return found


def _months(first: date, number: int) -> list[datetime]:
    return [
        datetime(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1)
        for k in range(-1, number)
    ]


def _same(got: list[dict[str, str]], expected: list[dict[str, Any]]) -> None:
    assert [r["period"] for r in got] == [r["period"] for r in expected]
    for row, right in zip(got, expected, strict=True):
        for name, text in row.items():
            if name in ("period", "complete", "churn_rate", "came_and_went", "revenue_came_and_went"):
                continue
            if name == "plan":
                assert text == right["plan"]
            else:
                assert Decimal(text) == right.get(name, 0), (row, right, name)


@pytest.mark.parametrize("by", [[], ["--by", "plan"]])
@pytest.mark.parametrize("activity", [[], ["--activity", "purchase"]])
def test_silence_is_measured_as_a_loop_over_customers_does(
    log: Path, measure: Measure, by: list[str], activity: list[str]
) -> None:
    rows = _rows(log)
    kinds = {"purchase"} if activity else {r["event"] for r in rows}
    got = measure("--every", "1mo", "--inactive", "20d", *by, *activity, log)
    end = rows[-1]["at"].replace(hour=0, minute=0, second=0) + DAY
    borders = [b for b in _months(date(2024, 1, 1), 60) if b < end] + [end]

    def is_active(who: str, instant: datetime) -> bool:
        return any(
            r["customer_id"] == who and r["event"] in kinds and instant - 20 * DAY <= r["at"] < instant
            for r in rows
        )

    _same(got, _oracle(rows, borders, is_active, bool(by)))
    late = [
        r for r in got if r["period"] != got[0]["period"]
    ]  # the log begins less than 20 days before January
    assert {r["complete"] for r in got if r not in late} == {"false"}
    assert [r["complete"] for r in late if r["period"] != got[-1]["period"]].count("false") == 0
    assert got[-1]["complete"] == ("true" if end.day == 1 else "false")


def test_the_churn_event_is_measured_as_a_loop_over_customers_does(log: Path, measure: Measure) -> None:
    rows = _rows(log)
    end = rows[-1]["at"].replace(hour=0, minute=0, second=0) + DAY
    borders = [b for b in _months(date(2024, 1, 1), 60) if b < end] + [end]

    def is_active(who: str, instant: datetime) -> bool:
        own = [r for r in rows if r["customer_id"] == who and r["at"] < instant]
        return bool(own) and own[-1]["event"] != "cancel"

    got = measure("--churn-event", "cancel", "--by", "plan", log)
    _same(got, _oracle(rows, borders, is_active, by=True))


def test_churned_customers_are_those_that_featurize_labels_as_churned(
    log: Path, measure: Measure, capfd: pytest.CaptureFixture[str]
) -> None:
    got = measure("--every", "30d", "--inactive", "30d", "--since", "2024-02-01", log)
    for row in got:
        if row["complete"] == "true":
            run = [
                "featurize",
                "-q",
                "--as-of",
                row["period"],
                "--horizon",
                "30d",
                "--features",
                "recency_days",
                str(log),
            ]
            assert cli.run(run) == 0
            table = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
            assert len(table) == int(row["customers_start"])
            assert sum(int(r["churned_30d"]) for r in table) == int(row["churned"])


def test_each_end_is_the_next_start(log: Path, measure: Measure) -> None:
    got = measure("--inactive", "15d", "--every", "1w", log)
    assert len(got) > 20
    for a, b in itertools.pairwise(got):
        assert (a["customers_end"], a["revenue_end"]) == (b["customers_start"], b["revenue_start"])
    assert all(date.fromisoformat(r["period"]).weekday() == 0 for r in got)


SUBSCRIPTIONS = """account,start_date,end_date,mrr,plan
a,2024-01-01,2024-02-29,20.10,basic
a,2024-03-01,,30.20,plus
b,2024-01-15,2024-06-01,7.05,basic
b,2024-01-20,2024-03-01,1.10,addon
c,2024-02-01,2024-03-10,5,basic
c,2024-05-05,,6,basic
d,2024-06-01,,9.99,plus
"""


def test_subscriptions_are_the_waterfall_of_finance(tmp_path: Path, measure: Measure) -> None:
    path = tmp_path / "s.csv"
    path.write_text(SUBSCRIPTIONS)
    got = measure(
        "--id",
        "account",
        "--start",
        "start_date",
        "--end",
        "end_date",
        "--value",
        "mrr",
        "--until",
        "2024-08-01",
        path,
    )
    names = ("period", "customers_start", "new", "returned", "churned", "customers_end", "revenue_start", "revenue_new",
             "revenue_returned", "revenue_expanded", "revenue_contracted", "revenue_churned", "revenue_end")  # fmt: skip
    assert [tuple(r[name] for name in names) for r in got] == [
        ("2024-01-01", "0", "2", "0", "0", "2", "0.0", "28.25", "0.0", "0.0", "0.0", "0.0", "28.25"),
        ("2024-02-01", "2", "1", "0", "0", "3", "28.25", "5.0", "0.0", "0.0", "0.0", "0.0", "33.25"),
        ("2024-03-01", "3", "0", "0", "1", "2", "33.25", "0.0", "0.0", "10.1", "1.1", "5.0", "37.25"),
        ("2024-04-01", "2", "0", "0", "0", "2", "37.25", "0.0", "0.0", "0.0", "0.0", "0.0", "37.25"),
        ("2024-05-01", "2", "0", "1", "0", "3", "37.25", "0.0", "6.0", "0.0", "0.0", "0.0", "43.25"),
        ("2024-06-01", "3", "1", "0", "1", "3", "43.25", "9.99", "0.0", "0.0", "0.0", "7.05", "46.19"),
        ("2024-07-01", "3", "0", "0", "0", "3", "46.19", "0.0", "0.0", "0.0", "0.0", "0.0", "46.19"),
    ]  # a's break of a day is none; c's of two months is; b runs at June 1, d not yet
    plans = measure("--id", "account", "--start", "start_date", "--end", "end_date", "--value", "mrr", "--until", "2024-08-01",
                    "--by", "plan", path)  # fmt: skip
    march = {r["plan"]: r for r in plans if r["period"] == "2024-03-01"}
    assert march["plus"]["moved_in"] == "1"
    assert march["plus"]["revenue_moved_in"] == "20.1"
    assert march["basic"]["moved_in"] == "1"  # b, whose latest was the addon


def test_a_subscription_inside_one_month_came_and_went(tmp_path: Path, measure: Measure) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "id,from,to,fee,plan\nlong,2024-01-10,,10,a\nshort,2024-02-05,2024-02-20,7.5,b\n"
        "short,2024-02-10,2024-02-12,1,b\nback,2024-02-01,2024-02-02,5,b\nback,2024-02-06,2024-03-01,3,b\n"
    )
    columns = ["--id", "id", "--start", "from", "--end", "to", "--value", "fee", "--until", "2024-04-01"]
    got = measure(*columns, path)
    february, march = got[1], got[2]
    assert [r["came_and_went"] for r in got] == ["0", "1", "0"]
    assert february["revenue_came_and_went"] == "8.5"
    assert (february["new"], february["customers_end"], february["revenue_new"]) == ("1", "2", "3.0")
    assert march["churned"] == "1"
    plans = {r["plan"]: r for r in measure(*columns, "--by", "plan", path) if r["period"] == "2024-02-01"}
    assert (plans["a"]["came_and_went"], plans["b"]["came_and_went"]) == ("0", "1")


def test_a_period_is_complete_if_all_who_could_leave_are_known(tmp_path: Path, measure: Measure) -> None:
    path = tmp_path / "log.csv"
    days = [date(2024, 1, 16) + k * DAY for k in range(0, 120, 5)]
    lines = [
        f"c{k % 7},{day}T{'23' if k else '02'}:30:00,{'buy' if k > 4 else 'login'}"
        for k, day in enumerate(days)
    ]
    path.write_text("customer_id,timestamp,event\n" + "\n".join(lines) + "\n")
    words = ["--inactive", "30d", "--until", "2024-05-01"]
    for more in ([], ["--since", "2024-01-01"], ["--activity", "buy"]):
        got = measure(*words, *more, path)
        assert [r["complete"] for r in got][-4:] == ["false", "false", "true", "true"]
        assert [bool(r["churn_rate"]) for r in got][-4:-1] == [False, False, True]
    later = measure(*words, "--since", "2024-03-01", path)
    assert [r["complete"] for r in later] == ["true", "true"]
    # in New York the first event is on the 15th, 17 days before 1 February
    early = measure("--inactive", "17d", "--tz", "America/New_York", "--until", "2024-05-01", path)
    assert [r["complete"] for r in early] == ["false", "true", "true", "true"]
    assert [r["complete"] for r in measure("--inactive", "17d", path)][:3] == ["false", "false", "true"]


def test_return_rates_are_the_product_limit_of_silences(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(1)
    rows, ended, lasting = [], [], []
    end = date(2024, 12, 31)
    for number in range(200):
        day = date(2024, 1, 1) + rng.randint(0, 30) * DAY
        while True:
            rows.append(f"c{number},{day},login")
            gap = rng.choice([1, 2, 3, 9, 30, 80])
            if rng.random() < 0.1 or day + gap * DAY > end:
                lasting.append((end + DAY - day).days)
                break
            ended.append(gap)
            day += gap * DAY
    rows.append(f"z,{end},login")
    lasting.append(1)
    path = tmp_path / "log.csv"
    path.write_text("customer_id,timestamp,event\n" + "\n".join(rows) + "\n")
    assert cli.run(["measure", "--return-rate", "--to", "jsonl", str(path)]) == 0
    out, err = capfd.readouterr()
    survival, at = [1.0], 0
    while sum(g >= at for g in ended) + sum(g >= at for g in lasting) >= 30:
        followed = sum(g >= at for g in ended) + sum(g > at for g in lasting)
        survival.append(survival[-1] * (1 - sum(g == at for g in ended) / max(followed, 1)))
        at += 1
    for record in map(json.loads, out.splitlines()):
        k = record["silent_days"]
        assert record["silences"] == sum(g >= k for g in ended) + sum(g >= k for g in lasting)
        assert record["return_rate"] == pytest.approx(1 - survival[-1] / survival[k])
    sane = [k for k in range(1, at) if 1 - survival[-1] / survival[k] >= 0.05]
    assert f"--inactive {max(sane) + 1}d" in err


def test_a_log_too_short_for_a_proposal_says_what_it_shows_at_most(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.csv"
    days = [(f"c{k}", date(2024, 1, 1) + day * DAY) for k in range(150) for day in (0, 15 + k % 8)]
    lines = [f"{who},{day},login" for who, day in days]
    path.write_text("customer_id,timestamp,event\n" + "\n".join(lines) + "\n")
    assert cli.run(["measure", "--return-rate", str(path)]) == 0
    err = capfd.readouterr().err
    assert "the log is too short" in err
    assert re.search(
        r"at most, it shows that \S+% \(\S+% to \S+%\) of customers silent for 7 days come back", err
    )


def test_the_old_name_of_return_rate_works_and_writes_one_note(
    log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outputs = []
    for flag in ("--return-rate", "--gaps"):
        assert cli.run(["measure", flag, str(log)]) == 0
        outputs.append(capfd.readouterr())
    assert outputs[0].out == outputs[1].out
    added = [line for line in outputs[1].err.splitlines() if line not in outputs[0].err.splitlines()]
    assert len(added) == 1
    assert "--gaps is now --return-rate" in added[0]
    assert [note["code"] for note in messages.records()[1]].count("old-name") == 1


def test_the_old_name_of_return_rate_is_not_in_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["measure", "--help"]) == 0
    shown = capfd.readouterr().out
    assert "--return-rate" in shown
    assert "--gaps" not in shown


def test_cohorts_are_counted_as_a_loop_does(log: Path, measure: Measure) -> None:
    rows = _rows(log)
    got = measure("--cohorts", "--inactive", "30d", log)
    first = {}
    for r in rows:
        first.setdefault(r["customer_id"], r["at"])
    months = _months(date(2024, 1, 1), 60)[1:]
    for row in got:
        start = datetime.fromisoformat(row["cohort"])
        behind = months[months.index(start) + 1]
        border = months[months.index(start) + 1 + int(row["since"])]
        members = {who for who, at in first.items() if start <= at < behind}
        there = {r["customer_id"] for r in rows if border - 30 * DAY <= r["at"] < border} & members
        assert (int(row["customers"]), int(row["active"])) == (len(members), len(there))
    assert {r["cohort"] for r in got} == {"2024-01-01", "2024-02-01", "2024-03-01"}


@pytest.mark.parametrize("more", [[], ["--by", "plan"], ["--cohorts"]])
@pytest.mark.parametrize("to", ["text", "svg"])
def test_pictures_are_drawn(log: Path, tmp_path: Path, more: list[str], to: str) -> None:
    if more == ["--by", "plan"] and to == "svg":
        more = ["--by", "plan,event"]
    out = tmp_path / f"out.{to}"
    assert cli.run(["measure", "-q", "--inactive", "30d", *more, "--to", to, "-o", str(out), str(log)]) == 0
    assert "Jan 2024" in out.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--inactive 30d"),
        (["--inactive", "30d", "--churn-event", "cancel"], "use one of them to define churn"),
        (["--inactive", "30d", "--end", "x"], "needs --start"),
        (["--inactive", "30d", "--by", "plam"], "did you mean 'plan'"),
        (["--inactive", "30d", "--since", "2024-02-15"], "is not the first day of a month"),
        (["--inactive", "30d", "--since", "2034-02-01"], "the log ends before"),
        (["--inactive", "30d", "--every", "1m"], "is not a step"),
        (["--inactive", "30d", "--value", "amuont"], "did you mean 'amount'"),
        (["--return-rate", "--cohorts"], "use one of them"),
        (["--return-rate", "--by", "plan"], "cannot be used with --by"),
    ],
)
def test_an_error_is_one_line(
    log: Path, capfd: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert cli.run(["measure", *words, str(log)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert message in err


def test_a_log_without_rows_is_a_table_without_rows(
    tmp_path: Path, measure: Measure, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.csv"
    path.write_text("customer_id,timestamp,event,amount\n")
    assert measure("--inactive", "30d", path) == []
    assert cli.run(["measure", "-q", "--return-rate", str(path)]) == 0
    assert capfd.readouterr().out == "silent_days,silences,returned,return_rate,low,high\n"
