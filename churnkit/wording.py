"""What is true on either side of a border, in words that someone who knows no feature's name understands."""

from __future__ import annotations

from churnkit import features
from churnkit.features import Feature

# pattern of the family → (below the border, from the border on); {of} the event or value, {b} the border
SAID = {
    "event_count_{days}d": ("fewer than {b} events in {days} days", "{b} events or more in {days} days"),
    "event_rate_{days}d": ("fewer than {b} events a month", "{b} events a month or more"),
    "event_trend_{days}d": ("activity trend below {b}", "activity trend {b} or more"),
    "active_days_{days}d": (
        "active on fewer than {b} of {days} days",
        "active on {b} or more of {days} days",
    ),
    "recency_days": ("last seen less than {b} days ago", "silent for {b} days or more"),
    "tenure_days": ("customer for less than {b} days", "customer for {b} days or more"),
    "gap_mean_days": ("comes every {b} days or more often", "comes less often than every {b} days"),
    "recency_ratio": ("silent for less than {b} usual gaps", "silent for {b} usual gaps or more"),
    "{event}_recency_days": ("{of} less than {b} days ago", "no {of} for {b} days or more"),
    "{event}_count_{days}d": ("fewer than {b} {of} in {days} days", "{b} {of} or more in {days} days"),
    "{event}_share_{days}d": ("{of} below {b} of events", "{of} {b} of events or more"),
    "{value}_sum_{days}d": ("{of} below {b} in {days} days", "{of} {b} or more in {days} days"),
    "{value}_mean_{days}d": ("mean {of} below {b} in {days} days", "mean {of} {b} or more in {days} days"),
    "{value}_min_{days}d": ("smallest {of} below {b}", "smallest {of} {b} or more"),
    "{value}_max_{days}d": ("largest {of} below {b}", "largest {of} {b} or more"),
    "{value}_trend_{days}d": ("{of} trend below {b}", "{of} trend {b} or more"),
    "{value}_per_active_day_{days}d": ("{of} a day below {b}", "{of} a day {b} or more"),
    "{column}_last": ("last {of} below {b}", "last {of} {b} or more"),
}
# where the border is 1, and nothing lies between none and one
ONE = {
    "event_count_{days}d": ("no event in {days} days", "an event in {days} days"),
    "active_days_{days}d": ("not active in {days} days", "active in {days} days"),
    "{event}_count_{days}d": ("no {of} in {days} days", "{of} in {days} days"),
}


def sides(name: str, border: str) -> tuple[str, str]:
    """What is true below a border of a number, and from it on. name: a column. border: as it is shown."""
    feature = features.parse(name)
    said = SAID.get(feature.family.pattern) if feature else None
    if feature and border == "1":
        said = ONE.get(feature.family.pattern, said)
    if feature is None or said is None:
        return f"{name} below {border}", f"{name} {border} or more"
    below, above = (text.format(of=_plain(feature), b=border, days=feature.days) for text in said)
    return below, above


def subject(name: str) -> str:
    """What a column of words is called."""
    feature = features.parse(name)
    return _plain(feature) if feature and feature.family.pattern == "{column}_last" else name


def _plain(feature: Feature) -> str:
    return feature.of.replace("_", " ")
