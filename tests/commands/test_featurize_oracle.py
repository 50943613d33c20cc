"""`featurize` against another way of computing: DuckDB for the features, plain loops for who and labels."""

from __future__ import annotations

import csv
import io
import math
import random
import re
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnkit import cli

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
IDS = ["00123", "123", " 7", "7", "a,b", 'say "hi"', "1e3"]
KINDS = ["login", "login", "purchase", "Support Call", "support-call", "cancel", "join", ""]
AMOUNTS = ["", "", "0", "1", "2.5", "-3", "0.1", "0.2", "-0.3", "9.99", "1000000", " 7 ", "1e2"]
PLANS = ["", "", "basic", "pro", "00123", "1", " "]
ZONES = ["UTC", "Europe/Berlin", "Asia/Beirut", "America/Havana"]
DATES = [date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1), date(2024, 4, 30)]
FEATURES = [
    *(
        f"{family}_{days}d"
        for days in (1, 7, 30, 90)
        for family in (
            "event_count event_rate event_trend active_days login_count support_call_count never_count "
            "login_share support_call_share never_share amount_sum amount_mean amount_min amount_max "
            "amount_std amount_trend amount_per_active_day"
        ).split()
    ),
    *"recency_days tenure_days gap_mean_days gap_std_days recency_ratio".split(),
    *"purchase_recency_days support_call_recency_days never_recency_days".split(),
    *"amount_last plan_last".split(),
]
quick = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


class Event(NamedTuple):
    """A row of a log: its fields as they are written, but for the time, which has a style to write it."""

    customer_id: str
    time: datetime
    event: str
    amount: str = ""
    plan: str = ""
    style: int = 0

    def fields(self) -> list[str]:
        east = self.time.astimezone(timezone(timedelta(hours=2)))
        naive = self.time.replace(tzinfo=None)
        written = [f"{naive.isoformat()}Z", naive.isoformat(), east.isoformat(), naive.isoformat(" ")]
        return [self.customer_id, written[self.style % 4], self.event, self.amount, self.plan]


