"""`featurize` against another way of computing: DuckDB for the features, plain loops for customers and labels."""

from __future__ import annotations

import csv
import io
import math
import random
import re
import statistics
import subprocess
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from churnkit import cli

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
IDS = ["00123", "123", " 7", "7", "a,b", 'say "hi"', "1e3"]
KINDS = ["login", "login", "purchase", "Support Call", "support-call", "cancel", "join", ""]
AMOUNTS = ["", "", "0", "1", "2.5", "-3", "0.25", "-0.25", "1000000.5", " 7 ", "1e2", "0.1", "0.2", "-0.3"]
DUES = ["", "", "2024-04-15", "2024-03-31", "2023-12-01", "2024-05-01T12:30:00Z", "2024-10-01 00:00:00"]
PLANS = ["", "", "basic", "pro", "00123", "1", " "]
ZONES = ["UTC", "Europe/Berlin", "Asia/Beirut", "America/Havana"]
DATES = [date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1), date(2024, 4, 30)]
WINDOWED = """
event_count event_rate event_trend active_days login_count support_call_count never_count login_share
support_call_share never_share amount_sum amount_mean amount_min amount_max amount_std amount_trend
amount_per_active_day plan_distinct amount_distinct
"""
TIMELESS = """
recency_days tenure_days gap_mean_days gap_std_days recency_ratio purchase_recency_days
support_call_recency_days never_recency_days amount_last plan_last due_in_days
"""
WINDOWS = (1, 30)
FEATURES = [f"{name}_{days}d" for days in WINDOWS for name in WINDOWED.split()] + TIMELESS.split()
quick = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


class Event(NamedTuple):
    """A row of a log: its fields as they are written, but for the time, which has a style to write it."""

    customer_id: str
    time: datetime
    event: str
    amount: str = ""
    plan: str = ""
    style: int = 0
    due: str = ""

    def fields(self) -> list[str]:
        east = self.time.astimezone(timezone(timedelta(hours=2)))
        naive = self.time.replace(tzinfo=None)
        written = [f"{naive.isoformat()}Z", naive.isoformat(), east.isoformat(), naive.isoformat(" ")]
        written += [str(naive.date()) if naive.time() == time() else written[0]]
        return [self.customer_id, written[self.style], self.event, self.amount, self.plan, self.due]


