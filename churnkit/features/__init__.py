"""A feature's name is its definition: FEATURES says for each family how it reads and what it computes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from churnkit import columns
from churnkit.columns import slug
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.features import amounts, counting, latest, timing, trends

EVENT, VALUE, COLUMN = "event", "value", "column"


@dataclass(frozen=True)
class Phrases:
    """How a feature's values are put into words. {of}: the event, value or column; {v}: a value; {b}: a border.

    missing: an empty value. below, above: either side of a border. few: the values 0 and 1, of a count. from_one:
    either side of a border of 1, since nothing lies between none and one.
    """

    value: str
    missing: str
    below: str
    above: str
    few: tuple[str, str] | None = None
    from_one: tuple[str, str] | None = None


@dataclass(frozen=True)
class Family:
    """One way to make a feature.

    pattern: of its names, with {event}, {value} or {column}, and {days}. compute: (past, of, days) → one
    value for each customer. null: when it is empty. source: where the formula is from. is_share: values from 0
    to 1 that are shown in percent.
    """

    pattern: str
    compute: Callable[[LogAsOf, str, int], Any]
    formula: str
    unit: str
    null: str = "never"
    source: str = ""
    words: Phrases | None = None
    is_share: bool = False

    @cached_property
    def of(self) -> str:
        """What the name says besides days: event, value, column, or nothing."""
        return next((kind for kind in (EVENT, VALUE, COLUMN) if f"{{{kind}}}" in self.pattern), "")

    @cached_property
    def regex(self) -> re.Pattern[str]:
        pattern = self.pattern.replace(f"{{{self.of}}}", "(?P<of>.+)")
        return re.compile(pattern.replace("{days}", "(?P<days>[1-9][0-9]{0,5})"))


_RFM = "Hughes (1994), Strategic database marketing: recency, frequency, monetary value"
_GOLD = "Gold (2020), Fighting churn with data, ch. 3 and 7"

# The first pattern that fits a name is its family, so `event_count_30d` counts all events.
FEATURES = (
    Family("event_count_{days}d", counting.event_count, "events of the window", "events", source=_RFM,
           words=Phrases("{v} events in {days} days", "events unknown", "fewer than {b} events in {days} days", "{b} events or more in {days} days", few=("no event in {days} days", "one event in {days} days"), from_one=("no event in {days} days", "an event in {days} days"))),
    Family("event_rate_{days}d", counting.event_rate, "events of the window * 30 / min(window, tenure), tenure at least 1 day", "events per 30 days", source=_GOLD,
           words=Phrases("{v} events a month", "events a month unknown", "fewer than {b} events a month", "{b} events a month or more")),
    Family("event_trend_{days}d", trends.event_trend, "(a - b) / (|a| + |b|): events of the window and of the one before; 0 when both are 0", "-1 to 1", source=_GOLD,
           words=Phrases("activity trend {v} over {days} days", "activity trend unknown", "activity trend below {b}", "activity trend {b} or more")),
    Family("active_days_{days}d", counting.active_days, "calendar days of the window with an event", "days", source=_RFM,
           words=Phrases("active on {v} of {days} days", "active days unknown", "active on fewer than {b} of {days} days", "active on {b} or more of {days} days", few=("not active in {days} days", "active on one of {days} days"), from_one=("not active in {days} days", "active in {days} days"))),
    Family("recency_days", timing.recency, "as_of - time of the last event", "days of 86,400 s", source=_RFM,
           words=Phrases("last seen {v} days ago", "never seen", "last seen less than {b} days ago", "silent for {b} days or more")),
    Family("tenure_days", timing.tenure, "as_of - time of the first event", "days of 86,400 s", source=_GOLD,
           words=Phrases("customer for {v} days", "never seen", "customer for less than {b} days", "customer for {b} days or more")),
    Family("gap_mean_days", timing.gap_mean, "mean of the days between consecutive active days", "days", "below two active days", "Fader, Hardie (2009), Probability models for customer-base analysis",
           words=Phrases("comes every {v} days", "has not come twice", "comes every {b} days or more often", "comes less often than every {b} days")),
    Family("gap_std_days", timing.gap_std, "standard deviation (n - 1) of the days between consecutive active days", "days", "below three active days",
           words=Phrases("gaps vary by {v} days", "has not come three times", "gaps vary by less than {b} days", "gaps vary by {b} days or more")),
    Family("recency_ratio", timing.recency_ratio, "recency_days / gap_mean_days", "own mean gaps", "below two active days",
           words=Phrases("silent for {v} usual gaps", "has not come twice", "silent for less than {b} usual gaps", "silent for {b} usual gaps or more")),
    Family("{event}_recency_days", timing.kind_recency, "as_of - time of the last such event", "days of 86,400 s", "no such event ever", _GOLD,
           words=Phrases("last {of} {v} days ago", "never any {of}", "{of} less than {b} days ago", "no {of} for {b} days or more")),
    Family("{event}_count_{days}d", counting.kind_count, "such events of the window", "events", source=_RFM,
           words=Phrases("{of} {v} times in {days} days", "{of} unknown", "{of} fewer than {b} times in {days} days", "{of} {b} times or more in {days} days", few=("no {of} in {days} days", "{of} once in {days} days"), from_one=("no {of} in {days} days", "{of} in {days} days"))),
    Family("{event}_share_{days}d", counting.kind_share, "such events of the window / all its events", "0 to 1", "no event in the window", _GOLD, is_share=True,
           words=Phrases("{of}: {v} of all events in {days} days", "no event in {days} days", "{of} below {b} of events", "{of} {b} of events or more")),
    Family("{value}_sum_{days}d", amounts.total, "sum of the window, added (in pairs) by time, then line", "the value's", source=_RFM,
           words=Phrases("{of} {v} in {days} days", "{of} unknown", "{of} below {b} in {days} days", "{of} {b} or more in {days} days")),
    Family("{value}_mean_{days}d", amounts.mean, "sum of the window / its values", "the value's", "no value in the window", _RFM,
           words=Phrases("mean {of} {v} in {days} days", "no {of} in {days} days", "mean {of} below {b} in {days} days", "mean {of} {b} or more in {days} days")),
    Family("{value}_min_{days}d", amounts.smallest, "smallest of the window", "the value's", "no value in the window",
           words=Phrases("smallest {of} {v} in {days} days", "no {of} in {days} days", "smallest {of} below {b}", "smallest {of} {b} or more")),
    Family("{value}_max_{days}d", amounts.largest, "largest of the window", "the value's", "no value in the window",
           words=Phrases("largest {of} {v} in {days} days", "no {of} in {days} days", "largest {of} below {b}", "largest {of} {b} or more")),
    Family("{value}_std_{days}d", amounts.deviation, "standard deviation (n - 1) of the window", "the value's", "below two values in the window",
           words=Phrases("spread of {of} {v} in {days} days", "fewer than two {of} in {days} days", "spread of {of} below {b}", "spread of {of} {b} or more")),
    Family("{value}_trend_{days}d", trends.amount_trend, "(a - b) / (|a| + |b|): sum of the window and of the one before; 0 when both are 0", "-1 to 1", source=_GOLD,
           words=Phrases("{of} trend {v} over {days} days", "{of} trend unknown", "{of} trend below {b}", "{of} trend {b} or more")),
    Family("{value}_per_active_day_{days}d", amounts.per_active_day, "sum of the window / its active days", "the value's", "no event in the window", _GOLD,
           words=Phrases("{of} {v} an active day", "not active in {days} days", "{of} an active day below {b}", "{of} an active day {b} or more")),
    Family("{column}_last", latest.last, "latest value that is not empty; of two at one time the later line", "the column's", "no value ever",
           words=Phrases("last {of} {v}", "{of} unknown", "last {of} below {b}", "last {of} {b} or more")),
)  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One feature. of: the event, value or column in its name, or ''. days: its window, or 0."""

    family: Family
    of: str
    days: int

    def __str__(self) -> str:
        return self.family.pattern.replace(f"{{{self.family.of}}}", self.of).format(days=self.days)


