"""Words that several pictures share: titles without column names, and the direction of a feature."""

from __future__ import annotations

import re

from churnkit import columns, features, labels
from churnkit.labels import Label
from churnkit.windows import unit_in_words

WORDS = {"std": "variation", "sum": "total", "mean": "average", "max": "maximum", "min": "minimum"}
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
