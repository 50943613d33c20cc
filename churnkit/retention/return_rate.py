"""Return rate: the share of customers silent for k days who come back; proposes a value for --inactive.

A silence is the time between two events of a customer, or between the last event and the end of the log; then
nobody knows whether it ends: it is censored. The return rate of customers silent for k days is
1 - S(end) / S(k), where S(k) is the product-limit estimate that a silence lasts k days.
Source: Kaplan, Meier (1958), Nonparametric estimation from incomplete observations.

Its interval is Wilson's for the number of silences that, all observed to their end, would have the same
(Greenwood) variance. Source: Rothman (1978), Estimation of confidence limits for the cumulative probability
of survival in life table analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from churnkit.arrays import Ints
from churnkit.eventlog.log import EventLog
from churnkit.intervals import wilson
from churnkit.windows import DAY, is_before

SHOWN_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730, 1095, 1460, 1825)
MIN_SILENCES = 30  # with fewer silences the estimate is not precise
MAX_RETURN_RATE = 0.05  # --inactive is proposed where fewer come back
MIN_PROPOSED_SILENCES = 100  # behind a proposal
LOG_SHARE = 3  # a proposal is at most this part of the log's length: of later silences too few can end in it
FIELDS = ("silent_days", "silences", "returned", "return_rate", "low", "high")


def silence_lengths(log: EventLog, activity: Sequence[str], end: int) -> tuple[Ints, Ints]:
    """Lengths in whole days of the silences that ended, and of those that last until the end of the log.

    activity: slugs of the events that count, empty for all. end: the first instant not in the log.
    """
    rows = log.rows_of(*activity).rows if activity else np.arange(len(log.times))
    rows = rows[is_before(log.times[rows], end)]
    customer = np.searchsorted(log.starts, rows, side="right") - 1
    times = log.times[rows]
    is_next = customer[1:] == customer[:-1]
    ended = (np.diff(times)[is_next]) // DAY
    last = np.append(~is_next, True) if len(rows) else np.zeros(0, dtype=np.bool_)
    return ended, (end - times[last]) // DAY


def count_silences(parts: Iterable[EventLog], activity: Sequence[str], end: int) -> tuple[Ints, Ints]:
    """(k,) and (k,): the number of silences of each length in days, of all parts of a log together."""
    ends = lasts = np.zeros(1, dtype=np.int64)
    for log in parts:
        ended, lasting = silence_lengths(log, activity, end)
        longest = int(max(ended.max(initial=0), lasting.max(initial=0), len(ends) - 1))
        more = longest + 1 - len(ends)
        ends = np.pad(ends, (0, more)) + np.bincount(ended, minlength=longest + 1)
        lasts = np.pad(lasts, (0, more)) + np.bincount(lasting, minlength=longest + 1)
    return ends, lasts


def return_rates(ends: Ints, lasts: Ints) -> list[dict[str, Any]]:
    """One record per day k, from 1 to the last day with enough silences.

    ends, lasts: (k,) the number of silences that ended after k whole days, and that last so long. Fields:
    silent_days (k), silences (lasted k days or more), returned (of these, those that ended within the log),
    return_rate, and its interval: low, high.
    """
    observed = (ends + lasts)[::-1].cumsum()[::-1]  # [k]: lasted k days or more
    final = int((observed >= MIN_SILENCES).sum())
    at_risk = np.maximum(observed - lasts, 1)  # observed for the whole day
    stays = 1 - np.minimum(ends / at_risk, 1)
    survival = np.concatenate(([1.0], np.cumprod(stays)))[: final + 1]  # [k]: probability to last k days
    returned = ends[::-1].cumsum()[::-1]
    greenwood = (ends / at_risk / np.maximum(at_risk - ends, 1))[:final][::-1].cumsum()[::-1]
    records = []
    for k in range(1, final):
        rate = float(1 - survival[final] / survival[k]) if survival[k] else 1.0
        low, high = wilson(*_observed_to_the_end(rate, float(greenwood[k]), int(at_risk[k])))
        values = (k, int(observed[k]), int(returned[k]), rate, min(low, rate), max(high, rate))
        records.append(dict(zip(FIELDS, values, strict=True)))
    return records


def _observed_to_the_end(rate: float, greenwood: float, at_risk: int) -> tuple[float, float]:
    """The silences that ended, and all, whose share has the variance (1 - rate)² · greenwood."""
    silences = float(at_risk)
    if 0 < rate < 1:
        silences = rate / ((1 - rate) * greenwood)
    return rate * silences, silences


def longest_proposal(first: int, end: int) -> int:
    """The most silent days that may be proposed for a log between two instants: a third of its length."""
    return (end - first) // DAY // LOG_SHARE


def propose_inactive(records: Sequence[dict[str, Any]], longest: int) -> int | None:
    """The smallest number of silent days after which fewer than 5 % come back; None if the log is too short.

    longest: the most silent days that may be proposed.
    """
    too_short = [record["silent_days"] for record in records if record["return_rate"] >= MAX_RETURN_RATE]
    days = max(too_short, default=0) + 1
    best = best_known(records, longest)
    return days if best is not None and days <= best["silent_days"] else None


def best_known(records: Sequence[dict[str, Any]], longest: int) -> dict[str, Any] | None:
    """The record of the most silent days with enough silences for a proposal, at most `longest`."""
    known = [
        record
        for record in records
        if record["silences"] >= MIN_PROPOSED_SILENCES and record["silent_days"] <= longest
    ]
    return known[-1] if known else None


def shown_rates(records: Sequence[dict[str, Any]], marked: int | None) -> list[dict[str, Any]]:
    """The records for round numbers of days, and for the marked one."""
    return [
        record for record in records if record["silent_days"] in SHOWN_DAYS or record["silent_days"] == marked
    ]
