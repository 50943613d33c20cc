"""A feature's name is its definition: FEATURES has one row per family, with its name pattern and formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from churnkit import columns
from churnkit.arrays import Ints
from churnkit.columns import slug
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.features import amounts, counting, latest, timing, trends
from churnkit.labels import Label

EVENT, VALUE, COLUMN = "event", "value", "column"


@dataclass(frozen=True)
class Phrases:
    """A feature's values in words. {of}: the event, value or column; {v}: a value; {b}: a border.

    missing: an empty value, with the reason why it is empty. below: values < b. above: values >= b. few: the
    values 0 and 1 of a count. from_one: below and above a border of 1. signs: a value below 0, of 0, above 0.
    from_zero: below and above a border of 0.
    """

    value: str
    missing: str
    below: str
    above: str
    few: tuple[str, str] | None = None
    from_one: tuple[str, str] | None = None
    signs: tuple[str, str, str] | None = None
    from_zero: tuple[str, str] | None = None


@dataclass(frozen=True)
class Family:
    """One way to compute a feature.

    pattern: the pattern of its names, with {event}, {value} or {column}, and {days}. compute: (past, of, days) →
    one value per customer. null: when the feature is empty. source: the source of the formula. is_share: values
    from 0 to 1 are shown in percent. is_date: the column holds dates. sql: the formula in SQL over the rows of
    one customer before as_of, in the words that export/feature_sql explains.
    """

    pattern: str
    compute: Callable[[LogAsOf, str, int], Any]
    formula: str
    unit: str
    null: str = "never"
    source: str = ""
    sql: str = ""
    words: Phrases | None = None
    is_share: bool = False
    is_date: bool = False

    @cached_property
    def of(self) -> str:
        """What the name contains besides days: event, value, column, or '' for nothing."""
        return next((kind for kind in (EVENT, VALUE, COLUMN) if f"{{{kind}}}" in self.pattern), "")

    @cached_property
    def regex(self) -> re.Pattern[str]:
        pattern = self.pattern.replace(f"{{{self.of}}}", "(?P<of>.+)")
        return re.compile(pattern.replace("{days}", "(?P<days>[1-9][0-9]{0,5})"))


_RFM = "Hughes (1994), Strategic database marketing: recency, frequency, monetary value"
_GOLD = "Gold (2020), Fighting churn with data, ch. 3 and 7"

# The first family whose pattern matches a name defines it, so `event_count_30d` counts all events.
FEATURES = (
    Family("event_count_{days}d", counting.event_count, "events in the window", "events", source=_RFM,
           sql="COUNT(*) FILTER (WHERE inside)",
           words=Phrases("{v} events in {days} days", "number of events unknown", "fewer than {b} events in {days} days", "{b} events or more in {days} days", few=("no event in {days} days", "one event in {days} days"), from_one=("no event in {days} days", "at least one event in {days} days"))),
    Family("event_rate_{days}d", counting.event_rate, "events in the window * 30 / min(window, tenure); tenure at least 1 day", "events per 30 days", source=_GOLD,
           sql="COUNT(*) FILTER (WHERE inside) * 30 / GREATEST(LEAST(days, MAX(age)), 1)",
           words=Phrases("{v} events per month", "events per month unknown", "fewer than {b} events per month", "{b} events per month or more")),
    Family("event_trend_{days}d", trends.event_trend, "(a - b) / (|a| + |b|): a = events in the window, b = events in the window before it; 0 when both are 0", "-1 to 1", source=_GOLD,
           sql="TREND(COUNT(*) FILTER (WHERE inside), COUNT(*) FILTER (WHERE before))",
           words=Phrases("event trend {v} over {days} days", "event trend unknown", "event trend below {b} over {days} days", "event trend {b} or more over {days} days", signs=("fewer events in {days} days than in the {days} before: trend {v}", "as many events in {days} days as in the {days} before: trend {v}", "more events in {days} days than in the {days} before: trend {v}"), from_zero=("fewer events in {days} days than in the {days} before", "at least as many events in {days} days as in the {days} before"))),
    Family("active_days_{days}d", counting.active_days, "calendar days in the window with an event", "days", source=_RFM,
           sql="COUNT(*) FILTER (WHERE inside AND is_new_day)",
           words=Phrases("active on {v} of {days} days", "active days unknown", "active on fewer than {b} of {days} days", "active on {b} or more of {days} days", few=("not active in {days} days", "active on one of {days} days"), from_one=("not active in {days} days", "active in {days} days"))),
    Family("recency_days", timing.recency, "as_of - time of the last event", "days of 86,400 s", source=_RFM,
           sql="MIN(age)",
           words=Phrases("last seen {v} days ago", "never seen", "last seen less than {b} days ago", "silent for {b} days or more")),
    Family("tenure_days", timing.tenure, "as_of - time of the first event", "days of 86,400 s", source=_GOLD,
           sql="MAX(age)",
           words=Phrases("customer for {v} days", "never seen", "customer for less than {b} days", "customer for {b} days or more")),
    Family("gap_mean_days", timing.gap_mean, "mean of the days between consecutive active days", "days", "fewer than two active days", "Fader, Hardie (2009), Probability models for customer-base analysis",
           sql="(MAX(day) - MIN(day)) / NULLIF(COUNT(*) FILTER (WHERE is_new_day) - 1, 0)",
           words=Phrases("active every {v} days on average", "active on fewer than two days: usual gap unknown", "active more often than every {b} days", "active every {b} days or less often")),
    Family("gap_std_days", timing.gap_std, "standard deviation (n - 1) of the days between consecutive active days", "days", "fewer than three active days",
           sql="SPREAD(COUNT(*) FILTER (WHERE is_new_day) - 1, MAX(day) - MIN(day), SUM(gap * gap))",
           words=Phrases("gaps between active days vary by {v} days", "active on fewer than three days: variation of gaps unknown", "gaps between active days vary by less than {b} days", "gaps between active days vary by {b} days or more")),
    Family("recency_ratio", timing.recency_ratio, "recency_days / gap_mean_days", "the customer's mean gaps", "fewer than two active days",
           sql="MIN(age) / ((MAX(day) - MIN(day)) / NULLIF(COUNT(*) FILTER (WHERE is_new_day) - 1, 0))",
           words=Phrases("silent for {v} times the customer's usual gap", "active on fewer than two days: usual gap unknown", "silent for less than {b} times the customer's usual gap", "silent for {b} times the customer's usual gap or more")),
    Family("{event}_recency_days", timing.kind_recency, "as_of - time of the last event of this name", "days of 86,400 s", "no event of this name before as_of", _GOLD,
           sql="MIN(age) FILTER (WHERE is_event)",
           words=Phrases("last {of} {v} days ago", "no {of} so far", "last {of} less than {b} days ago", "no {of} for {b} days or more")),
    Family("{event}_count_{days}d", counting.kind_count, "events of this name in the window", "events", source=_RFM,
           sql="COUNT(*) FILTER (WHERE inside AND is_event)",
           words=Phrases("{of} {v} times in {days} days", "number of {of} events unknown", "{of} fewer than {b} times in {days} days", "{of} {b} times or more in {days} days", few=("no {of} in {days} days", "{of} once in {days} days"), from_one=("no {of} in {days} days", "{of} at least once in {days} days"))),
    Family("{event}_share_{days}d", counting.kind_share, "events of this name / all events, in the window", "0 to 1", "no event in the window", _GOLD, is_share=True,
           sql="COUNT(*) FILTER (WHERE inside AND is_event) / NULLIF(COUNT(*) FILTER (WHERE inside), 0)",
           words=Phrases("{of}: {v} of all events in {days} days", "no event of any kind in {days} days", "{of}: less than {b} of all events in {days} days", "{of}: {b} or more of all events in {days} days")),
    Family("{value}_sum_{days}d", amounts.total, "sum of the values in the window, added pairwise in order of time, then line; a sum below 1e-12 of the sum of its absolute values is 0, here and in all families", "the unit of the values", source=_RFM,
           sql="TOTAL(value) FILTER (WHERE inside)",
           words=Phrases("total {of} {v} in {days} days", "total {of} unknown", "total {of} below {b} in {days} days", "total {of} {b} or more in {days} days")),
    Family("{value}_mean_{days}d", amounts.mean, "mean of the values in the window", "the unit of the values", "no value in the window", _RFM,
           sql="TOTAL(value) FILTER (WHERE inside) / NULLIF(COUNT(value) FILTER (WHERE inside), 0)",
           words=Phrases("average {of} {v} in {days} days", "no {of} in {days} days", "average {of} below {b} in {days} days", "average {of} {b} or more in {days} days")),
    Family("{value}_min_{days}d", amounts.smallest, "smallest value in the window", "the unit of the values", "no value in the window",
           sql="MIN(value) FILTER (WHERE inside)",
           words=Phrases("smallest {of} {v} in {days} days", "no {of} in {days} days", "smallest {of} below {b} in {days} days", "smallest {of} {b} or more in {days} days")),
    Family("{value}_max_{days}d", amounts.largest, "largest value in the window", "the unit of the values", "no value in the window",
           sql="MAX(value) FILTER (WHERE inside)",
           words=Phrases("largest {of} {v} in {days} days", "no {of} in {days} days", "largest {of} below {b} in {days} days", "largest {of} {b} or more in {days} days")),
    Family("{value}_std_{days}d", amounts.deviation, "standard deviation (n - 1) of the values in the window", "the unit of the values", "fewer than two values in the window",
           sql="STDDEV_SAMP(value - lowest) FILTER (WHERE inside)",
           words=Phrases("{of} varies by {v} in {days} days", "fewer than two values of {of} in {days} days", "{of} varies by less than {b} in {days} days", "{of} varies by {b} or more in {days} days")),
    Family("{value}_trend_{days}d", trends.amount_trend, "(a - b) / (|a| + |b|): a = sum of the values in the window, b = sum in the window before it; 0 when both are 0", "-1 to 1", source=_GOLD,
           sql="TREND(TOTAL(value) FILTER (WHERE inside), TOTAL(value) FILTER (WHERE before))",
           words=Phrases("{of} trend {v} over {days} days", "{of} trend unknown", "{of} trend below {b} over {days} days", "{of} trend {b} or more over {days} days", signs=("lower total {of} in {days} days than in the {days} before: trend {v}", "same total {of} in {days} days as in the {days} before: trend {v}", "higher total {of} in {days} days than in the {days} before: trend {v}"), from_zero=("lower total {of} in {days} days than in the {days} before", "total {of} in {days} days at least as high as in the {days} before"))),
    Family("{value}_per_active_day_{days}d", amounts.per_active_day, "sum of the values in the window / active days in the window", "the unit of the values", "no event in the window", _GOLD,
           sql="TOTAL(value) FILTER (WHERE inside) / NULLIF(COUNT(*) FILTER (WHERE inside AND is_new_day), 0)",
           words=Phrases("{of} {v} per active day in {days} days", "not active in {days} days", "{of} per active day below {b} in {days} days", "{of} per active day {b} or more in {days} days")),
    Family("{column}_distinct_{days}d", counting.distinct, "different non-empty values in the window", "values",
           sql="COUNT(DISTINCT value) FILTER (WHERE inside)",
           words=Phrases("{v} different values of {of} in {days} days", "number of {of} values unknown", "fewer than {b} different values of {of} in {days} days", "{b} or more different values of {of} in {days} days", few=("no {of} in {days} days", "one value of {of} in {days} days"), from_one=("no {of} in {days} days", "a value of {of} in {days} days"))),
    Family("{column}_in_days", latest.in_days, "latest non-empty date known before as_of - as_of; negative for a date in the past", "days of 86,400 s", "no date before as_of", is_date=True,
           sql="LATEST(value)",
           words=Phrases("{of} in {v} days", "{of} unknown", "{of} in less than {b} days", "{of} in {b} days or more", signs=("{of} is past: {v} days", "{of} is now", "{of} in {v} days"), from_zero=("{of} is past", "{of} is now or later"))),
    Family("{column}_last", latest.last, "latest non-empty value before as_of; of two at the same time, the later line", "the unit of the column", "no value before as_of",
           sql="LATEST(value)",
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
        if match := family.regex.fullmatch(name):
            parts = match.groupdict()
            of = parts.get("of") or ""
            return Feature(family, of, int(parts.get("days") or 0)) if of == slug(of) else None
    return None


def is_label(name: str) -> bool:
    """Whether a column is a label by its name: `churned`, or `churned_…` that does not read as a feature.

    `churned_count_30d` counts an event called `churned`, so it is a feature.
    """
    return name == columns.TARGET or (name.startswith(f"{columns.TARGET}_") and parse(name) is None)


def is_like_label(name: str) -> bool:
    """Whether a column may be a label, so no model learns from it: all that begin with `churned`, but features."""
    return is_label(name) or (name.startswith(columns.TARGET) and not name.startswith(f"{columns.TARGET}_"))


def refuse_label_like_feature(label: Label) -> None:
    """Raises ChurnkitError if the label's name would read as a feature, as with a churn event called `count`."""
    for name in (str(label), f"{columns.TARGET}_{label.churn_event}_days"):
        if parse(name) is not None:
            raise ChurnkitError(
                f"the label's name {quote(name)} would be that of a feature; rename the event"
            )


