"""Events of the blocks of a log: a name has one number, and its first row is told."""

from __future__ import annotations

import polars as pl

from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.found_events import EVENT, EventsOfLog, codes_of, find_events
from churnkit.eventlog.log import NO_EVENT

BLOCKS = [["b", None, "a", "b"], ["c", "a"], [None]]


def test_the_number_of_a_name_leads_to_its_slug_in_every_block() -> None:
    events, blocks = EventsOfLog(), []
    for at, written in enumerate(BLOCKS):  # no block lives until the next one: polars may count anew
        rows = pl.DataFrame({"event": pl.Series(written, dtype=pl.Categorical)})
        coded = pl.DataFrame({EVENT: codes_of(rows["event"])})
        blocks.append(events.add(find_events(rows, "event", f"{at}:{{}}".format), coded)[EVENT].to_numpy())
        del rows, coded
    names = name_events(list(events.numbers))
    positions = events.positions(names)
    for written, block in zip(BLOCKS, blocks, strict=True):
        expected = [NO_EVENT if name is None else names.slugs.index(name) for name in written]
        assert positions[block].tolist() == expected
    assert events.places == {"b": "0:0", "a": "0:2", "c": "1:0"}


def test_a_log_without_names_has_no_events() -> None:
    assert find_events(pl.DataFrame({"x": [1]}), None, str) == []
