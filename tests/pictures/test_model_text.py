"""A model's card: its facts, its metrics, what to keep in mind, and bars of what matters."""

from __future__ import annotations

from typing import Any

import pytest

from churnkit.pictures import model_text

METRICS: dict[str, Any] = {
    "auc": 0.8, "auc_low": 0.78, "auc_high": 0.82, "log_loss": 0.4, "log_loss_low": 0.38, "log_loss_high": 0.42,
    "observed_over_expected": 1.0, "observed_over_expected_low": 0.9, "observed_over_expected_high": 1.1,
    "tested": "5 folds", "baselines": {"best_column": {"column": "recency_days", "auc": 0.7, "low": 0.05}},
}  # fmt: skip
FACTS: dict[str, Any] = {
    "trained_on": {
        "rows": 12_345,
        "customers": 4_000,
        "churned": 2_469,
        "dates": ["2023-01-01", "2024-06-01"],
    },
    "label": {"definition": "no event in 30 days", "horizon_days": 30, "lead_days": 7},
    "metrics": METRICS,
    "created_at": "2024-07-01",
    "versions": {"churnkit": "1.2.3"},
    "settings": {"left_out": {"a": "constant", "b": "constant", "id": "the id"}},
    "notes": {"ticket": "CH-7"},
}


def _records(*importances: float) -> list[dict[str, Any]]:
    return [
        {"feature": f"f{k}", "importance": size, "direction": "mixed"} for k, size in enumerate(importances)
    ]


def _draw(records: list[dict[str, Any]] | None = None, **facts: Any) -> str:
    return model_text.draw("tree", "churned_30d", {**FACTS, **facts}, records or _records(1.0))


def test_the_card_has_the_facts_of_the_file() -> None:
    card = _draw()
    for words in ("tree", "churned_30d", "no event in 30 days", "12,345 rows of 4,000 customers", "2,469 (20.0%)",
                  "2023-01-01 to 2024-06-01", "5 folds", "1.2.3", "a, b: constant", "CH-7", "30 days", "7 days"):  # fmt: skip
        assert words in card, words
    assert "the id" not in card
    assert max(map(len, card.splitlines())) <= model_text.WIDTH + 10


def test_metrics_stand_with_their_intervals_and_their_baseline() -> None:
    lines = [line.split() for line in _draw().splitlines()]
    assert ["auc", "0.800", "(0.780", "to", "0.820)"] in lines
    assert any("0.700" in line and "(recency_days" in line for line in lines)


def test_a_bar_is_as_long_as_the_importance_and_the_rest_is_counted() -> None:
    sizes = [2.0, 1.0, *[0.2] * model_text.MAX_FEATURES, 0.0, 0.0]
    lines = _draw(_records(*sizes)).splitlines()
    bars = [line.count("█") for line in lines if line.startswith("  f")]
    assert bars == [round(size / 2 * model_text.BAR) for size in sizes[: model_text.MAX_FEATURES]]
    assert "2 less important features" in lines[-2]
    assert "2 without influence" in lines[-1]


def _limits(card: str) -> int:
    return sum(line.startswith("  - ") for line in card.splitlines())


@pytest.mark.parametrize(
    "facts",
    [
        {"metrics": {**METRICS, "baselines": {"best_column": {"column": "x", "auc": 0.8, "low": -0.01}}}},
        {"metrics": {**METRICS, "auc_low": 0.7}},
        {"metrics": {**METRICS, "observed_over_expected_low": 1.05}},
        {"trained_on": {**FACTS["trained_on"], "dates": ["2024-01-01", "2024-06-01"]}},
        {"trained_on": {**FACTS["trained_on"], "dates": []}},
    ],
    ids=["no better than a column", "wide interval", "more left", "under a year", "no dates"],
)
def test_each_weakness_is_one_more_thing_to_keep_in_mind(facts: dict[str, Any]) -> None:
    assert _limits(_draw(**facts)) == _limits(_draw()) + 1


def test_an_odds_ratio_is_shown_between_its_quartiles() -> None:
    odds = {"odds_ratio_quartiles": 1.5, "lower_quartile": 2.0, "upper_quartile": 9.0}
    line = next(x for x in _draw([{**_records(1.0)[0], **odds}]).splitlines() if x.startswith("  f0"))
    assert "1.50 from 2 to 9" in line


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1.574e24, "odds x more than 1,000 from"),
        (1e-9, "odds x less than 0.001 from"),
        (0.012, "odds x 0.012 from"),
    ],
)
def test_an_odds_ratio_beyond_a_thousand_has_no_digits(ratio: float, words: str) -> None:
    odds = {"odds_ratio_quartiles": ratio, "lower_quartile": 2.0, "upper_quartile": 9.0}
    assert words in _draw([{**_records(1.0)[0], **odds}])


def test_a_curve_that_turns_is_told_by_its_lowest_and_highest_odds() -> None:
    odds = {"odds_ratio_quartiles": 1.1, "lower_quartile": 2.0, "upper_quartile": 9.0}
    turns = {"lowest_at": 38.0, "highest_at": 60.0, "odds_ratio_lowest_to_highest": 3.14}
    assert "odds lowest at 38, 3.1 times as high at 60" in _draw([{**_records(1.0)[0], **odds, **turns}])


def test_features_that_act_together_are_on_the_card() -> None:
    pairs = [{"features": ["plan", "minutes"], "importance": 0.4}]
    card = model_text.draw("logistic", "churned_30d", FACTS, _records(1.0), pairs=pairs)
    assert "  plan and minutes   0.400" in card.splitlines()
    assert "together" not in _draw()
