"""Simulates an event log of customers who churn by a known process, and the truth behind it.

A customer who signed up before the start of a month churns in that month with the probability p,

    ln(p / (1 - p)) = INTERCEPT
                    + PLAN_EFFECT[plan]
                    + SUPPORT_CALL_EFFECT * min(support calls, SUPPORT_CALLS_AT_MOST)
                    + RECENCY_EFFECT      * min(recency, RECENCY_DAYS) / RECENCY_DAYS
                    + TENURE_EFFECT       * exp(-tenure / TENURE_DAYS)

where all values are known at the start of the month: plan is the plan of the latest event; support calls
are counted over the SUPPORT_WINDOW_DAYS before; recency is the days since the last signup, login or
purchase; tenure is the days since the signup (both with fractions). Nobody churns in the month of the
signup. A customer who churns does so at one instant inside the month and has no events after it:
CANCEL_SHARE of these customers write `cancel` at that instant, the others just stop.

Each customer also has a level of use, which is not in the log and has an effect only through the events. For
FADER_SHARE of the customers it starts at some day to halve every FADE_HALVING_DAYS, so they use the product
less before they churn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.arrays import Floats, Ints

PLANS = ("basic", "plus", "premium")
EVENTS = ("signup", "login", "purchase", "support_call", "plan_change", "cancel")
SIGNUP, LOGIN, PURCHASE, SUPPORT_CALL, PLAN_CHANGE, CANCEL = range(len(EVENTS))

# The known churn process: log-odds of churning in a month.
INTERCEPT = -5.0
PLAN_EFFECT = (0.5, 0.0, -0.7)  # in the order of PLANS
SUPPORT_CALL_EFFECT = 1.0  # per call
SUPPORT_CALLS_AT_MOST = 3
SUPPORT_WINDOW_DAYS = 30
RECENCY_EFFECT = 3.0  # at RECENCY_DAYS of silence or more; 0 at 0 days
RECENCY_DAYS = 30.0
TENURE_EFFECT = 1.5  # on the day of the signup
TENURE_DAYS = 120.0  # after this time 1/e of the effect is left
CANCEL_SHARE = 0.7

# How customers behave; rates are per 30 days.
PRESENT_SHARE = 0.4  # sign up in the first PRESENT_DAYS, the others on any day of the log
PRESENT_DAYS = 7
PLAN_SHARE = (0.5, 0.3, 0.2)
USE_AT_LEAST = 3.0  # level of use: this + gamma(USE_SHAPE) of mean USE_MORE
USE_MORE = 2.0
USE_SHAPE = 1.5
FADER_SHARE = 0.35
FADE_AFTER_DAYS = 150.0  # from signup until use begins to fade: exponential, with this mean
FADE_HALVING_DAYS = 20.0
FADED_SHARE = 0.3  # use does not fall below this share of its level
PURCHASE_SHARE = 0.25  # of the uses; the others are logins
AMOUNT_MEDIAN = (15.0, 30.0, 60.0)  # of the purchases, log-normal, in the order of PLANS
AMOUNT_SIGMA = 0.6
SUPPORT_CALL_RATE = 0.15
PLAN_CHANGE_SHARE = 0.02  # of the customers, per month
HOUR_WEIGHTS = (1, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 9, 10, 11, 10, 7, 4, 2)

# The shares of rows that `messy` changes.
DUPLICATE_SHARE = 0.01
RESPELT_SHARE = 0.1
BLANK_PLAN_SHARE = 0.005
BLANK_EVENT_SHARE = 0.002

BATCH = 5_000  # with another batch size the same seed gives other customers

EVENT_COLUMNS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "timestamp": pl.Datetime("us"),
    "event": pl.String(),
    "amount": pl.Float64(),
    "plan": pl.String(),
}
TRUTH_COLUMNS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "month": pl.Date(),
    "churn_probability": pl.Float64(),
    "churned": pl.Int64(),
}

HOURS = np.repeat(np.arange(24), HOUR_WEIGHTS)
NEVER = np.iinfo(np.int64).max
Rng = np.random.Generator


@dataclass(frozen=True)
class SimulatedBatch:
    """Some customers, with all their events and the truth about their churn.

    events: EVENT_COLUMNS, by customer, then time; times are UTC, in whole seconds; amount is null except for
    purchases; plan is the plan at the time of the event. truth: TRUTH_COLUMNS, one row per customer and
    month, if they are a customer at its start: the probability of churning in that month, and whether they do
    (0 or 1).
    """

    events: pl.DataFrame
    truth: pl.DataFrame


@dataclass(frozen=True)
class _Month:
    starts: windows.AsOf
    end: int  # an instant, in microseconds
    days: int


@dataclass(frozen=True)
class _Customers:
    """The state of each customer of a batch; the loop over the months changes the arrays."""

    signup: Ints  # instants in microseconds, as `last_use`, `left` and `fades_from`
    use_level: Floats
    fades_from: Floats
    plan: Ints
    last_use: Ints
    left: Ints  # NEVER until the customer churns


def churn_probability(plan: Ints, support_calls: Ints, recency_days: Floats, tenure_days: Floats) -> Floats:
    """The probability (0 to 1) of churning in a month, by the formula at the top of this file.

    plan: positions in PLANS. All arrays have the same length and hold what is known at the start of the
    month.
    """
    log_odds = (
        INTERCEPT
        + np.array(PLAN_EFFECT)[plan]
        + SUPPORT_CALL_EFFECT * np.minimum(support_calls, SUPPORT_CALLS_AT_MOST)
        + RECENCY_EFFECT * np.minimum(recency_days, RECENCY_DAYS) / RECENCY_DAYS
        + TENURE_EFFECT * np.exp(-tenure_days / TENURE_DAYS)
    )
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def simulate(customers: int, months: int, start: date, seed: int) -> Iterator[SimulatedBatch]:
    """The events of N customers, BATCH of them at a time, so memory stays constant.

    months: at least 1; month k begins k calendar months after start, at midnight UTC, and the log covers all
    of them. seed: 0 or more. Each batch has its own seed and is always drawn in full, then cut: so a smaller
    number of customers gives the first customers of a larger one.
    """
    borders = [windows.as_of(windows.add_step(start, "1mo", k)) for k in range(months + 1)]
    calendar = [_Month(a, b.instant, (b.day - a.day).days) for a, b in pairwise(borders)]
    for number, first in enumerate(range(0, customers, BATCH)):
        own_seed = np.random.SeedSequence(seed, spawn_key=(number,))
        ids = [f"c{k + 1:07d}" for k in range(first, min(first + BATCH, customers))]
        yield _batch(pl.Series(ids), calendar, Rng(np.random.PCG64(own_seed)))


def make_messy(events: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same events with the defects of real data; the customer and time of each row do not change.

    events: EVENT_COLUMNS. Some event names are spelled differently (`LOGIN`, `Support Call`, `support-call`),
    some plans and event names are null, some rows appear twice, equal in every column, and the rows are in
    random order: see the shares at the top.
    """
    rng = Rng(np.random.PCG64(seed))
    rows, event = events.height, pl.col("event")
    spaced, dashed = event.str.replace_all("_", " "), event.str.replace_all("_", "-")
    spellings = (event.str.to_uppercase(), spaced.str.to_titlecase(), spaced, dashed)
    chosen = pl.Series(rng.random(rows) / RESPELT_SHARE * len(spellings)).floor()
    respelt = (pl.when(chosen == k).then(spelling) for k, spelling in enumerate(spellings))
    has_event, has_plan = (rng.random(rows) >= s for s in (BLANK_EVENT_SHARE, BLANK_PLAN_SHARE))
    spoilt = events.with_columns(
        event=pl.when(pl.Series(has_event)).then(pl.coalesce(*respelt, event)),
        plan=pl.when(pl.Series(has_plan)).then(pl.col("plan")),
    )
    again = rng.choice(rows, round(rows * DUPLICATE_SHARE), replace=False)
    return spoilt[rng.permutation(np.concatenate([np.arange(rows), again]))]