@dataclass(frozen=True)
class Question:
    """Which customers are in the table, and their label: the options of one command line."""

    horizon: int | None = None
    lead: int = 0
    activity: tuple[str, ...] = ()
    churn_event: str | None = None
    start_event: str | None = None
    active_within: int | None = None
    until: str | None = None
    tz: str = "UTC"

    def arguments(self) -> list[str]:
        days = {"--horizon": self.horizon, "--lead": self.lead, "--active-within": self.active_within}
        said = {option: f"{count}d" for option, count in days.items() if count}
        said |= {"--activity": ",".join(self.activity), "--churn-event": self.churn_event or ""}
        said |= {"--start-event": self.start_event or "", "--until": self.until or "", "--tz": self.tz}
        return [word for option, value in said.items() if value for word in (option, value)]

    def label(self) -> str:
        without = "without_" + "_or_".join(sorted(map(slug, self.activity))) if self.activity else ""
        parts = ["churned", slug(self.churn_event or ""), without, f"{self.horizon}d"]
        parts += [f"after_{self.lead}d" if self.lead else ""]
        default = None if self.churn_event else self.horizon
        parts += [f"of_{self.active_within}d" if self.active_within not in (None, default) else ""]
        parts += [f"from_{slug(self.start_event)}" if self.start_event else ""]
        return "_".join(filter(None, parts))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def slug(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


@cache
def midnight(day: date, tz: str) -> datetime:
    """The first instant of a day, by bisection: a clock may skip 00:00, or show it twice."""
    zone, early = ZoneInfo(tz), datetime.combine(day - DAY, time(), timezone.utc)
    later = range(3 * 86_400)
    return early + timedelta(
        seconds=bisect_left(
            later, True, key=lambda s: (early + timedelta(seconds=s)).astimezone(zone).date() >= day
        )
    )


def text_of(log: Iterable[Event], header: str = "customer_id,timestamp,event,amount,plan,due") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(event.fields() for event in log)
    return f"{header}\n{out.getvalue()}"


def churnkit(*arguments: str, given: str) -> str:
    """The output of a command that succeeds, run on a file in this process."""
    with TemporaryDirectory() as folder:
        log, out = Path(folder, "log.csv"), Path(folder, "out.csv")
        log.write_text(given, encoding="utf-8", newline="")
        assert cli.run([*arguments, "-q", "-o", str(out), str(log)]) == 0
        return out.read_text(encoding="utf-8")


def featurized(
    log: Iterable[Event], dates: Sequence[date], features: Sequence[str], question: Question, *more: str
) -> list[dict[str, str]]:
    asked = ["--as-of", ",".join(map(str, dates)), "--features", ",".join(features)]
    text = churnkit("featurize", *asked, *question.arguments(), *more, given=text_of(log))
    header = ["customer_id", "as_of", *features, *([question.label()] if question.horizon else [])]
    assert text.splitlines()[0].split(",") == header
    return list(csv.DictReader(io.StringIO(text)))


# ── the oracle: features ────────────────────────────────────────────────────────────────────────────

ADDED = "list_reduce(coalesce(list({} ORDER BY time, line) FILTER ({}), []), lambda a, b: a + b, 0.0)"


def total(where: str) -> str:
    """The sum in the order of lines; 0 if it is below 1e-12 of the sum of its absolute terms."""
    added, size = (ADDED.format(what, where) for what in ("amount", "abs(amount)"))
    return f"(CASE WHEN abs({added}) < 1e-12 * {size} THEN 0.0 ELSE {added} END)"


NOW, BEFORE = "amount IS NOT NULL AND time >= s{n}", "amount IS NOT NULL AND time >= s{m} AND time < s{n}"
TREND = "CASE WHEN abs({a} - {b}) <= 1e-12 * (abs({a}) + abs({b})) THEN 0 ELSE ({a} - {b}) / (abs({a}) + abs({b})) END"
SQL = {  # pattern of a name → what it is: s7 is where the window of 7 days begins, times are microseconds
    r"event_count_(?P<n>\d+)d": "count(*) FILTER (time >= s{n})",
    r"event_rate_(?P<n>\d+)d": "count(*) FILTER (time >= s{n}) * 30.0"
    " / greatest(1, least({n}, (now - min(time)) / 86400e6))",
    r"event_trend_(?P<n>\d+)d": TREND.format(
        a="count(*) FILTER (time >= s{n})", b="count(*) FILTER (time >= s{m} AND time < s{n})"
    ),
    r"active_days_(?P<n>\d+)d": "count(DISTINCT day) FILTER (time >= s{n})",
    r"amount_sum_(?P<n>\d+)d": total(NOW),
    r"amount_mean_(?P<n>\d+)d": total(NOW) + " / nullif(count(amount) FILTER (time >= s{n}), 0)",
    r"amount_min_(?P<n>\d+)d": "min(amount) FILTER (time >= s{n})",
    r"amount_max_(?P<n>\d+)d": "max(amount) FILTER (time >= s{n})",
    r"amount_std_(?P<n>\d+)d": "stddev_samp(amount) FILTER (time >= s{n})",
    r"amount_trend_(?P<n>\d+)d": TREND.format(a=total(NOW), b=total(BEFORE)),
    r"amount_per_active_day_(?P<n>\d+)d": total(NOW)
    + " / nullif(count(DISTINCT day) FILTER (time >= s{n}), 0)",
    r"(?P<event>\w+)_count_(?P<n>\d+)d": "count(*) FILTER (event = '{event}' AND time >= s{n})",
    r"(?P<event>\w+)_share_(?P<n>\d+)d": "count(*) FILTER (event = '{event}' AND time >= s{n})"
    " / nullif(count(*) FILTER (time >= s{n}), 0)",
    r"recency_days": "(now - max(time)) / 86400e6",
    r"tenure_days": "(now - min(time)) / 86400e6",
    r"gap_mean_days": "gap_mean",
    r"gap_std_days": "gap_std",
    r"recency_ratio": "(now - max(time)) / 86400e6 / gap_mean",
    r"(?P<event>\w+)_recency_days": "(now - max(time) FILTER (event = '{event}')) / 86400e6",
    r"(?P<column>\w+)_distinct_(?P<n>\d+)d": "count(DISTINCT {column}) FILTER (time >= s{n})",
    r"(?P<column>\w+)_in_days": "(arg_max({column}, (time, line)) FILTER ({column} IS NOT NULL) - now) / 86400e6",
    r"(?P<column>\w+)_last": "arg_max({column}, (time, line)) FILTER ({column} IS NOT NULL)",
}
LOG = ["line", "customer_id", "time", "day", "event", "amount", "plan", "due"]
QUERY = """
WITH seen AS (SELECT log.*, dates.* FROM log JOIN dates ON time < now),
days AS (SELECT DISTINCT customer_id, as_of, day FROM seen),
gap AS (
  SELECT customer_id, as_of, day - lag(day) OVER (PARTITION BY customer_id, as_of ORDER BY day) AS gap
  FROM days
),
gaps AS (
  SELECT customer_id, as_of, avg(gap) AS gap_mean, stddev_samp(gap) AS gap_std FROM gap GROUP BY ALL
)
SELECT customer_id, as_of, {columns} FROM seen JOIN gaps USING (customer_id, as_of)
GROUP BY customer_id, as_of, now, gap_mean, gap_std
"""


def in_sql(name: str) -> str:
    for pattern, sql in SQL.items():
        if found := re.fullmatch(pattern, name):
            words = found.groupdict()
            return sql.format(**words, m=2 * int(words.get("n") or 0)) + f' AS "{name}"'
    raise AssertionError(name)


def microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=timezone.utc)) // TICK


