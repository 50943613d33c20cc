"""The events found in the blocks of a log: their names, where each stands first, and their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from churnkit.arrays import Indices
from churnkit.eventlog.event_names import EventNames
from churnkit.eventlog.log import NO_EVENT

EVENT = "\0event"  # the column of the numbers of events; a header cannot contain such a name


class FoundEvent(NamedTuple):
    """An event of a block. code: the number of its name in the block. place: FILE:LINE of the first row."""

    code: int
    name: str
    place: str


def find_events(rows: pl.DataFrame, event: str | None, place: Callable[[int], str]) -> list[FoundEvent]:
    """Each event of some rows. event: the column of names (Categorical), if any. place: row → FILE:LINE."""
    if event is None:
        return []
    first = rows[event].to_physical().arg_unique()
    names = rows[event].gather(first)
    found = zip(codes_of(names), names, map(place, first), strict=True)
    return [FoundEvent(code, name, at) for code, name, at in found if name is not None]


def codes_of(events: pl.Series) -> pl.Series:
    """(n,) a number for each name, which may be another one in the next block; 0 without a name. events:
    Categorical."""
    codes = events.to_physical() + 1
    return codes.fill_null(0) if events.null_count() else codes


@dataclass
class EventsOfLog:
    """The events of all blocks. numbers: name → its number, from 1. places: name → FILE:LINE of the first."""

    numbers: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, found: Sequence[FoundEvent], rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of a block, with the codes in EVENT replaced by the numbers of the log, in few bytes."""
        if EVENT not in rows.columns:
            return rows
        numbers = np.zeros(max((event.code for event in found), default=0) + 1, dtype=np.int64)
        for event in found:
            self.places.setdefault(event.name, event.place)
            numbers[event.code] = self.numbers.setdefault(event.name, len(self.numbers) + 1)
        own = numbers.astype(np.min_scalar_type(int(numbers.max())))[rows[EVENT].to_numpy()]
        return rows.with_columns(pl.Series(EVENT, own))

    def positions(self, names: EventNames) -> Indices:
        """By the number of a name: the position of its slug; NO_EVENT without a name."""
        return np.array([NO_EVENT, *(names.code[name] for name in self.numbers)], dtype=np.int32)