def _batch(ids: pl.Series, calendar: list[_Month], rng: Rng) -> SimulatedBatch:
    """Simulates a batch month by month; customers beyond the ids are drawn, then left out."""
    customers = _signed_up(calendar, rng)
    signups = np.full(BATCH, SIGNUP)
    log = [_log(customers, np.arange(BATCH), customers.signup, signups, rng)]
    truth = []
    for month in calendar:
        lately = pl.concat(log[-2:])  # two months are never shorter than SUPPORT_WINDOW_DAYS
        truth.append(_leave(customers, month, lately, rng))
        log.append(_live(customers, month, rng))
    events = _told(pl.concat(log).sort("who", "timestamp", "event", maintain_order=True), rng)
    return SimulatedBatch(
        _named(events, ids, EVENT_COLUMNS),
        _named(pl.concat(truth).sort("who", "month"), ids, TRUTH_COLUMNS),
    )


def _signed_up(calendar: list[_Month], rng: Rng) -> _Customers:
    """A batch of customers as they sign up."""
    all_days = sum(month.days for month in calendar)
    present = rng.random(BATCH) < PRESENT_SHARE
    signup = _moments(calendar[0], np.where(present, PRESENT_DAYS, all_days), rng)
    fades_from = signup + rng.exponential(FADE_AFTER_DAYS, BATCH) * windows.DAY
    return _Customers(
        signup=signup,
        use_level=USE_AT_LEAST + rng.gamma(USE_SHAPE, USE_MORE / USE_SHAPE, BATCH),
        fades_from=np.where(rng.random(BATCH) < FADER_SHARE, fades_from, np.inf),
        plan=rng.choice(len(PLANS), BATCH, p=PLAN_SHARE),
        last_use=signup.copy(),
        left=np.full(BATCH, NEVER),
    )