@cache
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def due_of(event: Event, tz: str) -> int | None:
    """A date without a clock is a day of the zone; a time without an offset is UTC."""
    if len(event.due) <= 10:
        return microseconds(midnight(date.fromisoformat(event.due), tz)) if event.due else None
    return microseconds(at(event.due).replace(tzinfo=timezone.utc))


def expected_features(
    log: Sequence[Event], dates: Sequence[date], features: Sequence[str], tz: str
) -> dict[tuple[str, str], dict[str, object]]:
    """Customer and date → the features, for every customer with an event before the date."""
    if not log:
        return {}
    zone = ZoneInfo(tz)
    rows = [
        (
            number,
            event.customer_id,
            microseconds(event.time),
            event.time.astimezone(zone).date().toordinal(),
            slug(event.event),
            float(event.amount) if event.amount else None,
            event.plan or None,
            due_of(event, tz),
        )
        for number, event in enumerate(log)
    ]
    windows = sorted(
        {int(n) * twice for name in features for n in re.findall(r"(\d+)d$", name) for twice in (1, 2)}
    )
    starts = [
        (str(day), *(microseconds(midnight(d, tz)) for d in [day, *(day - n * DAY for n in windows)]))
        for day in dates
    ]
    tables = {
        "log": pd.DataFrame(rows, columns=LOG),
        "dates": pd.DataFrame(starts, columns=["as_of", "now", *(f"s{n}" for n in windows)]),
    }
    tables["log"] = tables["log"].astype({"amount": "float64", "plan": "string", "due": "Int64"})
    for name, frame in tables.items():
        database().register(name, frame)
    answer = database().execute(QUERY.format(columns=", ".join(map(in_sql, features))))
    names = [column[0] for column in answer.description]
    found = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return {(str(row.pop("customer_id")), str(row.pop("as_of"))): row for row in found}


# ── the oracle: who is in the table, and the label ──────────────────────────────────────────────────


def end_of(log: Sequence[Event], question: Question) -> datetime:
    if question.until and "T" in question.until:
        return at(question.until)
    if question.until:
        return midnight(date.fromisoformat(question.until), question.tz)
    last = max(event.time for event in log).astimezone(ZoneInfo(question.tz)).date()
    return midnight(last + DAY, question.tz)


def happened(
    events: Iterable[Event], first: datetime, end: datetime, names: Iterable[str] = ()
) -> list[datetime]:
    """Times from first to before end, of the named events, or of all."""
    slugs = set(map(slug, names))
    return [e.time for e in events if first <= e.time < end and (not slugs or slug(e.event) in slugs)]


def leaves_and_returns(own: Sequence[Event], question: Question) -> list[tuple[datetime, bool]]:
    """The times at which a customer leaves (True) or comes back (False), in order of time, then line.

    Of several lines at one time the last such one counts. own: the events of one customer.
    """
    back = {slug(name) for name in (*question.activity, *filter(None, [question.start_event]))}
    turns: dict[datetime, bool] = {}
    for event in sorted(own, key=lambda event: event.time):
        if slug(event.event) == slug(question.churn_event or ""):
            turns[event.time] = True
        elif not back or slug(event.event) in back:
            turns[event.time] = False
    return sorted(turns.items())


