"""The newest three dates together: how far they missed, and whether by more than their interval."""

from __future__ import annotations

import pytest

from churnkit.backtest.misses import mean_error, newest_miss
from tests.backtest.by_hand import flat_model, judged


def _expected() -> float:
    _, scores = judged([flat_model(-1.0)], [0.3])
    return float(scores[0].probability.sum()) / 200


def test_the_miss_is_that_of_the_sums_over_three_dates() -> None:
    panel, scores = judged([flat_model(-1.0)] * 4, [0.9, 0.3, 0.2, 0.4])
    miss = newest_miss(panel, scores)
    assert (miss.first, miss.last) == ("2024-02-26", "2024-04-22")
    assert miss.outcome.observed == 180
    assert miss.outcome.expected == pytest.approx(600 * _expected())
    assert miss.share == pytest.approx(abs(180 / (600 * _expected()) - 1))


def test_a_level_that_moves_after_calm_dates_is_beyond_the_interval() -> None:
    level = round(_expected(), 2)
    panel, scores = judged([flat_model(-1.0)] * 8, [level] * 5 + [1.5 * level] * 3)
    assert newest_miss(panel, scores).is_beyond(0.2)
    assert not newest_miss(panel, scores).is_beyond(0.6)


def test_a_miss_such_as_were_before_is_inside_the_interval() -> None:
    level = _expected()
    panel, scores = judged([flat_model(-1.0)] * 8, [1.5 * level, 0.6 * level] * 2 + [1.4 * level] * 4)
    miss = newest_miss(panel, scores)
    assert miss.share > 0.2
    assert not miss.is_beyond(0.2)


def test_the_mean_error_is_per_mean_observed_and_needs_all_dates() -> None:
    records = [{"said": 12.0, "none": None, "observed": 10}, {"said": 27.0, "none": 1.0, "observed": 30}]
    assert mean_error(records, "said", "observed") == pytest.approx(5 / 40)
    assert mean_error(records, "none", "observed") is None
    assert mean_error([{"said": 1.0, "observed": 0}], "said", "observed") is None
