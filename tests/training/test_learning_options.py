"""The text of days becomes a number, and none stays none."""

from __future__ import annotations

from churnkit.training.learning_options import LearningOptions


def test_days_are_those_of_the_text() -> None:
    given = LearningOptions(kind="logistic", id_="customer_id", horizon="30d", lead="2w")
    assert (given.horizon_days, given.lead_days) == (30, 14)


def test_without_text_there_are_no_days() -> None:
    given = LearningOptions(kind="logistic", id_="customer_id")
    assert (given.horizon_days, given.lead_days) == (None, None)