def expected_labels(log: Sequence[Event], day: date, question: Question) -> dict[str, int | None]:
    """Customer → label (None: censored), for all customers in the table at a date."""

    def instant(days: int) -> datetime:
        return midnight(day + days * DAY, question.tz)

    ever, now, horizon = at("0001-01-01T00:00:00Z"), instant(0), question.horizon or 0
    begin, end = instant(question.lead), instant(question.lead + horizon)
    starts = [question.start_event] if question.start_event else []
    within = question.active_within or (question.horizon if not question.churn_event else None)
    answer: dict[str, int | None] = {}
    for customer in {event.customer_id for event in log}:
        own = [event for event in log if event.customer_id == customer]
        started = happened(own, ever, now, starts)
        if not started:
            continue
        if within and not happened(own, instant(-within), now, question.activity):
            continue
        if question.churn_event:
            turns = leaves_and_returns(own, question)
            earlier = [leaves for when, leaves in turns if when < now]
            if (earlier and earlier[-1]) or any(leaves and now <= when < begin for when, leaves in turns):
                continue
            truth = any(leaves and begin <= when < end for when, leaves in turns)
        else:
            truth = not happened(own, begin, end, question.activity)
        answer[customer] = int(truth) if end <= end_of(log, question) else None
    return answer


# ── the comparison ──────────────────────────────────────────────────────────────────────────────────


def agrees(written: str, value: object) -> bool:
    if value is None:
        return written == ""
    if isinstance(value, float):
        return written != "" and math.isclose(float(written), value, rel_tol=1e-9, abs_tol=1e-12)
    return written == str(value)


def assert_as_expected(
    log: Sequence[Event], dates: Sequence[date], features: Sequence[str], question: Question, *more: str
) -> None:
    rows = featurized(log, dates, features, question, *more)
    keys = [(row["customer_id"], row["as_of"]) for row in rows]
    labels = {(c, str(d)): v for d in dates for c, v in expected_labels(log, d, question).items()}
    assert len(keys) == len(set(keys))
    assert set(keys) == set(labels)
    values = expected_features(log, dates, features, question.tz)
    for key, row in zip(keys, rows, strict=True):
        wanted = {**values[key], **({question.label(): labels[key]} if question.horizon else {})}
        wrong = {n: (row[n], value) for n, value in wanted.items() if not agrees(row[n], value)}
        assert not wrong, f"{key}: (written, expected) {wrong}"


@st.composite
def features_of_a_window(draw: st.DrawFn) -> list[str]:
    """All features, of the windows of one length: those of several have nothing to do with each other."""
    days = draw(st.sampled_from(WINDOWS), "days")
    return [f"{name}_{days}d" for name in WINDOWED.split()] + TIMELESS.split()


# ── random logs ─────────────────────────────────────────────────────────────────────────────────────


def edges(dates: Sequence[date], tz: str) -> list[datetime]:
    """The instants at which windows of the dates begin or end, and some of the day before a date."""
    days = [sign * n for n in (0, 1, 2, 7, 14, 30, 60, 90, 180) for sign in (-1, 1)]
    borders = {midnight(day + n * DAY, tz) for day in dates for n in days}
    return sorted(borders | {midnight(day, tz) - timedelta(hours=n) for day in dates for n in (1, 6, 12, 20)})


def events(times: st.SearchStrategy[datetime], ids: Sequence[str] = tuple(IDS)) -> st.SearchStrategy[Event]:
    choose = st.sampled_from
    return st.builds(
        Event,
        choose(ids),
        times,
        choose(KINDS),
        choose(AMOUNTS),
        choose(PLANS),
        st.integers(0, 4),
        choose(DUES),
    )


def times_near(points: Sequence[datetime]) -> st.SearchStrategy[datetime]:
    """An edge, the instant before it, or some instant between the first and the last."""
    anywhere = st.datetimes(
        points[0].replace(tzinfo=None), points[-1].replace(tzinfo=None), timezones=st.just(timezone.utc)
    )
    return st.one_of(st.sampled_from(points), st.sampled_from(points).map(lambda t: t - TICK), anywhere)


@st.composite
def logs(draw: st.DrawFn, dates: Sequence[date], tz: str, ids: Sequence[str] = tuple(IDS)) -> list[Event]:
    """Up to 60 events of few customers, some of them twice, in any order."""
    rows = draw(st.lists(events(times_near(edges(dates, tz)), ids), max_size=60))
    return draw(st.permutations(rows + draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else rows))