def parse(name: str) -> Feature | None:
    """The feature that a name defines, or None. For every feature, parse(str(feature)) == feature."""
    for family in FEATURES:
        if found := family.regex.fullmatch(name):
            given = found.groupdict()
            of = given.get("of") or ""
            return Feature(family, of, int(given.get("days") or 0)) if of == slug(of) else None
    return None


def parse_all(names: Sequence[str]) -> list[Feature]:
    """The features of these names. Raises ChurnkitError, with the nearest name, for one that is none."""
    features = []
    for name in dict.fromkeys(names):
        feature = parse(name)
        if feature is None:
            known = [
                f.pattern.format(event="purchase", value="amount", column="plan", days=30) for f in FEATURES
            ]
            near = columns.suggestion(name, known)
            raise ChurnkitError(f"{quote(name)} is not a feature{near or '; see churnkit featurize --list'}")
        features.append(feature)
    return features


def default_set(
    windows: Sequence[int], events: Sequence[str], values: Sequence[str], others: Sequence[str]
) -> list[Feature]:
    """A good set to begin with, for a log of these events (slugs), value columns and other columns."""
    longest = max(windows)
    names: list[str] = []
    for days in windows:
        names += [f"event_count_{days}d", f"active_days_{days}d", f"event_trend_{days}d"]
        names += [f"{event}_count_{days}d" for event in events]
        for value in values:
            names += [f"{value}_{what}_{days}d" for what in ("sum", "mean", "trend")]
    names.append(f"event_rate_{longest}d")
    names += ["recency_days", "tenure_days", "gap_mean_days", "gap_std_days", "recency_ratio"]
    for event in events:
        names += [f"{event}_recency_days", f"{event}_share_{longest}d"]
    for value in values:
        names += [f"{value}_max_{longest}d", f"{value}_per_active_day_{longest}d", f"{value}_last"]
    names += [f"{column}_last" for column in others]
    return parse_all(names)


