"""Words of pictures: a title has the definition of its label, and directions of old models are translated."""

from __future__ import annotations

import pytest

from churnkit.pictures.wording import direction_in_words, feature_in_words, title_in_words


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("churned_14d", "no event in the next 14 days"),
        ("churned_1d", "no event in the next 1 day"),
        ("churned_without_purchase_or_support_call_30d", "no purchase or support call in the next 30 days"),
        ("churned_cancel_30d", "cancel in the next 30 days"),
        ("churned_30d_after_7d", "no event in 30 days, starting 7 days from now"),
        (
            "churned_30d_of_90d",
            "no event in the next 30 days, for customers active in the 90 days before",
        ),
        ("churned_30d_from_join", "no event in the next 30 days, for customers with join"),
    ],
)
def test_a_title_has_the_definition_of_its_label(target: str, words: str) -> None:
    assert title_in_words(f"Who leaves: {target}") == f"Who leaves: {words}"


def test_a_target_that_is_not_a_label_is_called_a_column() -> None:
    assert title_in_words("Who leaves: Exited") == "Who leaves (column Exited)"
    assert title_in_words("Who leaves: churned") == "Who leaves"
    assert title_in_words("a title") == "a title"


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        ("more speaks for leaving", "more raises the risk"),
        ("more speaks for staying", "more lowers the risk"),
        ("two\nyears speaks most for leaving", "two\nyears raises the risk most"),
        ("more raises the risk", "more raises the risk"),
        ("mixed", "mixed"),
        (None, ""),
    ],
)
def test_directions_are_about_risk_for_models_of_any_version(direction: str | None, words: str) -> None:
    assert direction_in_words(direction) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("support_call_count_30d", "support call count in 30 days"),
        ("gap_std_days", "gap variation days"),
        ("MonthlyCharges_2d", "MonthlyCharges_2d"),
    ],
)
def test_the_name_of_a_feature_is_shown_without_underscores(name: str, words: str) -> None:
    assert feature_in_words(name) == words
