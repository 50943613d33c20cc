"""How a model is tested: on its latest date, with an embargo, or in folds of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churnkit import labels, windows
from churnkit.arrays import Floats, Ints
from churnkit.errors import ChurnkitError, quote
from churnkit.evaluation.splits import Split, date_split, first_test_date

IN_FOLDS = "5 folds of customers"


@dataclass(frozen=True)
class TestPlan:
    """split: train and test rows by date, or None for folds. how: in words. label: for the model file.
    warning: why the test is not by date although there are several dates, or None."""

    split: Split | None
    how: str
    label: dict[str, Any]
    warning: str | None = None


def describe_label(target: str, horizon_days: int | None, lead_days: int | None) -> dict[str, Any]:
    """The model file's `label`. horizon_days, lead_days: the user's; None: as in the target's name."""
    rule = labels.parse(target)
    return {
        "name": target,
        "horizon_days": horizon_days or (rule.horizon_days if rule else None),
        "lead_days": lead_days or (rule.lead_days if rule else 0),
        "definition": labels.describe(rule) if rule else None,
    }


def window_days(label: Mapping[str, Any]) -> int:
    """The days from as_of to the end of the label window. label: from `describe_label`.

    Raises ChurnkitError if the length of the label window is not known.
    """
    if label["horizon_days"] is None:
        raise ChurnkitError(
            f"there are several dates, and the name {quote(label['name'])} does not contain the length of "
            "its label window: add --horizon 30d (and --lead), so that no training label reaches past the "
            "test date"
        )
    return int(label["horizon_days"] + label["lead_days"])


def embargo(instant: int, days: int) -> int:
    """The latest observation date whose label window has ended by the day of an instant. days: to its end."""
    return windows.as_of(windows.day_of(instant)).shifted(-days)


def plan_test(
    target: str, truth: Floats, instants: Ints | None, horizon_days: int | None, lead_days: int | None
) -> TestPlan:
    """A test on the latest date if an earlier date's label window ends by then, else in folds of customers.

    Where the latest date has very few rows, on the latest dates that have a fifth of them.

    truth: (n,) 0 and 1. instants: (n,) the observation dates, microseconds, or None. horizon_days,
    lead_days: the user's options; None: taken from the target's name.
    Raises ChurnkitError if there are several dates and the length of the label window is not known.
    """
    label = describe_label(target, horizon_days, lead_days)
    if instants is None or len(set(instants.tolist())) < 2:
        return TestPlan(None, IN_FOLDS, label)
    days = window_days(label)
    test_from = first_test_date(instants)
    first, last = (windows.as_of(windows.day_of(instant)) for instant in (test_from, int(instants.max())))
    train_before = embargo(test_from, days)
    split = date_split(instants, test_from, train_before)
    tested = str(last) if test_from == instants.max() else f"{first} to {last}"
    if not len(split.train) or any(len(set(truth[part])) < 2 for part in (split.train, split.test)):
        earliest = windows.day_of(train_before)
        warning = (
            f"no test on the latest date: that needs churned and other rows at {tested}, and at {earliest} "
            f"or earlier (label window: {days} days); tested in folds of customers instead"
        )
        return TestPlan(None, IN_FOLDS, label, warning)
    trained = sorted({str(windows.day_of(i)) for i in set(instants[split.train].tolist())})
    dates = f"{len(trained):,} date{'s' * (len(trained) != 1)} up to {trained[-1]}"
    return TestPlan(split, f"{tested} ({len(split.test):,} rows), trained on {dates}", label)
