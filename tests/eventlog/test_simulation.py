"""The simulated log follows its rules, and the truth matches the formula and the drawn events."""

from __future__ import annotations

import csv
import io
import math
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from churnkit.eventlog import simulation
from churnkit.eventlog.simulation import SimulatedBatch, make_messy, simulate

START, MONTHS, CUSTOMERS = date(2024, 1, 1), 12, 10_000
END = datetime(2025, 1, 1)
THIRTY_DAYS = timedelta(days=30)


def drawn(customers: int, months: int = MONTHS, start: date = START, seed: int = 0) -> SimulatedBatch:
    """The batches of a simulation as one."""
    batches = list(simulate(customers, months, start, seed))
    return SimulatedBatch(pl.concat(b.events for b in batches), pl.concat(b.truth for b in batches))


@pytest.fixture(scope="module")
def log() -> SimulatedBatch:
    return drawn(CUSTOMERS)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def known_at(log: SimulatedBatch, day: date) -> pl.DataFrame:
    """The truth of a month, with values counted again from the events before and in it."""
    now = midnight(day)
    time, event = pl.col("timestamp"), pl.col("event")
    past = log.events.filter(time < now).group_by("customer_id")
    before = past.agg(
        recency_days=(now - time.max()).dt.total_seconds() / 86_400,
        tenure_days=(now - time.min()).dt.total_seconds() / 86_400,
        calls=((event == "support_call") & (time >= now - THIRTY_DAYS)).sum(),
        events=(time >= now - THIRTY_DAYS).sum(),
        plan=pl.col("plan").last(),
    )
    after = log.events.filter(time >= now, time < now + THIRTY_DAYS)["customer_id"].unique()
    return (
        log.truth.filter(pl.col("month") == day)
        .join(before, on="customer_id", how="left")
        .join(after.to_frame().with_columns(is_silent=False), on="customer_id", how="left")
        .with_columns(pl.col("is_silent").fill_null(True))
    )


def stated_probability(past: list[dict[str, object]], now: datetime) -> float:
    """The formula of the docstring, in plain Python, from the events before a month's start."""
    times = {name: [e["timestamp"] for e in past if e["event"] == name] for name in simulation.EVENTS}
    last_use = max(times["signup"] + times["login"] + times["purchase"])
    calls = len([t for t in times["support_call"] if t >= now - THIRTY_DAYS])
    tenure = (now - times["signup"][0]) / timedelta(days=1)
    recency = (now - last_use) / timedelta(days=1)
    log_odds = simulation.INTERCEPT
    log_odds += dict(zip(simulation.PLANS, simulation.PLAN_EFFECT, strict=True))[past[-1]["plan"]]
    log_odds += simulation.SUPPORT_CALL_EFFECT * min(calls, simulation.SUPPORT_CALLS_AT_MOST)
    log_odds += simulation.RECENCY_EFFECT * min(recency / simulation.RECENCY_DAYS, 1)
    log_odds += simulation.TENURE_EFFECT * math.exp(-tenure / simulation.TENURE_DAYS)
    return 1 / (1 + math.exp(-log_odds))


# The same customers, always


def test_the_same_seed_draws_the_same_log(log: SimulatedBatch) -> None:
    again = drawn(CUSTOMERS)
    assert_frame_equal(again.events, log.events)
    assert_frame_equal(again.truth, log.truth)


def test_another_seed_draws_other_customers(log: SimulatedBatch) -> None:
    other = drawn(100, seed=1)
    signups = log.events.filter(pl.col("event") == "signup").head(100)
    assert other.events.filter(pl.col("event") == "signup").rows() != signups.rows()


def test_two_batches_of_one_seed_differ() -> None:
    first, second = (b.events.drop("customer_id") for b in simulate(10_000, 3, START, 0))
    assert not first.equals(second)


@pytest.mark.parametrize("customers", [1, 4_999, 5_000, 5_001])
def test_fewer_customers_are_the_first_of_more(log: SimulatedBatch, customers: int) -> None:
    fewer, last = drawn(customers), f"c{customers:07d}"
    assert_frame_equal(fewer.events, log.events.filter(pl.col("customer_id") <= last))
    assert_frame_equal(fewer.truth, log.truth.filter(pl.col("customer_id") <= last))


@pytest.mark.parametrize("customers", [0, 1, 4_999, 5_000, 5_001, 10_001])
def test_each_requested_customer_signs_up_once(customers: int) -> None:
    signups = [b.events.filter(pl.col("event") == "signup") for b in simulate(customers, 2, START, 0)]
    ids = [i for batch in signups for i in batch["customer_id"]]
    assert ids == [f"c{k:07d}" for k in range(1, customers + 1)]


