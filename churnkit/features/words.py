"""What a feature's value says, and either side of a border, in words that someone who knows no names understands."""

from __future__ import annotations

from typing import NamedTuple

from churnkit import features
from churnkit.features import Feature
from churnkit.formatting import format_value


class Phrases(NamedTuple):
    """{of}: the event, value or column. {v}: a value. {b}: a border. missing: what an empty value says."""

    value: str
    missing: str
    below: str
    above: str


PHRASES = {
    "event_count_{days}d": Phrases("{v} events in {days} days", "events unknown", "fewer than {b} events in {days} days", "{b} events or more in {days} days"),
    "event_rate_{days}d": Phrases("{v} events a month", "events a month unknown", "fewer than {b} events a month", "{b} events a month or more"),
    "event_trend_{days}d": Phrases("activity trend {v} over {days} days", "activity trend unknown", "activity trend below {b}", "activity trend {b} or more"),
    "active_days_{days}d": Phrases("active on {v} of {days} days", "active days unknown", "active on fewer than {b} of {days} days", "active on {b} or more of {days} days"),
    "recency_days": Phrases("last seen {v} days ago", "never seen", "last seen less than {b} days ago", "silent for {b} days or more"),
    "tenure_days": Phrases("customer for {v} days", "never seen", "customer for less than {b} days", "customer for {b} days or more"),
    "gap_mean_days": Phrases("comes every {v} days", "has not come twice", "comes every {b} days or more often", "comes less often than every {b} days"),
    "gap_std_days": Phrases("gaps vary by {v} days", "has not come three times", "gaps vary by less than {b} days", "gaps vary by {b} days or more"),
    "recency_ratio": Phrases("silent for {v} usual gaps", "has not come twice", "silent for less than {b} usual gaps", "silent for {b} usual gaps or more"),
    "{event}_recency_days": Phrases("last {of} {v} days ago", "never any {of}", "{of} less than {b} days ago", "no {of} for {b} days or more"),
    "{event}_count_{days}d": Phrases("{of} {v} times in {days} days", "{of} unknown", "{of} fewer than {b} times in {days} days", "{of} {b} times or more in {days} days"),
    "{event}_share_{days}d": Phrases("{of}: {v} of all events in {days} days", "no event in {days} days", "{of} below {b} of events", "{of} {b} of events or more"),
    "{value}_sum_{days}d": Phrases("{of} {v} in {days} days", "{of} unknown", "{of} below {b} in {days} days", "{of} {b} or more in {days} days"),
    "{value}_mean_{days}d": Phrases("mean {of} {v} in {days} days", "no {of} in {days} days", "mean {of} below {b} in {days} days", "mean {of} {b} or more in {days} days"),
    "{value}_min_{days}d": Phrases("smallest {of} {v} in {days} days", "no {of} in {days} days", "smallest {of} below {b}", "smallest {of} {b} or more"),
    "{value}_max_{days}d": Phrases("largest {of} {v} in {days} days", "no {of} in {days} days", "largest {of} below {b}", "largest {of} {b} or more"),
    "{value}_std_{days}d": Phrases("spread of {of} {v} in {days} days", "fewer than two {of} in {days} days", "spread of {of} below {b}", "spread of {of} {b} or more"),
    "{value}_trend_{days}d": Phrases("{of} trend {v} over {days} days", "{of} trend unknown", "{of} trend below {b}", "{of} trend {b} or more"),
    "{value}_per_active_day_{days}d": Phrases("{of} {v} an active day", "not active in {days} days", "{of} an active day below {b}", "{of} an active day {b} or more"),
    "{column}_last": Phrases("last {of} {v}", "{of} unknown", "last {of} below {b}", "last {of} {b} or more"),
}  # fmt: skip
SHARE = "{event}_share_{days}d"
FEW = {  # where the value is 0, or 1
    "event_count_{days}d": ("no event in {days} days", "one event in {days} days"),
    "active_days_{days}d": ("not active in {days} days", "active on one of {days} days"),
    "{event}_count_{days}d": ("no {of} in {days} days", "{of} once in {days} days"),
}
ONE = {  # below and from a border of 1, where nothing lies between none and one
    "event_count_{days}d": ("no event in {days} days", "an event in {days} days"),
    "active_days_{days}d": ("not active in {days} days", "active in {days} days"),
    "{event}_count_{days}d": ("no {of} in {days} days", "{of} in {days} days"),
}


def describe_sides(name: str, border: str) -> tuple[str, str]:
    """What is true below a border of a number, and from it on. name: a column. border: as it is shown."""
    feature = features.parse(name)
    said = PHRASES.get(feature.family.pattern) if feature else None
    if feature is None or said is None:
        return f"{name} below {border}", f"{name} {border} or more"
    pair = ONE.get(feature.family.pattern) if border == "1" else None
    below, above = pair or (said.below, said.above)
    return _filled(below, feature, b=border), _filled(above, feature, b=border)


def describe_value(name: str, known: float | str | None) -> str:
    """What a value of a column says: `last purchase 41 days ago`, `Contract is Two year`."""
    feature = features.parse(name)
    said = PHRASES.get(feature.family.pattern) if feature else None
    if feature is None or said is None or isinstance(known, str):
        return f"{describe_subject(name)} is {round_value(name, known)}"
    if known is None:
        return _filled(said.missing, feature)
    few = FEW.get(feature.family.pattern)
    text = few[int(known)] if few and known in (0, 1) else said.value
    return _filled(text, feature, v=round_value(name, known))


def round_value(name: str, known: float | str | None) -> str:
    """A value as it is said to people: days to one decimal below ten, whole above; shares in percent; other
    numbers to three digits."""
    if known is None or isinstance(known, str) or abs(known) >= 1000:
        return format_value(known)
    if (feature := features.parse(name)) and feature.family.pattern == SHARE:
        return f"{known:.0%}"
    if name.endswith("_days"):
        return format_value(round(known, 1 if abs(known) < 10 else 0))
    return format_value(float(f"{known:.3g}"))


def describe_subject(name: str) -> str:
    """What a column of words is called."""
    feature = features.parse(name)
    return _plain(feature) if feature and feature.family.pattern == "{column}_last" else name


def _filled(text: str, feature: Feature, **given: str) -> str:
    return text.format(of=_plain(feature), days=feature.days, **given)


def _plain(feature: Feature) -> str:
    return feature.of.replace("_", " ")