def seeded_log(seed: int, tz: str = "UTC", size: int = 400, dates: Sequence[date] = DATES) -> list[Event]:
    """A log of 40 customers and a dozen new ones: ties in time, exact duplicates, events on every edge."""
    rng, points = random.Random(seed), edges(dates, tz)
    span = (points[-1] - points[0]) // TICK
    rows = [
        Event(
            f"{rng.randrange(40):05d}",
            rng.choice(
                [rng.choice(points), rng.choice(points) - TICK, points[0] + rng.randrange(span) * TICK]
            ),
            rng.choice(KINDS),
            rng.choice(AMOUNTS),
            rng.choice(PLANS),
            rng.randrange(5),
            rng.choice(DUES),
        )
        for _ in range(size)
    ]
    rows += rng.sample(rows, size // 10)
    rows += [
        rng.choice(rows)._replace(amount=rng.choice(AMOUNTS), plan=rng.choice(PLANS))
        for _ in range(size // 10)
    ]
    rows += [Event(f"new {n}", midnight(dates[n % 4], tz) - n * DAY / 8, "login") for n in range(1, 13)]
    rng.shuffle(rows)
    return rows


def with_churn(log: Sequence[Event], question: Question) -> list[Event]:
    """The log with a churn event of somebody who comes after all dates: a log without one is refused."""
    if not question.churn_event:
        return list(log)
    return [*log, Event("late", at("2024-11-30T00:00:00Z"), question.churn_event)]


QUESTIONS = [
    Question(),
    Question(active_within=7),
    Question(horizon=30),
    Question(horizon=30, lead=7),
    Question(horizon=7, active_within=90),
    Question(horizon=7, active_within=7),
    Question(horizon=30, activity=("purchase",)),
    Question(horizon=30, lead=1, activity=("purchase", "login"), active_within=60),
    Question(horizon=14, activity=("Support Call",)),
    Question(churn_event="cancel"),
    Question(horizon=30, churn_event="cancel"),
    Question(horizon=30, churn_event="cancel", lead=14),
    Question(horizon=30, churn_event="cancel", active_within=30),
    Question(horizon=30, churn_event="cancel", start_event="join"),
    Question(horizon=60, churn_event="cancel", start_event="join", lead=7, active_within=90),
    Question(horizon=30, churn_event="cancel", activity=("purchase", "login"), lead=3),
    Question(horizon=30, churn_event="cancel", activity=("login",), start_event="join", active_within=60),
    Question(horizon=30, start_event="join"),
    Question(horizon=30, churn_event="Support Call"),
]


# ── the whole table ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("tz", ZONES)
def test_all_features_of_a_larger_log_agree_with_the_oracle(tz: str) -> None:
    assert_as_expected(seeded_log(1, tz), DATES, FEATURES, Question(tz=tz))


@pytest.mark.parametrize(
    ("question", "tz"),
    [(question, ZONES[place % len(ZONES)]) for place, question in enumerate(QUESTIONS)],
    ids=[
        question.label() if question.horizon else f"{place}-no-label"
        for place, question in enumerate(QUESTIONS)
    ],
)
def test_the_customers_and_labels_of_a_larger_log_agree_with_the_oracle(question: Question, tz: str) -> None:
    assert_as_expected(seeded_log(1, tz), DATES, ["recency_days"], replace(question, tz=tz))


@settings(quick, max_examples=10)
@given(st.data())
def test_any_log_agrees_with_the_oracle(data: st.DataObject) -> None:
    tz = data.draw(st.sampled_from(ZONES), "tz")
    dates = data.draw(st.lists(st.sampled_from(DATES), min_size=1, max_size=3, unique=True), "dates")
    log = data.draw(logs(dates, tz), "log")
    question = data.draw(st.sampled_from(QUESTIONS), "question")
    until = data.draw(st.sampled_from([None, "2024-12-01"]), "until")
    log, features = with_churn(log, question), data.draw(features_of_a_window(), "features")
    assert_as_expected(log, dates, features, replace(question, tz=tz, until=until))


def test_dedupe_agrees_with_the_oracle_for_each_event_once() -> None:
    log, question = seeded_log(2), Question(horizon=30)
    rows = featurized(log, DATES[:2], FEATURES, question, "--dedupe")
    assert rows == featurized(list(dict.fromkeys(log)), DATES[:2], FEATURES, question)
    assert rows != featurized(log, DATES[:2], FEATURES, question)


def test_amounts_in_cents_agree_with_exact_arithmetic() -> None:
    rng, day = random.Random(4), date(2024, 3, 1)
    amounts = [round(rng.uniform(-50, 5_000), 2) for _ in range(500)]
    log = [Event("7", at("2024-02-01T00:00:00Z") + n * TICK, "x", str(a)) for n, a in enumerate(amounts)]
    row = featurized(log, [day], ["amount_sum_90d", "amount_mean_90d", "amount_std_90d"], Question())[0]
    exact = math.fsum(amounts), math.fsum(amounts) / 500, statistics.stdev(amounts)
    assert [float(row[f"amount_{what}_90d"]) for what in ("sum", "mean", "std")] == pytest.approx(
        exact, rel=1e-9
    )


def test_std_of_large_amounts_keeps_its_digits() -> None:
    log = [Event("7", at("2024-02-01T00:00:00Z"), "x", f"100000000{n}") for n in (1, 2, 3)]
    assert featurized(log, [date(2024, 3, 1)], ["amount_std_90d"], Question())[0]["amount_std_90d"] == "1.0"


def test_a_value_column_of_another_name_is_in_the_names_of_its_features() -> None:
    log = [Event("7", at("2024-02-01T00:00:00Z"), "x", "2.5", "1")]
    text = text_of(log, "who,when,what,price,seats,due")
    roles = ["--id", "who", "--time", "when", "--event", "what"]
    names = "price_sum_90d,x_count_90d,price_last,seats_max_90d"
    out = churnkit("featurize", *roles, "--as-of", "2024-03-01", "--features", names, given=text)
    assert out == f"who,as_of,{names}\n7,2024-03-01,2.5,1,2.5,1.0\n"


# ── the label ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("--horizon 30d", "churned_30d"),
        ("--horizon 4w", "churned_28d"),
        ("--horizon 30d --active-within 30d", "churned_30d"),
        ("--horizon 30d --lead 7d", "churned_30d_after_7d"),
        ("--horizon 30d --active-within 90d", "churned_30d_of_90d"),
        ("--horizon 30d --activity purchase", "churned_without_purchase_30d"),
        ("--horizon 30d --activity purchase,login", "churned_without_login_or_purchase_30d"),
        ("--horizon 30d --churn-event cancel", "churned_cancel_30d"),
        ("--horizon 30d --churn-event support-call", "churned_support_call_30d"),
        ("--horizon 30d --churn-event cancel --active-within 30d", "churned_cancel_30d_of_30d"),
        (
            "--horizon 30d --churn-event cancel --lead 7d --active-within 90d --start-event join",
            "churned_cancel_30d_after_7d_of_90d_from_join",
        ),
    ],
    ids=lambda text: text.replace("--", "").replace(" ", "-"),
)
def test_the_name_of_a_label_is_its_definition(options: str, name: str) -> None:
    asked = ["--as-of", "2024-03-30", "--features", "recency_days", *options.split()]
    out = churnkit("featurize", *asked, given=text_of(seeded_log(3, size=40)))
    assert out.splitlines()[0] == f"customer_id,as_of,recency_days,{name}"