# The shape of the log


def test_the_columns_are_the_stated_ones(log: SimulatedBatch) -> None:
    assert dict(log.events.schema) == simulation.EVENT_COLUMNS
    assert dict(log.truth.schema) == simulation.TRUTH_COLUMNS


def test_only_the_amount_is_ever_null(log: SimulatedBatch) -> None:
    assert log.events.drop("amount").null_count().sum_horizontal().item() == 0
    assert log.truth.null_count().sum_horizontal().item() == 0


def test_events_are_sorted_by_customer_then_time(log: SimulatedBatch) -> None:
    order = log.events.select("customer_id", "timestamp")
    assert_frame_equal(order, order.sort("customer_id", "timestamp"))


def test_times_are_whole_seconds(log: SimulatedBatch) -> None:
    assert (log.events["timestamp"].dt.microsecond() == 0).all()


def test_most_events_happen_by_day(log: SimulatedBatch) -> None:
    assert log.events["timestamp"].dt.hour().is_between(8, 20).mean() > 0.7


def test_every_kind_of_event_and_plan_occurs(log: SimulatedBatch) -> None:
    assert set(log.events["event"]) == set(simulation.EVENTS)
    assert set(log.events["plan"]) == set(simulation.PLANS)


def test_the_signup_is_the_first_event(log: SimulatedBatch) -> None:
    others = log.events.filter(pl.col("event") != "signup")
    signups = log.events.filter(pl.col("event") == "signup")
    both = others.join(signups, on="customer_id", suffix="_signup")
    assert both.height == others.height
    assert (both["timestamp"] > both["timestamp_signup"]).all()


def test_nothing_follows_a_cancel(log: SimulatedBatch) -> None:
    cancels = log.events.filter(pl.col("event") == "cancel")
    both = log.events.filter(pl.col("event") != "cancel").join(cancels, on="customer_id", suffix="_cancel")
    assert cancels["customer_id"].is_unique().all()
    assert (both["timestamp"] < both["timestamp_cancel"]).all()


def test_no_event_follows_the_month_of_a_silent_churn(log: SimulatedBatch) -> None:
    left = log.truth.filter(pl.col("churned") == 1).join(
        log.events.filter(pl.col("event") == "cancel"), on="customer_id", how="anti"
    )
    both = log.events.join(left, on="customer_id")
    assert left.height > 100
    assert (both["timestamp"].dt.date() < both["month"].dt.offset_by("1mo")).all()


def test_a_silent_churner_has_no_events_after_an_instant_inside_the_month(log: SimulatedBatch) -> None:
    cancelled = log.events.filter(pl.col("event") == "cancel").select("customer_id")
    uses = log.events.filter(pl.col("event") == "login").with_columns(
        month=pl.col("timestamp").dt.date().dt.truncate("1mo"), day=pl.col("timestamp").dt.day()
    )
    silent = uses.join(log.truth.filter(pl.col("churned") == 1), on=["customer_id", "month"]).join(
        cancelled, on="customer_id", how="anti"
    )
    late = (silent["day"] > 20).sum()
    assert late < (silent["day"] <= 10).sum() / 2


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 1, 1), 1, datetime(2024, 2, 1)),
        (date(2023, 1, 31), 2, datetime(2023, 3, 31)),
        (date(1969, 12, 15), 3, datetime(1970, 3, 15)),
        (date(2023, 2, 1), 26, datetime(2025, 4, 1)),
    ],
    ids=str,
)
def test_all_events_are_inside_the_period(start: date, months: int, end: datetime) -> None:
    log = drawn(5_000, months, start)
    assert log.events["timestamp"].min() >= midnight(start)
    assert end - timedelta(days=1) <= log.events["timestamp"].max() < end
    assert log.truth["month"].n_unique() == months - 1


def test_only_purchases_have_an_amount_and_it_is_in_whole_cents(log: SimulatedBatch) -> None:
    amounts = log.events.filter(pl.col("amount").is_not_null())
    assert set(amounts["event"]) == {"purchase"}
    assert amounts.height == log.events.filter(pl.col("event") == "purchase").height
    assert all(a == round(a, 2) and 0.01 <= a < math.inf for a in amounts["amount"])


