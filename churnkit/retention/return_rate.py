"""How often customers come back after so many days of silence: what --inactive is sane.

A silence lies between two events of a customer, or between her last one and the end of the log, where it is
not known whether it ends: it is censored. Of those who have been silent for k days, the share that come back
is 1 - S(end) / S(k), S the product-limit estimate that a silence lasts.
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
FEWEST_SILENCES = 30  # silences that are still followed: with fewer the estimate is loose
REASONABLE_RATE = 0.05  # of the silent come back, at most


def silence_lengths(history: EventLog, activity: Sequence[str], end: int) -> tuple[Ints, Ints]:
    """Days, whole and begun, of silences that ended, and of those that last at the end of the log.

    activity: slugs of the events that count, none for all. end: the first instant not in the log.
    """
    rows = np.arange(len(history.times))
    if activity:
        rows = np.sort(np.concatenate([history.rows_of(event) for event in activity]))
    rows = rows[is_before(history.times[rows], end)]
    customer = np.searchsorted(history.starts, rows, side="right") - 1
    times = history.times[rows]
    is_next = customer[1:] == customer[:-1]
    ended = (np.diff(times)[is_next]) // DAY
    last = np.append(~is_next, True) if len(rows) else np.zeros(0, dtype=np.bool_)
    return ended, (end - times[last]) // DAY


def return_rates(ended: Ints, lasting: Ints) -> list[dict[str, Any]]:
    """A record a day k from 1 to where too few are followed: silent_days, silences, returned, return_rate.

    silences: that lasted k days or more. returned: how many of these ended within the log.
    """
    longest = int(max(ended.max(initial=0), lasting.max(initial=0)))
    ends = np.bincount(ended, minlength=longest + 1)  # of whole days: ended in [k, k + 1)
    lasts = np.bincount(lasting, minlength=longest + 1)
    followed = (ends + lasts)[::-1].cumsum()[::-1]  # that lasted k days or more
    final = int((followed >= FEWEST_SILENCES).sum())
    at_risk = np.maximum(followed - lasts, 1)  # who was followed for the whole day
    stays = 1 - np.minimum(ends / at_risk, 1)
    survival = np.concatenate(([1.0], np.cumprod(stays)))[: final + 1]  # [k]: lasts k days
    returned = ends[::-1].cumsum()[::-1]
    return [
        {
            "silent_days": k,
            "silences": int(followed[k]),
            "returned": int(returned[k]),
            "return_rate": float(1 - survival[final] / survival[k]) if survival[k] else 1.0,
        }
        for k in range(1, final)
    ]


def propose_inactive(records: Sequence[dict[str, Any]]) -> int | None:
    """The fewest days of silence from which on under 5 % come back; None where there are none."""
    sane = [record["silent_days"] for record in records if record["return_rate"] >= REASONABLE_RATE]
    latest = max(sane, default=0)
    return latest + 1 if records and latest < records[-1]["silent_days"] else None


def shown_rates(records: Sequence[dict[str, Any]], also: int | None) -> list[dict[str, Any]]:
    """Those of round numbers of days, and the proposed one."""
    return [
        record for record in records if record["silent_days"] in SHOWN_DAYS or record["silent_days"] == also
    ]
