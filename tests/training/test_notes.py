"""The notes of a fit name what makes its result doubtful."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from churnkit.training import notes
from churnkit.training.leakage import TooGood
from churnkit.training.repeats import Repeats

REPORT: Any = SimpleNamespace(figures={"auc": 0.99})


def test_repeated_rows_are_a_warning_only_if_they_flatter_the_test() -> None:
    assert list(notes.about_repeats(None, REPORT)) == []
    (few,) = notes.about_repeats(Repeats(12, 0.012, None), REPORT)
    assert (few.code, few.is_warning, few.count) == ("repeated-rows", False, 12)
    assert few.text.startswith("12 rows (1.2%) repeat an earlier row")
    (many,) = notes.about_repeats(Repeats(120, 0.12, 0.66), REPORT)
    assert many.is_warning
    assert "with one row of each the auc is 0.660, not 0.990" in many.text


def test_a_result_that_is_too_good_names_its_columns_and_what_to_type() -> None:
    (note,) = notes.about_leakage(TooGood(["last_call", "reason"], 0.985), REPORT)
    assert note.is_warning
    assert "'last_call', 'reason' alone reach 0.985" in note.text
    assert note.text.endswith("--drop last_call,reason")