def test_a_plan_changes_exactly_at_plan_changes(log: SimulatedBatch) -> None:
    before = pl.col("plan").shift().over("customer_id")
    steps = log.events.with_columns(before=before).filter(
        pl.col("before").is_not_null(),
        # Two events in one second have no order between them.
        pl.col("timestamp").diff().over("customer_id") > timedelta(0),
        pl.col("timestamp").diff(-1).over("customer_id") != timedelta(0),
    )
    moved = steps["plan"] != steps["before"]
    assert moved.any()
    assert (moved == (steps["event"] == "plan_change")).all()


# The truth


@pytest.mark.parametrize("start", [date(2024, 1, 1), date(2023, 1, 31)], ids=str)
def test_the_probability_follows_from_the_log_by_the_stated_formula(start: date) -> None:
    log = drawn(400, 9, start)
    events = log.events.partition_by("customer_id", as_dict=True)
    histories = {key[0]: frame.to_dicts() for key, frame in events.items()}
    assert log.truth.height > 1_000
    for customer, month, probability, _ in log.truth.iter_rows():
        past = [e for e in histories[customer] if e["timestamp"] < midnight(month)]
        assert abs(stated_probability(past, midnight(month)) - probability) < 1e-12


def test_the_truth_has_a_row_for_each_month_that_begins_with_the_customer_active(
    log: SimulatedBatch,
) -> None:
    events, truth = log.events, log.truth
    month = pl.col("timestamp").dt.date().dt.truncate("1mo")
    signup = events.filter(pl.col("event") == "signup").select("customer_id", "timestamp")
    cancelled = events.filter(pl.col("event") == "cancel").select("customer_id", left=month)
    silent = truth.filter(pl.col("churned") == 1).select("customer_id", silent="month")
    months = pl.DataFrame({"month": [date(2024, m, 1) for m in range(1, 13)]})
    expected = (
        signup.join(cancelled, on="customer_id", how="left")
        .join(silent, on="customer_id", how="left")
        .join(months, how="cross")
        .filter(pl.col("timestamp") < pl.col("month").cast(pl.Datetime("us")))
        .filter(pl.col("month") <= pl.coalesce("left", "silent", pl.lit(END.date())))
    )
    assert_frame_equal(expected.select("customer_id", "month"), truth.select("customer_id", "month"))


def test_a_customer_who_cancels_has_churned_in_that_month(log: SimulatedBatch) -> None:
    month = pl.col("timestamp").dt.date().dt.truncate("1mo").alias("month")
    cancelled = log.events.filter(pl.col("event") == "cancel").select("customer_id", month)
    left = log.truth.filter(pl.col("churned") == 1)
    assert cancelled.join(left, on=["customer_id", "month"], how="anti").is_empty()


def test_the_stated_share_of_churners_write_a_cancel(log: SimulatedBatch) -> None:
    left = log.truth["churned"].sum()
    cancels = (log.events["event"] == "cancel").sum()
    share = simulation.CANCEL_SHARE
    assert abs(cancels - share * left) < 4 * math.sqrt(left * share * (1 - share))


