"""The reasons of one customer in words, those that raise the risk first."""

from __future__ import annotations

import pytest

from churnkit.pictures import reasons_text


def _reason(feature: str, value: object, typical: object, contribution: float) -> dict[str, object]:
    return {"feature": feature, "value": value, "typical": typical, "contribution": contribution}


RECORD = {
    "customer_id": "00123",
    "as_of": "2024-05-01",
    "churn_probability": 0.734,
    "base": -1.0,
    "reasons": [
        _reason("purchase_recency_days", 41.0, 7.0, 1.2),
        _reason("plan_last", "basic", "basic", -0.5),
        _reason("event_count_30d", 2, 9, 0.1),
    ],
}


def test_the_headline_has_the_customer_the_date_and_the_probability() -> None:
    head = reasons_text.draw(RECORD).splitlines()[0]
    assert "00123" in head
    assert "2024-05-01" in head
    assert "73%" in head


def test_reasons_that_raise_the_risk_come_before_those_that_lower_it() -> None:
    lines = reasons_text.draw(RECORD).splitlines()[1:]
    assert len(lines) == 3
    assert ["purchase" in lines[0], "2" in lines[1], "plan" in lines[2]] == [True] * 3
    assert ":" in lines[0].split("last purchase")[0]
    assert lines[1].startswith(" " * 16)


def test_the_typical_value_is_shown_where_it_differs() -> None:
    _, recency, _, plan = reasons_text.draw(RECORD).splitlines()
    assert "(typical: 7)" in recency
    assert "as is typical" in plan


@pytest.mark.parametrize(
    ("size", "word"), [(1.0, "strongly"), (0.99, "clearly"), (0.3, "clearly"), (0.29, "a little")]
)
def test_the_size_of_a_reason_is_a_word(size: float, word: str) -> None:
    record = {**RECORD, "reasons": [_reason("x", 1.0, 2.0, -size)]}
    assert reasons_text.draw(record).endswith(word)
