"""The events of a log by the names that features give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from churnkit.columns import slug


def _loose(name: str) -> str:
    """A name without what people write differently: capitals, blanks, - and _."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower()).strip("_")


class EventNameError(ValueError):
    """An event's name cannot stand in a feature's name. event: the name."""

    def __init__(self, event: str, why: str) -> None:
        super().__init__(why)
        self.event = event


@dataclass(frozen=True)
class EventNames:
    """The events of a log. slugs: sorted. code: raw name → index in slugs. spellings: slug → names."""

    slugs: list[str]
    code: dict[str, int]
    spellings: dict[str, list[str]]


def name_events(raw: Sequence[str]) -> EventNames:
    """The slugs of raw event names.

    Names that differ in capitals, blanks, - and _ alone are one event. Raises EventNameError for two
    other names with one slug, for a name without a letter or digit, and for one called `event`.
    """
    spellings: dict[str, list[str]] = {}
    for name in sorted(raw):
        short = slug(name)
        if not short:
            raise EventNameError(name, "has no letter or digit, so no feature can be named after it")
        if short == "event":
            raise EventNameError(name, "is not allowed: event_count_30d counts all events; rename it")
        others = spellings.setdefault(short, [])
        if others and _loose(others[0]) != _loose(name):
            raise EventNameError(name, f"and {others[0]!r} both become {short!r}; rename one")
        others.append(name)
    slugs = sorted(spellings)
    code = {name: i for i, short in enumerate(slugs) for name in spellings[short]}
    return EventNames(slugs, code, spellings)