@dataclass(frozen=True)
class Question:
    """Who is asked about, and what their label is: the options of one command line."""

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
        parts = ["churned", without, slug(self.churn_event or ""), f"{self.horizon}d"]
        parts += [f"after_{self.lead}d" if self.lead else ""]
        default = None if self.churn_event else self.horizon
        parts += [f"of_{self.active_within}d" if self.active_within not in (None, default) else ""]
        parts += [f"from_{slug(self.start_event)}" if self.start_event else ""]
        return "_".join(filter(None, parts))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def slug(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


@lru_cache(maxsize=None)
def midnight(day: date, tz: str) -> datetime:
    """The first instant that wears this date in the zone, by bisection: a clock may skip 00:00 or show it twice."""
    zone, early = ZoneInfo(tz), datetime.combine(day - DAY, time(), timezone.utc)
    later = range(3 * 86_400)
    return early + timedelta(
        seconds=bisect_left(
            later, True, key=lambda s: (early + timedelta(seconds=s)).astimezone(zone).date() >= day
        )
    )


def text_of(log: Iterable[Event], header: str = "customer_id,timestamp,event,amount,plan") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(event.fields() for event in log)
    return f"{header}\n{out.getvalue()}"


def churnkit(*arguments: str, given: str) -> str:
    """What a command line that does its work writes about a file, called in this process."""
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

TOTAL = "list_reduce(coalesce(list(amount ORDER BY time, line) FILTER ({}), []), lambda a, b: a + b, 0.0)"
NOW, BEFORE = "amount IS NOT NULL AND time >= s{n}", "amount IS NOT NULL AND time >= s{m} AND time < s{n}"
TREND = "CASE WHEN {a} = 0 AND {b} = 0 THEN 0 ELSE ({a} - {b}) / (abs({a}) + abs({b})) END"
SQL = {  # pattern of a name → what it is: s7 is where the window of 7 days begins, times are microseconds
    r"event_count_(?P<n>\d+)d": "count(*) FILTER (time >= s{n})",
    r"event_rate_(?P<n>\d+)d": "count(*) FILTER (time >= s{n}) * 30.0"
    " / greatest(1, least({n}, (now - min(time)) / 86400e6))",
    r"event_trend_(?P<n>\d+)d": TREND.format(
        a="count(*) FILTER (time >= s{n})", b="count(*) FILTER (time >= s{m} AND time < s{n})"
    ),
    r"active_days_(?P<n>\d+)d": "count(DISTINCT day) FILTER (time >= s{n})",
    r"amount_sum_(?P<n>\d+)d": TOTAL.format(NOW),
    r"amount_mean_(?P<n>\d+)d": TOTAL.format(NOW) + " / nullif(count(amount) FILTER (time >= s{n}), 0)",
    r"amount_min_(?P<n>\d+)d": "min(amount) FILTER (time >= s{n})",
    r"amount_max_(?P<n>\d+)d": "max(amount) FILTER (time >= s{n})",
    r"amount_std_(?P<n>\d+)d": "stddev_samp(amount) FILTER (time >= s{n})",
    r"amount_trend_(?P<n>\d+)d": TREND.format(a=TOTAL.format(NOW), b=TOTAL.format(BEFORE)),
    r"amount_per_active_day_(?P<n>\d+)d": TOTAL.format(NOW)
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
    r"(?P<column>\w+)_last": "arg_max({column}, (time, line)) FILTER ({column} IS NOT NULL)",
}
QUERY = """
WITH seen AS (SELECT log.*, dates.* FROM log JOIN dates ON time < now),
days AS (SELECT DISTINCT customer_id, as_of, day FROM seen),
gap AS (
  SELECT customer_id, as_of, day - lag(day) OVER (PARTITION BY customer_id, as_of ORDER BY day) AS gap FROM days
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


@lru_cache(maxsize=1)
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def expected_features(
    log: Sequence[Event], dates: Sequence[date], features: Sequence[str], tz: str
) -> dict[tuple[str, str], dict[str, object]]:
    """Customer and date → the features, of everyone with an event before the date."""
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
        )
        for number, event in enumerate(log)
    ]
    windows = sorted({int(n) * twice for name in features for n in re.findall(r"(\d+)d$", name) for twice in (1, 2)})
    starts = [
        (str(day), *(microseconds(midnight(d, tz)) for d in [day, *(day - n * DAY for n in windows)]))
        for day in dates
    ]
    tables = {
        "log": pd.DataFrame(rows, columns="line customer_id time day event amount plan".split()),
        "dates": pd.DataFrame(starts, columns=["as_of", "now", *(f"s{n}" for n in windows)]),
    }
    tables["log"] = tables["log"].astype({"amount": "float64", "plan": "str"})
    for name, frame in tables.items():
        database().register(name, frame)
    answer = database().execute(QUERY.format(columns=", ".join(map(in_sql, features))))
    names = [column[0] for column in answer.description]
    found = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return {(str(row.pop("customer_id")), str(row.pop("as_of"))): row for row in found}


# ── the oracle: who is in the table, and the label ──────────────────────────────────────────────────


def end_of(log: Sequence[Event], question: Question) -> datetime:
    if question.until:
        return midnight(date.fromisoformat(question.until), question.tz)
    last = max(event.time for event in log).astimezone(ZoneInfo(question.tz)).date()
    return midnight(last + DAY, question.tz)


def happened(events: Iterable[Event], first: datetime, end: datetime, names: Iterable[str] = ()) -> list[datetime]:
    """Times from first to before end, of the named events, or of all."""
    slugs = set(map(slug, names))
    return [e.time for e in events if first <= e.time < end and (not slugs or slug(e.event) in slugs)]


def expected_labels(log: Sequence[Event], day: date, question: Question) -> dict[str, int | None]:
    """Customer → label (None: nobody knows), of all who are in the table at a date."""

    def instant(days: int) -> datetime:
        return midnight(day + days * DAY, question.tz)

    ever, now, horizon = at("0001-01-01T00:00:00Z"), instant(0), question.horizon or 0
    begin, end = instant(question.lead), instant(question.lead + horizon)
    starts, churn = filter(None, [question.start_event]), [question.churn_event or ""]
    starts = list(starts)
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
            left = happened(own, ever, now, churn)
            if (left and max(started) <= max(left)) or happened(own, now, begin, churn):
                continue
            truth = bool(happened(own, begin, end, churn))
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


# ── random logs ─────────────────────────────────────────────────────────────────────────────────────


def edges(dates: Sequence[date], tz: str, days: Sequence[int] = (0, 1, 2, 7, 14, 30, 60, 90, 180)) -> list[datetime]:
    """The instants at which windows of the dates begin or end, before and after them."""
    return sorted({midnight(d + sign * n * DAY, tz) for d in dates for n in days for sign in (-1, 1)})


def events(times: st.SearchStrategy[datetime], ids: Sequence[str] = tuple(IDS)) -> st.SearchStrategy[Event]:
    choose = st.sampled_from
    return st.builds(
        Event, choose(ids), times, choose(KINDS), choose(AMOUNTS), choose(PLANS), st.integers(0, 3)
    )


def times_near(points: Sequence[datetime]) -> st.SearchStrategy[datetime]:
    """An edge, the instant before it, or some instant between the first and the last."""
    anywhere = st.datetimes(
        points[0].replace(tzinfo=None), points[-1].replace(tzinfo=None), timezones=st.just(timezone.utc)
    )
    return st.one_of(st.sampled_from(points), st.sampled_from(points).map(lambda t: t - TICK), anywhere)


@st.composite
def logs(draw: st.DrawFn, dates: Sequence[date], tz: str, ids: Sequence[str] = tuple(IDS)) -> list[Event]:
    """Up to 30 events of few customers, some of them twice, in any order."""
    rows = draw(st.lists(events(times_near(edges(dates, tz)), ids), max_size=30))
    return draw(st.permutations(rows + draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else rows))


def seeded_log(seed: int, tz: str = "UTC", size: int = 400, dates: Sequence[date] = DATES) -> list[Event]:
    """A larger log of 40 customers: ties in time, exact duplicates, events on every edge."""
    rng, points = random.Random(seed), edges(dates, tz)
    span = (points[-1] - points[0]) // TICK
    rows = [
        Event(
            f"{rng.randrange(40):05d}",
            rng.choice([rng.choice(points), rng.choice(points) - TICK, points[0] + rng.randrange(span) * TICK]),
            rng.choice(KINDS),
            rng.choice(AMOUNTS),
            rng.choice(PLANS),
            rng.randrange(4),
        )
        for _ in range(size)
    ]
    rows += rng.sample(rows, size // 10)
    rows += [rng.choice(rows)._replace(amount=rng.choice(AMOUNTS), plan=rng.choice(PLANS)) for _ in range(size // 10)]
    rng.shuffle(rows)
    return rows


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
    Question(horizon=30, start_event="join"),
    Question(horizon=30, churn_event="Support Call"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.label() if q.horizon else repr(q.arguments()))
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin"])
def test_a_larger_log_gives_the_features_the_customers_and_the_label_of_the_oracle(
    question: Question, tz: str
) -> None:
    assert_as_expected(seeded_log(1, tz), DATES, FEATURES, replace(question, tz=tz))


@quick
@given(st.data())
def test_any_log_gives_the_features_the_customers_and_the_label_of_the_oracle(data: st.DataObject) -> None:
    tz = data.draw(st.sampled_from(ZONES), "tz")
    dates = data.draw(st.lists(st.sampled_from(DATES), min_size=1, max_size=3, unique=True), "dates")
    log = data.draw(logs(dates, tz), "log")
    question = replace(data.draw(st.sampled_from(QUESTIONS), "question"), tz=tz, until="2024-12-01")
    assert_as_expected(log, dates, FEATURES, question)