LAST = date(2024, 5, 7)  # where the label window of 30 days after 7 ends, seen from April 1


@pytest.mark.parametrize("days", [-31, -1, 0, 1], ids="{:+}d".format)
@pytest.mark.parametrize(
    ("churn_event", "tz"), [(None, "Europe/Berlin"), ("cancel", "UTC")], ids=["silence", "cancel"]
)
def test_a_log_that_ends_some_days_from_the_end_of_the_label_window_agrees_with_the_oracle(
    days: int, tz: str, churn_event: str | None
) -> None:
    end = midnight(LAST + days * DAY, tz)
    log = [event for event in seeded_log(5, tz, size=100) if event.time < end]
    log.append(Event("last", end - TICK, "login"))
    question = Question(horizon=30, lead=7, tz=tz, churn_event=churn_event)
    for until in (
        None,
        str(LAST + days * DAY),
        f"{end:%Y-%m-%dT%H:%M:%SZ}",
        f"{end - TICK * 1_000_000:%Y-%m-%dT%H:%M:%SZ}",
    ):
        assert_as_expected(
            log[:-1] if until else log, DATES[2:3], ["recency_days"], replace(question, until=until)
        )


def test_customers_who_have_started_are_in_the_table_without_a_label_too() -> None:
    log = [Event("7", at("2024-02-01T00:00:00Z"), "join"), Event("7", at("2024-02-02T00:00:00Z"), "login")]
    rows = featurized(log, [date(2024, 3, 1)], ["recency_days"], Question(start_event="join"))
    assert [row["customer_id"] for row in rows] == ["7"]


