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


class FoundEvent(NamedTuple):
    """An event of a block. code: the number of its name in all blocks. place: FILE:LINE of the first row."""

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
    """(n,) a number for each name, the same in all blocks; 0 without a name. events: Categorical."""
    codes = events.to_physical() + 1
    return codes.fill_null(0) if events.null_count() else codes


@dataclass
class EventsOfLog:
    """The events of all blocks. codes: name → its number. places: name → FILE:LINE of the first row."""

    codes: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, found: Sequence[FoundEvent]) -> None:
        for event in found:
            self.codes.setdefault(event.name, event.code)
            self.places.setdefault(event.name, event.place)

    def positions(self, names: EventNames) -> Indices:
        """By the number of a name: the position of its slug; NO_EVENT without a name."""
        positions = np.full(max(self.codes.values(), default=0) + 1, NO_EVENT, dtype=np.int32)
        for name, code in self.codes.items():
            positions[code] = names.code[name]
        return positions
