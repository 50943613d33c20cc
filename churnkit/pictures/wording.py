"""Words that several pictures share: titles without column names, and the direction of a feature."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from churnkit import columns, features, labels
from churnkit.formatting import bin_in_words, format_value
from churnkit.labels import Label
from churnkit.windows import unit_in_words

WORDS = {"std": "variation", "sum": "total", "mean": "average", "max": "maximum", "min": "minimum"}
LEAST_LOG_RATIO, MOST_LOG_RATIO = 0.05, 700.0  # smaller: as good as none; larger: no double
MERMAID_UNSAFE = {ord(mark): f"#{ord(mark)};" for mark in "\"'`<>[](){}|#&;"}  # mark → as Mermaid writes it
DIRECTIONS = (  # of a feature in a model file of churnkit 0.1
    (re.compile(r"more speaks for leaving"), "more raises the risk"),
    (re.compile(r"more speaks for staying"), "more lowers the risk"),
    (re.compile(r"(.*) speaks most for leaving", re.DOTALL), r"\1 raises the risk most"),
)


def title_in_words(title: str) -> str:
    """`Who leaves: churned_14d` as `Who leaves: no event in the next 14 days`.

    A title without a target, after a colon, is returned unchanged.
    """
    subject, colon, target = title.partition(": ")
    if not colon:
        return title
    label = labels.parse(target)
    if label is not None:
        return f"{subject}: {label_in_words(label)}"
    return subject if target == columns.TARGET else f"{subject} (column {target})"


def label_in_words(label: Label) -> str:
    """What a customer does, or does not do, to count as churned."""
    event = f"no {' or '.join(map(_spaced, label.activity)) or 'event'}"
    if label.churn_event:
        event = _spaced(label.churn_event)
    when = f"in the next {_days(label.horizon_days)}"
    if label.lead_days:
        when = f"in {_days(label.horizon_days)}, starting {_days(label.lead_days)} from now"
    before = f", for customers active in the {_days(label.within_days)} before" if label.within_days else ""
    start = f", for customers with {_spaced(label.start_event)}" if label.start_event else ""
    return f"{event} {when}{before}{start}"


def direction_in_words(direction: str | None) -> str:
    """A direction in terms of risk: `more raises the risk`; '' for None. Other texts are unchanged."""
    for pattern, words in DIRECTIONS:
        if direction is not None and pattern.fullmatch(direction):
            return pattern.sub(words, direction)
    return direction or ""


def ratio_in_words(ratio: float) -> str:
    """An odds ratio: `2.31`, `more than 1,000`, `less than 0.001`."""
    if ratio > 1000:
        return "more than 1,000"
    if ratio < 0.001:
        return "less than 0.001"
    return f"{ratio:,.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def extremes_in_words(lowest: float | str, highest: float | str, ratio: float) -> str:
    """`odds lowest at 38, 3.1 times as high at 60`. lowest, highest: values of a feature."""
    times = f"{ratio:.1f}" if ratio < 100 else f"{ratio:,.0f}" if ratio <= 1000 else ratio_in_words(ratio)
    return f"odds lowest at {format_value(lowest)}, {times} times as high at {format_value(highest)}"


def curve_in_words(bins: Sequence[Mapping[str, Any]]) -> str:
    """Where the odds of one feature are lowest and highest; '' if they hardly differ.

    bins: of `curve_records`; a number is told by the mean of its bin, to three digits.
    """
    known = [record for record in bins if record["value"] is not None]
    if len(known) < 2:
        return ""
    low = min(known, key=lambda record: record["contribution"])
    high = max(known, key=lambda record: record["contribution"])
    log_ratio = high["contribution"] - low["contribution"]
    if log_ratio < LEAST_LOG_RATIO:
        return ""
    lowest, highest = (
        value if isinstance(value, str) else float(f"{value:.3g}") for value in (low["value"], high["value"])
    )
    return extremes_in_words(lowest, highest, math.exp(min(log_ratio, MOST_LOG_RATIO)))


def bin_name(record: Mapping[str, Any]) -> str:
    """A bin of a curve: `below 3`, `3 to below 4.5`, `gold`, `unknown`. record: of `curve_records`."""
    if record["from"] is None and record["below"] is None:
        return format_value(record["value"])
    return bin_in_words(record["from"], record["below"])


def feature_in_words(name: str) -> str:
    """`amount_std_30d` as `amount variation in 30 days`; a name that is not a feature is unchanged."""
    if features.parse(name) is None:
        return name
    words = [WORDS.get(word, word) for word in name.split("_")]
    return re.sub(r" (\d+)d$", r" in \1 days", " ".join(words))


def cohorts_in_words(every: str) -> str:
    """What a table of cohorts shows. every: the step of the periods."""
    return (
        "Share of the customers who started in a period that are active N periods after its end;"
        f" a period is {unit_in_words(every)}"
    )


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"