# ── dates and days ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "dates"),
    [
        ("2024-01-31..2024-05-31/1mo", "2024-01-31 2024-02-29 2024-03-31 2024-04-30 2024-05-31"),
        ("2024-01-31..2024-05-30/1mo", "2024-01-31 2024-02-29 2024-03-31 2024-04-30"),
        ("2023-12-15..2024-02-15/1mo", "2023-12-15 2024-01-15 2024-02-15"),
        ("2024-01-01..2024-01-20/7d", "2024-01-01 2024-01-08 2024-01-15"),
        ("2024-01-01..2024-01-15/1w", "2024-01-01 2024-01-08 2024-01-15"),
        ("2024-01-05,2024-01-02", "2024-01-02 2024-01-05"),
        ("latest", "2024-01-11"),
    ],
    ids=lambda text: text.replace(" ", "-"),
)
def test_observation_dates_are_a_date_a_list_a_range_or_latest(asked: str, dates: str) -> None:
    log = [Event("7", at("2023-01-01T00:00:00Z"), "x"), Event("7", at("2024-01-10T09:00:00Z"), "x")]
    out = churnkit("featurize", "--as-of", asked, "--features", "tenure_days", given=text_of(log))
    assert sorted(row["as_of"] for row in csv.DictReader(io.StringIO(out))) == dates.split()


def test_latest_is_the_end_of_the_log_given_by_until() -> None:
    log = [Event("7", at("2024-01-10T09:00:00Z"), "x")]
    asked = ["--as-of", "latest", "--until", "2024-03-01", "--features", "recency_days"]
    out = churnkit("featurize", *asked, given=text_of(log))
    assert [row["as_of"] for row in csv.DictReader(io.StringIO(out))] == ["2024-03-01"]


