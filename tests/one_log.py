"""A small event log of chosen rows, for the tests of what is computed from one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import polars as pl
from hypothesis import strategies as st

from churnkit import features, windows
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import EventLog, build_log, part_borders
from churnkit.eventlog.log_as_of import LogAsOf

AS_OF_DAY = 100
Event = tuple[float, str, float | None]  # day since 1970-01-01, name, amount
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 8 * 108).map(lambda eighth: eighth / 8),
        st.sampled_from(["a", "b"]),
        st.none() | st.integers(-99, 99).map(float),
    ),
    min_size=1,
    max_size=30,
).filter(lambda events: min(day for day, _, _ in events) < AS_OF_DAY)


def log_of(customers: Sequence[str], events: Sequence[Event]) -> EventLog:
    """The events of these customers, side by side, with the amount as a text and a day as well: `note`."""
    days, names, amounts = zip(*events, strict=True)
    return build_log(
        pl.Series(customers),
        pl.Series([round(day * windows.DAY) for day in days], dtype=pl.Int64),
        pl.Series(names, dtype=pl.String),
        {"amount": pl.Series(amounts, dtype=pl.Float64)},
        {"note": pl.Series([None if x is None else f"{x:g}" for x in amounts], dtype=pl.String)},
        name_events(sorted(set(names))),
        "UTC",
        {"note": pl.Series([None if x is None else round(min(x, 9e3) * windows.DAY) for x in amounts])},
    )


def parts_of_log(log: EventLog, most_rows: int) -> list[EventLog]:
    """The log in parts of about this many rows."""
    borders = part_borders(log.starts, most_rows)
    return [log.only(np.arange(first, stop)) for first, stop in itertools.pairwise(borders)]


def past_of(events: Sequence[Event], as_of_day: int = AS_OF_DAY) -> LogAsOf:
    """What is known of one customer with these events."""
    log = log_of(["a"] * len(events), events)
    return LogAsOf(log, windows.as_of(windows.day_of(as_of_day * windows.DAY)))


def value_of(past: LogAsOf, name: str) -> object:
    """A feature of the only customer."""
    return features.compute(past, features.parse_all([name])[0])[0]


def inside(events: Sequence[Event], days: int, behind: float = AS_OF_DAY) -> list[Event]:
    """The events of a window by time, then line: plain Python, for comparison."""
    return sorted((e for e in events if behind - days <= e[0] < behind), key=lambda event: event[0])