def parse_all(names: Sequence[str]) -> list[Feature]:
    """The features with these names. Raises ChurnkitError, with the nearest name, if a name is not a feature."""
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
    windows: Sequence[int],
    events: Sequence[str],
    values: Sequence[str],
    others: Sequence[str],
    dates: Sequence[str] = (),
) -> list[Feature]:
    """The default features for a log with these events (slugs), value columns, date columns and others."""
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
    names += [f"{column}_last" for column in others] + [f"{column}_in_days" for column in dates]
    return parse_all(names)


def subjects(names: Sequence[str]) -> dict[str, list[str]]:
    """Columns grouped by subject: an event, a value, or the first word of the pattern; others alone."""
    groups: dict[str, list[str]] = {}
    for name in names:
        feature = parse(name)
        subject = (feature.of or feature.family.pattern.split("_")[0]) if feature else name
        groups.setdefault(subject, []).append(name)
    return groups


def column_of(feature: Feature, names: Sequence[str]) -> str | None:
    """The column of the log whose slug is in the feature's name, or None."""
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


def compute(past: LogAsOf, feature: Feature, customers: Ints | None = None) -> pl.Series:
    """One value per customer, (c,): Int64, Float64 or String, null where the feature is empty.

    customers: (r,) the positions of those who are asked; None for all. Do not use the values of customers
    without an event before as_of. Raises ChurnkitError if a value is too large for a double.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        result = feature.family.compute(past, feature.of, feature.days)
    if not isinstance(result, np.ndarray):
        result = result.alias(str(feature))
        return result if customers is None else result.gather(customers)  # type: ignore[no-any-return]
    if np.isinf(result).any():
        raise ChurnkitError(f"the feature {quote(str(feature))} is too large for a number")
    # numpy takes values, and the Series begins with nulls: methods of a Series cost a millisecond each
    return pl.Series(str(feature), result if customers is None else result[customers], nan_to_null=True)