def _leave(customers: _Customers, month: _Month, lately: pl.DataFrame, rng: Rng) -> pl.DataFrame:
    """Draws who churns in a month, and when: writes `left`, returns the truth."""
    since, now = month.starts.window(SUPPORT_WINDOW_DAYS)
    calls = lately.filter(pl.col("event") == SUPPORT_CALL, pl.col("timestamp") >= since)
    there = np.flatnonzero((customers.signup < now) & (customers.left >= now))
    probability = churn_probability(
        customers.plan[there],
        np.bincount(calls["who"].to_numpy(), minlength=BATCH)[there],
        (now - customers.last_use[there]) / windows.DAY,
        (now - customers.signup[there]) / windows.DAY,
    )
    churned = rng.random(BATCH)[there] < probability
    moments = _moments(month, np.full(BATCH, month.days), rng)
    customers.left[there[churned]] = moments[there[churned]]
    truth = pl.DataFrame({"who": there, "churn_probability": probability, "churned": churned})
    return truth.with_columns(month=pl.lit(month.starts.day))


def _live(customers: _Customers, month: _Month, rng: Rng) -> pl.DataFrame:
    """All events of a month except signups; writes `last_use` and `plan`."""
    living = (customers.signup < month.end) & (customers.left >= month.starts.instant)
    thirties = living * month.days / 30
    faded_days = np.maximum(month.starts.instant - customers.fades_from, 0) / windows.DAY
    faded = np.maximum(np.exp2(-faded_days / FADE_HALVING_DAYS), FADED_SHARE)
    uses = customers.use_level * faded * thirties
    counts = {
        LOGIN: rng.poisson(uses * (1 - PURCHASE_SHARE)),
        PURCHASE: rng.poisson(uses * PURCHASE_SHARE),
        SUPPORT_CALL: rng.poisson(SUPPORT_CALL_RATE * thirties),
        PLAN_CHANGE: rng.binomial(1, PLAN_CHANGE_SHARE, BATCH),
        CANCEL: rng.binomial(1, CANCEL_SHARE, BATCH) * (living & (customers.left < month.end)),
    }
    who = np.concatenate([np.repeat(np.arange(BATCH), count) for count in counts.values()])
    event = np.repeat(list(counts), [count.sum() for count in counts.values()])
    moments = _moments(month, np.full(who.size, month.days), rng)
    when = np.where(event == CANCEL, customers.left[who], moments)
    happens = (when > customers.signup[who]) & ((when < customers.left[who]) | (event == CANCEL))
    who, when, event = who[happens], when[happens], event[happens]
    is_use = (event == LOGIN) | (event == PURCHASE)
    np.maximum.at(customers.last_use, who[is_use], when[is_use])
    return _log(customers, who, when, event, rng)


def _log(customers: _Customers, who: Ints, when: Ints, event: Ints, rng: Rng) -> pl.DataFrame:
    """Adds the plan to events; each customer changes it at most once in them. Writes `plan`."""
    changed_at = np.full(BATCH, NEVER)
    changed_at[who[event == PLAN_CHANGE]] = when[event == PLAN_CHANGE]
    before = customers.plan.copy()
    after = (before + rng.integers(1, len(PLANS), BATCH)) % len(PLANS)
    customers.plan[:] = np.where(changed_at < NEVER, after, before)
    plan = np.where(when >= changed_at[who], after[who], before[who])
    return pl.DataFrame({"who": who, "timestamp": when, "event": event, "plan": plan})


def _moments(month: _Month, days: Ints, rng: Rng) -> Ints:
    """A random instant for each entry, in the first `days` days of a month, with hours drawn from HOURS."""
    day = rng.integers(0, days)
    second = rng.choice(HOURS, days.size) * 3600 + rng.integers(0, 3600, days.size)
    return month.starts.instant + day * windows.DAY + second * windows.SECOND


def _told(log: pl.DataFrame, rng: Rng) -> pl.DataFrame:
    """The log with names for its codes, and with the amounts of the purchases."""
    event, plan = log["event"].to_numpy(), log["plan"].to_numpy()
    noise = rng.standard_normal(log.height)
    cents = np.rint(100 * np.array(AMOUNT_MEDIAN)[plan] * np.exp(AMOUNT_SIGMA * noise))
    return log.with_columns(
        event=pl.Series(EVENTS).gather(event),
        amount=pl.Series(np.where(event == PURCHASE, cents / 100, np.nan)).fill_nan(None),
        plan=pl.Series(PLANS).gather(plan),
    )


def _named(rows: pl.DataFrame, ids: pl.Series, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The rows whose `who` has an id, with this id, in the columns of the schema."""
    kept = rows.filter(pl.col("who") < len(ids))
    named = kept.with_columns(customer_id=ids.gather(kept["who"]))
    return named.select(pl.col(name).cast(kind) for name, kind in schema.items())


def to_text(events: pl.DataFrame) -> pl.DataFrame:
    """Events as text: times in ISO 8601, UTC, to the second."""
    return events.with_columns(pl.col("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%S"))


def join_truth(truths: list[pl.DataFrame]) -> pl.DataFrame:
    """The truth of all batches, with months as text."""
    return pl.concat([pl.DataFrame(schema=TRUTH_COLUMNS), *truths]).with_columns(
        pl.col("month").cast(pl.String)
    )
