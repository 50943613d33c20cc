"""Return rate: the share of customers silent for k days who come back; proposes a value for --inactive.

A silence is the time between two events of a customer, or between the last event and the end of the log; then
nobody knows whether it ends: it is censored. The return rate of customers silent for k days is
1 - S(end) / S(k), where S(k) is the product-limit estimate that a silence lasts k days.
Source: Kaplan, Meier (1958), Nonparametric estimation from incomplete observations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from churnkit.arrays import Ints
from churnkit.eventlog.log import EventLog
from churnkit.windows import DAY, is_before

SHOWN_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 545, 730, 1095, 1460, 1825)
MIN_SILENCES = 30  # with fewer silences the estimate is not precise
MAX_RETURN_RATE = 0.05  # --inactive is proposed where fewer come back


def silence_lengths(log: EventLog, activity: Sequence[str], end: int) -> tuple[Ints, Ints]:
    """Lengths in whole days of the silences that ended, and of those that last until the end of the log.

    activity: slugs of the events that count, empty for all. end: the first instant not in the log.
    """
    rows = np.arange(len(log.times))
    if activity:
        rows = np.sort(np.concatenate([log.rows_of(event) for event in activity]))
    rows = rows[is_before(log.times[rows], end)]
    customer = np.searchsorted(log.starts, rows, side="right") - 1
    times = log.times[rows]
    is_next = customer[1:] == customer[:-1]
    ended = (np.diff(times)[is_next]) // DAY
    last = np.append(~is_next, True) if len(rows) else np.zeros(0, dtype=np.bool_)
    return ended, (end - times[last]) // DAY


def return_rates(ended: Ints, lasting: Ints) -> list[dict[str, Any]]:
    """One record per day k, from 1 to the last day with enough silences.

    Fields: silent_days (k), silences (lasted k days or more), returned (of these, those that ended within the
    log), return_rate.
    """
    longest = int(max(ended.max(initial=0), lasting.max(initial=0)))
    ends = np.bincount(ended, minlength=longest + 1)  # [k]: ended after k whole days
    lasts = np.bincount(lasting, minlength=longest + 1)
    observed = (ends + lasts)[::-1].cumsum()[::-1]  # [k]: lasted k days or more
    final = int((observed >= MIN_SILENCES).sum())
    at_risk = np.maximum(observed - lasts, 1)  # observed for the whole day
    stays = 1 - np.minimum(ends / at_risk, 1)
    survival = np.concatenate(([1.0], np.cumprod(stays)))[: final + 1]  # [k]: probability to last k days
    returned = ends[::-1].cumsum()[::-1]
    return [
        {
            "silent_days": k,
            "silences": int(observed[k]),
            "returned": int(returned[k]),
            "return_rate": float(1 - survival[final] / survival[k]) if survival[k] else 1.0,
        }
        for k in range(1, final)
    ]


def propose_inactive(records: Sequence[dict[str, Any]]) -> int | None:
    """The smallest number of silent days after which fewer than 5 % come back, or None."""
    too_short = [record["silent_days"] for record in records if record["return_rate"] >= MAX_RETURN_RATE]
    latest = max(too_short, default=0)
    return latest + 1 if records and latest < records[-1]["silent_days"] else None


def shown_rates(records: Sequence[dict[str, Any]], proposed: int | None) -> list[dict[str, Any]]:
    """The records for round numbers of days, and for the proposed one."""
    return [
        record
        for record in records
        if record["silent_days"] in SHOWN_DAYS or record["silent_days"] == proposed
    ]
