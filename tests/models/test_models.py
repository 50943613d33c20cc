"""Laws that hold for every kind of model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models import MODELS, Fitted, kind_of
from churnkit.models.calibration import Calibration
from tests.models.fitted import fitted, read_back, simulated

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.floats(0, 1), st.just(float("nan")))
CODES = st.sampled_from([0.0, 1.0, 2.0, float("nan")])  # 2: an unknown category
ROWS = st.lists(st.tuples(NUMBERS, CODES, NUMBERS), min_size=1, max_size=80)


@pytest.mark.parametrize("kind", MODELS)
@given(rows=ROWS)
def test_base_and_contributions_add_up_with_missing_and_unseen_values(
    kind: str, rows: list[tuple[float, float, float]]
) -> None:
    matrix = np.array(rows)
    base, added = kind_of(kind).contributions(fitted(kind), matrix)
    assert base + added.sum(axis=1) == pytest.approx(kind_of(kind).log_odds(fitted(kind), matrix), abs=1e-9)


@pytest.mark.parametrize("kind", MODELS)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_a_row_has_the_same_score_and_reasons_to_the_last_bit_whatever_other_rows_there_are(
    kind: str, rows: list[tuple[float, float, float]], seed: int
) -> None:
    matrix = np.vstack([rows, simulated(100, seed).matrix])
    order = np.random.default_rng(seed).permutation(len(matrix))[: 1 + seed]
    base, added = kind_of(kind).contributions(fitted(kind), matrix)
    base_of_some, added_of_some = kind_of(kind).contributions(fitted(kind), matrix[order])
    assert base == base_of_some
    assert np.array_equal(added[order], added_of_some)
    whole, *same = kind_of(kind).explain(fitted(kind), matrix)
    assert same[0] == base
    assert np.array_equal(same[1], added)
    assert np.array_equal(whole, kind_of(kind).log_odds(fitted(kind), matrix))
    assert np.array_equal(whole[order], kind_of(kind).log_odds(fitted(kind), matrix[order]))


@pytest.mark.parametrize("kind", MODELS)
def test_json_keeps_every_bit(kind: str) -> None:
    unseen = np.vstack([simulated().matrix, [[0.5, 2.0, 1.0], [np.nan, np.nan, np.nan]]])
    again = read_back(kind, kind_of(kind).to_plain(fitted(kind)))
    assert np.array_equal(kind_of(kind).log_odds(again, unseen), kind_of(kind).log_odds(fitted(kind), unseen))


@pytest.mark.parametrize("kind", MODELS)
def test_calibrated_log_odds_are_linear_in_the_raw_ones_and_still_add_up(kind: str) -> None:
    matrix = simulated().matrix
    model = Fitted(kind, fitted(kind), Calibration(0.8, -0.3))
    base, added = model.contributions(matrix)
    assert model.log_odds(matrix) == pytest.approx(0.8 * kind_of(kind).log_odds(fitted(kind), matrix) - 0.3)
    assert base + added.sum(axis=1) == pytest.approx(model.log_odds(matrix), abs=1e-9)