@pytest.mark.parametrize(
    ("tz", "day", "first", "end"),
    [
        ("Europe/Berlin", "2024-03-31", "2024-03-29T23:00:00Z", "2024-03-30T23:00:00Z"),
        ("Europe/Berlin", "2024-04-01", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"),
        ("Europe/Berlin", "2024-10-28", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"),
        ("Asia/Beirut", "2024-03-31", "2024-03-29T22:00:00Z", "2024-03-30T22:00:00Z"),
        ("Asia/Beirut", "2024-04-01", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"),
        ("America/Havana", "2024-11-03", "2024-11-02T04:00:00Z", "2024-11-03T04:00:00Z"),
        ("America/Havana", "2024-11-04", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
    ],
)
def test_a_window_of_a_day_is_from_local_midnight_to_local_midnight_where_clocks_change(
    tz: str, day: str, first: str, end: str
) -> None:
    times = {"before": at(first) - TICK, "first": at(first), "last": at(end) - TICK, "at": at(end)}
    log = [Event(name, instant, "x") for name, instant in times.items()]
    rows = featurized(log, [date.fromisoformat(day)], ["event_count_1d", "tenure_days"], Question(tz=tz))
    assert {row["customer_id"]: row["event_count_1d"] for row in rows} == {
        "before": "0",
        "first": "1",
        "last": "1",
    }
    assert {row["tenure_days"] for row in rows if row["customer_id"] == "first"} == {
        str((at(end) - at(first)) / DAY)
    }


@pytest.mark.parametrize(
    ("tz", "day", "first", "end"),
    [
        ("Europe/Berlin", "2024-03-31", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"),
        ("Europe/Berlin", "2024-10-27", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"),
        ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"),
        ("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"),
    ],
)
def test_a_label_window_of_a_day_is_from_local_midnight_to_local_midnight_where_clocks_change(
    tz: str, day: str, first: str, end: str
) -> None:
    stays = {"before": "1", "first": "0", "last": "0", "end": "1"}
    times = [at(first) - TICK, at(first), at(end) - TICK, at(end)]
    log = [Event(name, instant, "x") for name, instant in zip(stays, times, strict=True)]
    log += [Event(name, at(first) - TICK, "x") for name in stays]
    rows = featurized(log, [date.fromisoformat(day)], ["recency_days"], Question(horizon=1, tz=tz))
    assert {row["customer_id"]: row["churned_1d"] for row in rows} == stays


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────


@quick
@given(st.data())
def test_events_from_the_observation_date_on_change_no_feature(data: st.DataObject) -> None:
    tz = data.draw(st.sampled_from(ZONES), "tz")
    question = data.draw(
        st.sampled_from([q for q in QUESTIONS if not (q.churn_event and q.lead)]), "question"
    )
    question, day = replace(question, tz=tz, until="2024-12-01"), DATES[1]
    now = midnight(day, tz)
    past = [event for event in data.draw(logs([day], tz), "log") if event.time < now]
    later = events(times_near([t for t in edges([day], tz) if t >= now])).filter(
        lambda event: event.time >= now
    )
    tables, features = [], data.draw(features_of_a_window(), "features")
    for _ in range(2):
        log = list(past)
        for event in data.draw(st.lists(later, max_size=6), "future"):
            log.insert(data.draw(st.integers(0, len(log))), event)
        rows = featurized(with_churn(log, question), [day], features, question)
        tables.append([{**row, question.label(): "unlike the features"} for row in rows])
    assert tables[0] == tables[1]


@quick
@given(st.data())
def test_the_order_of_lines_does_not_matter_for_events_at_different_times(data: st.DataObject) -> None:
    question = replace(data.draw(st.sampled_from(QUESTIONS), "question"), until="2024-12-01")
    cents = st.decimals(-1_000, 1_000, places=2).map(str)
    row = st.builds(
        lambda event, amount: event._replace(amount=amount), events(times_near(edges(DATES, "UTC"))), cents
    )
    log = data.draw(st.lists(row, max_size=30, unique_by=lambda event: event.time), "log")
    other = data.draw(st.permutations(log), "order")
    features = data.draw(features_of_a_window(), "features")
    one, two = (
        featurized(with_churn(some, question), DATES[1:3], features, question) for some in (log, other)
    )
    assert one == two


@quick
@given(st.data())
def test_parts_of_whole_customers_put_together_are_the_whole(data: st.DataObject) -> None:
    question = replace(data.draw(st.sampled_from(QUESTIONS), "question"), until="2024-12-01")
    log = data.draw(logs(DATES, "UTC"), "log")
    part_of = data.draw(st.fixed_dictionaries({customer: st.integers(0, 1) for customer in IDS}), "parts")
    features = data.draw(features_of_a_window(), "features")

    def rows_of(parts: set[int]) -> list[dict[str, str]]:
        some = [event for event in log if part_of[event.customer_id] in parts]
        return featurized(with_churn(some, question), DATES[:2], features, question)

    assert sorted([*rows_of({0}), *rows_of({1})], key=str) == sorted(rows_of({0, 1}), key=str)


def test_a_sample_of_customers_through_a_real_pipe_has_their_rows_of_the_whole(
    tmp_path: Path, warm_env: dict[str, str]
) -> None:
    Path(tmp_path, "events.csv").write_text(text_of(seeded_log(6)), encoding="utf-8")
    asked = "--as-of 2024-03-30,2024-04-01 --until 2024-12-01 --horizon 30d --churn-event cancel"
    featurize = f"churnkit featurize -q --no-header {asked} --features {','.join(FEATURES[::6])}"

    def lines(pipe: str) -> list[str]:
        run = subprocess.run(
            ["bash", "-o", "pipefail", "-c", pipe],
            cwd=tmp_path,
            env=warm_env,
            check=True,
            capture_output=True,
        )
        return run.stdout.decode().splitlines()

    whole = lines(f"{featurize} < events.csv")
    some = lines(f"churnkit sample -q --by customer_id --rate 0.5 events.csv | {featurize}")
    ids = {line.split(",")[0] for line in some}
    assert 5 < len(ids) < 35
    assert some == [line for line in whole if line.split(",")[0] in ids]


@pytest.mark.parametrize(
    "log",
    [
        [],
        [Event("00123", at("2019-02-01T00:00:00Z"), "login")],
        [Event("00123", at("2024-03-30T00:00:00Z"), "")],
        [Event("00123", at("2024-03-31T00:00:00Z"), "purchase", "1", "pro")],
    ],
    ids=["a-header-alone", "a-login-long-ago", "an-event-without-a-name", "an-event-at-as-of"],
)
def test_a_quiet_log_has_all_requested_features(log: list[Event]) -> None:
    assert_as_expected(log, DATES[1:2], FEATURES, Question())


@pytest.mark.parametrize("names", ["event_count_7d,event_count_7d", "timestamp_last", "customer_id_last"])
def test_odd_names_of_features_give_a_table_or_an_error_of_one_line(names: str, tmp_path: Path) -> None:
    log = tmp_path / "events.csv"
    log.write_text(text_of([Event("7", at("2024-02-01T00:00:00Z"), "x")]), encoding="utf-8")
    status = cli.run(
        ["featurize", "--as-of", "2024-03-01", "--features", names, "-o", str(tmp_path / "out"), str(log)]
    )
    assert status in (0, 2)
