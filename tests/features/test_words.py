"""Values and borders of features in plain words."""

from __future__ import annotations

import pytest

from churnkit import features
from churnkit.features.words import describe_sides, describe_subject, describe_value


@pytest.mark.parametrize(
    ("name", "border", "below", "above"),
    [
        (
            "purchase_recency_days",
            "41",
            "last purchase less than 41 days ago",
            "no purchase for 41 days or more",
        ),
        (
            "support_call_count_30d",
            "1",
            "no support call in 30 days",
            "support call at least once in 30 days",
        ),
        (
            "support_call_count_30d",
            "3",
            "support call fewer than 3 times in 30 days",
            "support call 3 times or more in 30 days",
        ),
        ("gap_mean_days", "5", "active more often than every 5 days", "active every 5 days or less often"),
        (
            "event_trend_30d",
            "0",
            "fewer events in 30 days than in the 30 before",
            "at least as many events in 30 days as in the 30 before",
        ),
        (
            "call_share_90d",
            "0.125",
            "call: less than 12.5% of all events in 90 days",
            "call: 12.5% or more of all events in 90 days",
        ),
        ("recency_days", "12.5", "last seen less than 12.5 days ago", "silent for 12.5 days or more"),
        ("MonthlyCharges", "70", "MonthlyCharges below 70", "MonthlyCharges 70 or more"),
    ],
)
def test_both_sides_of_a_border_are_described_in_plain_words(
    name: str, border: str, below: str, above: str
) -> None:
    assert describe_sides(name, border) == (below, above)


@pytest.mark.parametrize("family", features.FEATURES, ids=lambda f: f.pattern)
def test_every_family_has_words_of_its_own(family: features.Family) -> None:
    name = family.pattern.format(event="call", value="amount", column="plan", days=30)
    below, above = describe_sides(name, "7")
    assert below != above
    assert "7" in below
    assert "7" in above
    assert "{" not in below + above


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("purchase_recency_days", 41.23, "last purchase 41 days ago"),
        ("purchase_recency_days", 0.52, "last purchase 0.5 days ago"),
        ("purchase_recency_days", None, "no purchase so far"),
        ("support_call_count_30d", 2, "support call 2 times in 30 days"),
        ("support_call_count_30d", 0, "no support call in 30 days"),
        ("support_call_count_30d", 1, "support call once in 30 days"),
        ("support_call_share_90d", 0.125, "support call: 12% of all events in 90 days"),
        ("support_call_share_90d", 0, "support call: 0% of all events in 90 days"),
        ("amount_mean_90d", None, "no amount in 90 days"),
        ("amount_sum_90d", 1234.56, "total amount 1,235 in 90 days"),
        ("plan_type_last", "premium", "plan type is premium"),
        ("plan_type_last", None, "plan type unknown"),
        ("Contract", "Month-to-month", "Contract is Month-to-month"),
        ("tenure", None, "tenure is unknown"),
        ("event_trend_30d", -0.5, "fewer events in 30 days than in the 30 before: trend -0.5"),
        ("event_trend_30d", 0, "as many events in 30 days as in the 30 before: trend 0"),
        ("amount_trend_30d", 0.25, "higher total amount in 30 days than in the 30 before: trend 0.25"),
        ("gap_std_days", None, "active on fewer than three days: variation of gaps unknown"),
        ("gap_mean_days", None, "active on fewer than two days: usual gap unknown"),
        ("recency_ratio", 0.14268, "silent for 0.143 times the customer's usual gap"),
    ],
)
def test_a_value_is_described_in_plain_words(name: str, value: float | str | None, words: str) -> None:
    assert describe_value(name, value) == words


@pytest.mark.parametrize("family", features.FEATURES, ids=lambda f: f.pattern)
def test_every_family_describes_a_value_and_a_missing_value(family: features.Family) -> None:
    name = family.pattern.format(event="call", value="amount", column="plan", days=30)
    said, missing = describe_value(name, 7.0), describe_value(name, None)
    assert "7" in said
    assert said != missing
    assert "7" not in missing
    assert not {"{", "_"} & {*said, *missing}


def test_the_last_value_of_a_column_has_the_name_of_the_column() -> None:
    assert describe_subject("plan_type_last") == "plan type"
    assert describe_subject("Contract") == "Contract"
