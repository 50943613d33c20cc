"""An event log in parts, each with all events of some customers: in memory, or read part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from churnkit import windows
from churnkit.arrays import Ints
from churnkit.eventlog.log import EventLog
from churnkit.tables.prefetch import WORKERS, map_ahead

Result = TypeVar("Result")
Makers = Iterator[Callable[[], EventLog]]  # each makes a part of a log


@dataclass(frozen=True)
class LogParts:
    """A log in parts. slugs: of all events. values, texts, dates: the names of the columns. earliest, latest:
    times of the first and the last event; None without events. makers: what makes each part, as often as it
    is called. event_counts: an instant → (s,) the number of events of each slug before it. are_read: parts
    are read in a thread as they are made; with more threads of Python, each would wait for the others."""

    slugs: list[str]
    values: Sequence[str]
    texts: Sequence[str]
    dates: Sequence[str]
    earliest: int | None
    latest: int | None
    makers: Callable[[], Makers]
    event_counts: Callable[[int], Ints]
    are_read: bool = False

    def parts(self) -> Iterator[EventLog]:
        """The parts, as often as it is called."""
        return (make() for make in self.makers())

    def map(self, work: Callable[[EventLog], Result]) -> Iterator[Result]:
        """What a function returns for each part, in order; called in threads, unless parts are read."""
        if self.are_read:
            return map(work, self.parts())
        return map_ahead(lambda make: work(make()), self.makers(), WORKERS)


def count_events(makers: Callable[[], Makers], slugs: Sequence[str], before: int) -> Ints:
    """(s,) the number of events of each slug before an instant."""
    counts = np.zeros(len(slugs), dtype=np.int64)
    for log in (make() for make in makers()):
        codes = log.codes[windows.is_before(log.times, before) & (log.codes >= 0)]
        counts += np.bincount(codes, minlength=len(counts))
    return counts


def parts_of(logs: Sequence[EventLog]) -> LogParts:
    """A log whose parts are in memory; at least one, and all have the same columns."""
    first = logs[0]
    earliest = min((log.earliest for log in logs if log.earliest is not None), default=None)
    latest = max((log.latest for log in logs if log.latest is not None), default=None)
    names = list(first.values), list(first.texts), list(first.dates)

    def makers() -> Makers:
        return (log.anew for log in logs)

    counts = partial(count_events, makers, first.slugs)
    return LogParts(first.slugs, *names, earliest, latest, makers, counts)
