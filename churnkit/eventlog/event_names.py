"""Event names of a log as slugs, which are used in the names of features."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from churnkit.columns import slug


def _loose(name: str) -> str:
    """A name without differences in upper and lower case, spaces, - and _."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower()).strip("_")


class EventNameError(ValueError):
    """An event name that cannot be used in the name of a feature. event: the name."""

    def __init__(self, event: str, why: str) -> None:
        super().__init__(why)
        self.event = event


@dataclass(frozen=True)
class EventNames:
    """The event names of a log. slugs: sorted. code: name → index in slugs. spellings: slug → names."""

    slugs: list[str]
    code: dict[str, int]
    spellings: dict[str, list[str]]


def name_events(raw: Sequence[str]) -> EventNames:
    """The slugs of raw event names.

    Names that differ only in upper and lower case, spaces, - and _ are one event. Raises EventNameError for
    two other names with the same slug, for a name without letters and digits, and for the name `event`.
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
