"""Both sides of a border in plain words."""

from __future__ import annotations

import pytest

from churnkit import features, wording


@pytest.mark.parametrize(
    ("name", "border", "below", "above"),
    [
        ("purchase_recency_days", "41", "purchase less than 41 days ago", "no purchase for 41 days or more"),
        ("support_call_count_30d", "1", "no support call in 30 days", "support call in 30 days"),
        (
            "support_call_count_30d",
            "3",
            "fewer than 3 support call in 30 days",
            "3 support call or more in 30 days",
        ),
        ("recency_days", "12.5", "last seen less than 12.5 days ago", "silent for 12.5 days or more"),
        ("MonthlyCharges", "70", "MonthlyCharges below 70", "MonthlyCharges 70 or more"),
    ],
)
def test_a_border_of_a_feature_is_said_as_people_say_it(
    name: str, border: str, below: str, above: str
) -> None:
    assert wording.sides(name, border) == (below, above)


@pytest.mark.parametrize("family", features.FEATURES, ids=lambda f: f.pattern)
def test_every_family_has_words_of_its_own_or_is_named(family: features.Family) -> None:
    name = family.pattern.format(event="call", value="amount", column="plan", days=30)
    below, above = wording.sides(name, "7")
    assert below != above
    assert "7" in below
    assert "7" in above
    assert "{" not in below + above


def test_the_last_value_of_a_column_is_called_by_the_column() -> None:
    assert wording.subject("plan_type_last") == "plan type"
    assert wording.subject("Contract") == "Contract"
