"""An event log in parts, each with all events of some customers: in memory, or read part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from churnkit import windows
from churnkit.arrays import Ints
from churnkit.eventlog.log import EventLog


@dataclass(frozen=True)
class LogParts:
    """A log in parts. slugs: of all events. values, texts, dates: the names of the columns. earliest, latest:
    times of the first and the last event; None without events. parts: the parts, as often as it is called."""

    slugs: list[str]
    values: Sequence[str]
    texts: Sequence[str]
    dates: Sequence[str]
    earliest: int | None
    latest: int | None
    parts: Callable[[], Iterator[EventLog]]

    def event_counts(self, before: int) -> Ints:
        """The number of events of each slug before an instant."""
        counts = np.zeros(len(self.slugs), dtype=np.int64)
        for log in self.parts():
            codes = log.codes[windows.is_before(log.times, before) & (log.codes >= 0)]
            counts += np.bincount(codes, minlength=len(counts))
        return counts


def parts_of(logs: Sequence[EventLog]) -> LogParts:
    """A log whose parts are in memory; at least one, and all have the same columns."""
    first = logs[0]
    earliest = min((log.earliest for log in logs if log.earliest is not None), default=None)
    latest = max((log.latest for log in logs if log.latest is not None), default=None)
    names = list(first.values), list(first.texts), list(first.dates)
    return LogParts(first.slugs, *names, earliest, latest, lambda: (log.anew() for log in logs))
