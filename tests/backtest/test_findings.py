"""The notes say what is not judged, what models left out, the totals, and when to refit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from churnkit.backtest import findings
from churnkit.backtest.age import age_records
from churnkit.backtest.misses import newest_miss
from churnkit.backtest.records import date_records
from churnkit.backtest.walk_forward import Walk
from churnkit.training.fitting import silent
from tests.backtest.by_hand import flat_model, judged
from tests.backtest.panels import options

RISING = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45]


def test_dates_without_a_row_are_named_with_the_reason() -> None:
    panel, scores = judged([flat_model(-1.0)] * 2, [0.3, 0.2])
    panel = replace(panel, rows=replace(panel.rows, unlabelled_dates=("2024-06-01",)))
    walk = Walk(scores[1:], {"2024-01-29": "no label window has ended by then"})
    texts = [finding.text for finding in findings.about_dates(panel, walk)]
    assert texts == [
        "1 date without a label, not judged: 2024-06-01",
        "1 date without a model, not judged: 2024-01-29 (no label window has ended by then)",
    ]


def test_a_model_that_learns_until_an_earlier_date_than_the_one_before_is_told() -> None:
    panel, scores = judged([flat_model(-1.0)] * 3, [0.3, 0.2, 0.3])
    late = [*scores[:2], replace(scores[2], trained_until=scores[0].as_of)]
    (finding,) = findings.about_dates(panel, Walk(late[1:]))
    assert (finding.code, finding.count) == ("embargo", 1)


def test_a_column_that_some_models_leave_out_is_told_once_with_how_many() -> None:
    _, scores = judged([flat_model(-1.0)] * 2, [0.3, 0.2])
    first = replace(scores[0].model, left_out={"x": "constant", "id": "the id"})
    second = replace(
        scores[1].model,
        left_out={"paid": "fills", "t": "dates", "id": "the id"},
        leaks=frozenset({"paid"}),
        clocks=frozenset({"t"}),
    )
    told = list(findings.about_left_out([replace(scores[0], model=first), replace(scores[1], model=second)]))
    assert [(finding.code, finding.is_warning) for finding in told] == [
        ("column-left-out", False), ("leak", True), ("clock", False),
    ]  # fmt: skip
    assert told[0].text == "'x' left out at 1 of 2 dates: constant"


def test_the_last_note_has_the_totals_and_simple_ways_beside() -> None:
    panel, scores = judged([flat_model(-1.0)] * 4, [0.3, 0.2, 0.3, 0.25], values=np.ones(800))
    records = date_records(panel, scores)
    *_, money, last = findings.about_history(panel, scores, records, options(customer_value="value"))
    expected = sum(record["expected"] for record in records)
    off = sum(abs(record["expected"] - record["observed"]) for record in records) / 210
    assert (
        f"at 4 dates the models expected {expected:,.0f} to leave; 210 left; a date was off by {off:.1%}"
        in last.text
    )
    assert "last rate by" in last.text
    assert f"expected loss {expected:,.2f}; lost 210.00" in money.text


@pytest.mark.parametrize(
    ("rates", "codes"),
    [([0.3, 0.2, 0.3, 0.25], {"no-recency", "backtest"}), ([0.01, 0.02], {"no-recency", "few-leavers", "short-history", "backtest"})],
    ids=["enough", "few"],
)  # fmt: skip
def test_what_makes_the_figures_weak_is_told(rates: list[float], codes: set[str]) -> None:
    panel, scores = judged([flat_model(-1.0)] * len(rates), rates)
    told = findings.about_history(panel, scores, date_records(panel, scores), options())
    assert {finding.code for finding in told} == codes


@pytest.mark.parametrize(
    ("log_odds", "rates", "words"),
    [
        (
            [-2.0, -1.7, -1.4, -1.1, -0.8, -0.5],
            RISING,
            "ranks as well (auc +0.000, +0.000 to +0.000) but says",
        ),
        ([-1.2] * 6, [0.29, 0.3, 0.3, 0.31, 0.3, 0.29], "no reason to refit before that"),
        ([-1.2] * 2, [0.3, 0.3], "too few dates to see how a model ages"),
    ],
    ids=["rising", "steady", "few"],
)
def test_the_age_at_which_to_refit_is_a_sentence(
    log_odds: list[float], rates: list[float], words: str
) -> None:
    panel, scores = judged([flat_model(each) for each in log_odds], rates)
    (finding,) = findings.about_age(age_records(panel, scores, silent))
    assert words in finding.text
    assert ("too few: refit every 28 days (1 date)" in finding.text) is (rates is RISING)


def test_a_miss_is_told_with_its_interval() -> None:
    panel, scores = judged([flat_model(-1.0)] * 4, [0.3, 0.3, 0.9, 0.9])
    sentence = findings.miss_sentence(newest_miss(panel, scores), 0.2)
    assert sentence.startswith("from 2024-02-26 to 2024-04-22 the models expected")
    assert sentence.endswith("more than 20%")
