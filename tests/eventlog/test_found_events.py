"""Events of the blocks of a log: a name has one number, and its first row is told."""

from __future__ import annotations

import polars as pl

from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.found_events import EventsOfLog, codes_of, find_events
from churnkit.eventlog.log import NO_EVENT

BLOCKS = [["b", None, "a", "b"], ["c", "a"], [None]]


def test_the_number_of_a_name_leads_to_its_slug_in_every_block() -> None:
    events = EventsOfLog()
    blocks = [pl.DataFrame({"event": pl.Series(names, dtype=pl.Categorical)}) for names in BLOCKS]
    for at, block in enumerate(blocks):
        events.add(find_events(block, "event", f"{at}:{{}}".format))
    names = name_events(list(events.codes))
    positions = events.positions(names)
    for block in blocks:
        found = positions[codes_of(block["event"]).to_numpy()].tolist()
        assert found == [NO_EVENT if name is None else names.slugs.index(name) for name in block["event"]]
    assert events.places == {"b": "0:0", "a": "0:2", "c": "1:0"}


def test_a_log_without_names_has_no_events() -> None:
    assert find_events(pl.DataFrame({"x": [1]}), None, str) == []