def test_churn_matches_the_probabilities_in_each_tenth(log: SimulatedBatch) -> None:
    p = pl.col("churn_probability")
    tenths = log.truth.with_columns(tenth=p.rank("ordinal") * 10 // (pl.len() + 1))
    sums = tenths.group_by("tenth").agg(pl.col("churned").sum(), p.sum(), noise=(p * (1 - p)).sum())
    everyone = sums.drop("tenth").sum()
    for churned, expected, noise in sums.drop("tenth").rows() + everyone.rows():
        assert abs(churned - expected) < 4 * math.sqrt(noise)


def test_the_true_probabilities_rank_churners_well_but_not_perfectly(log: SimulatedBatch) -> None:
    assert 0.68 < roc_auc_score(log.truth["churned"], log.truth["churn_probability"]) < 0.85


# What a model can find


@pytest.fixture(scope="module")
def july(log: SimulatedBatch) -> pl.DataFrame:
    return known_at(log, date(2024, 7, 1))


@pytest.mark.parametrize(
    ("leaves_more", "leaves_less"),
    [
        pytest.param(pl.col("recency_days") > 20, pl.col("recency_days") < 5, id="long unseen"),
        pytest.param(pl.col("calls") > 0, pl.col("calls") == 0, id="has called support"),
        pytest.param(pl.col("plan") == "basic", pl.col("plan") == "premium", id="small plan"),
        pytest.param(pl.col("tenure_days") < 60, pl.col("tenure_days") > 120, id="new"),
        pytest.param(pl.col("events") <= 2, pl.col("events") >= 6, id="has faded"),
    ],
)
def test_the_obvious_features_carry_the_signal(
    july: pl.DataFrame, leaves_more: pl.Expr, leaves_less: pl.Expr
) -> None:
    more, less = july.filter(leaves_more), july.filter(leaves_less)
    assert more["churn_probability"].mean() > 1.2 * less["churn_probability"].mean()
    assert more["churned"].mean() > less["churned"].mean()


def test_customers_who_stay_are_rarely_silent_for_30_days(july: pl.DataFrame) -> None:
    assert july.filter(pl.col("churned") == 0)["is_silent"].mean() < 0.06


def test_about_one_in_twenty_churns_per_month(log: SimulatedBatch) -> None:
    assert 0.04 < log.truth["churn_probability"].mean() < 0.06


def test_a_customer_has_some_dozens_of_events_per_year(log: SimulatedBatch) -> None:
    assert 15 < log.events.height / CUSTOMERS < 40


# The messy log


@pytest.fixture(scope="module")
def tidy(log: SimulatedBatch) -> pl.DataFrame:
    return log.events.head(50_000)


@pytest.fixture(scope="module")
def mess(tidy: pl.DataFrame) -> pl.DataFrame:
    return make_messy(tidy, seed=0)


def test_a_messy_log_keeps_the_customer_and_time_of_each_row(tidy: pl.DataFrame, mess: pl.DataFrame) -> None:
    row = ["customer_id", "timestamp"]
    before, after = (f.group_by(row).len() for f in (tidy, mess))
    both = before.join(after, on=row, suffix="_after")
    assert both.height == before.height == after.height
    assert (both["len_after"] >= both["len"]).all()


def test_a_row_of_a_messy_log_keeps_its_meaning_unless_blank(tidy: pl.DataFrame, mess: pl.DataFrame) -> None:
    slug = pl.col("event").str.to_lowercase().str.replace_all("[ -]", "_")
    said = mess.drop_nulls(["event", "plan"]).with_columns(slug).fill_null(0.0)
    assert said.join(tidy.fill_null(0.0), on=tidy.columns, how="anti").is_empty()


def test_a_hundredth_of_a_messy_log_are_rows_equal_in_every_column(
    tidy: pl.DataFrame, mess: pl.DataFrame
) -> None:
    assert mess.height == tidy.height * 1.01
    assert mess.is_duplicated().sum() >= 2 * tidy.height * 0.01


def test_a_messy_log_is_not_sorted(mess: pl.DataFrame) -> None:
    for column in ("customer_id", "timestamp"):
        assert 0.4 < (mess[column] < mess[column].shift()).mean() < 0.6


def test_a_messy_log_spells_events_in_many_ways_that_mean_the_same(
    tidy: pl.DataFrame, mess: pl.DataFrame
) -> None:
    spelt = set(mess["event"].drop_nulls())
    assert spelt >= {"LOGIN", "Support Call", "support call", "support-call", "SUPPORT_CALL"}
    assert {s.lower().replace(" ", "_").replace("-", "_") for s in spelt} == set(tidy["event"])
    odd = mess.filter(~pl.col("event").is_in(simulation.EVENTS)).height
    assert 0.05 < odd / mess.height < simulation.RESPELT_SHARE


def test_a_messy_log_has_few_empty_fields_and_always_customer_and_time(mess: pl.DataFrame) -> None:
    blank = {column: mess[column].null_count() / mess.height for column in mess.columns}
    assert blank["customer_id"] == blank["timestamp"] == 0
    assert 0 < blank["event"] < 0.01
    assert 0 < blank["plan"] < 0.01


def test_a_messy_log_is_the_same_only_for_the_same_seed(tidy: pl.DataFrame) -> None:
    few = tidy.head(1_000)
    assert make_messy(few, 7).equals(make_messy(few, 7))
    assert not make_messy(few, 7).equals(make_messy(few, 8))


def test_a_messy_empty_log_is_empty(tidy: pl.DataFrame) -> None:
    assert_frame_equal(make_messy(tidy.clear(), 0), tidy.clear())


def test_a_strict_reader_reads_a_messy_log(mess: pl.DataFrame) -> None:
    for row in csv.DictReader(io.StringIO(mess.head(5_000).write_csv())):
        assert len(row) == 5
        datetime.fromisoformat(row["timestamp"])
        assert not row["amount"] or float(row["amount"]) > 0