def subjects(names: Sequence[str]) -> dict[str, list[str]]:
    """Columns by what they speak of: an event, a value, the customer's rhythm; any other column is by itself."""
    groups: dict[str, list[str]] = {}
    for name in names:
        feature = parse(name)
        subject = (feature.of or feature.family.pattern.split("_")[0]) if feature else name
        groups.setdefault(subject, []).append(name)
    return groups


def column_of(feature: Feature, names: Sequence[str]) -> str | None:
    """The column of the log that a feature's name means: the one of that slug."""
    return next((name for name in names if slug(name) == feature.of), None)


def list_families() -> pl.DataFrame:
    """FEATURES as a table: family, formula, unit, empty, source."""
    return pl.DataFrame(
        {
            "family": [
                f.pattern.replace("{days}", "N").replace("{", "<").replace("}", ">") for f in FEATURES
            ],
            "formula": [f.formula for f in FEATURES],
            "unit": [f.unit for f in FEATURES],
            "empty": [f.null for f in FEATURES],
            "source": [f.source or None for f in FEATURES],
        }
    )


def compute(past: LogAsOf, feature: Feature) -> pl.Series:
    """One value a customer, (c,): Int64, Float64 or String, null where the feature is empty.

    The values of customers without an event before as_of mean nothing. Raises ChurnkitError where a
    double cannot hold one.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        result = feature.family.compute(past, feature.of, feature.days)
    if not isinstance(result, np.ndarray):
        return result.alias(str(feature))  # type: ignore[no-any-return]
    if np.isinf(result).any():
        raise ChurnkitError(f"the feature {quote(str(feature))} is too large for a number")
    series = pl.Series(str(feature), result)
    return series.fill_nan(None) if series.dtype == pl.Float64 else series
