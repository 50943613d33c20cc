"""A fold's model size is chosen by the other folds."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.models import kind_of
from churnkit.models.paths import PATIENCE, Path, choices, is_settled, simplest, total_choice, total_loss
from tests.models.fitted import simulated


def _path(*losses: float) -> Path:
    return Path(list(range(len(losses))), list(losses), lambda place: np.zeros(1))


def test_a_size_is_chosen_by_the_other_folds() -> None:
    paths = [_path(1.0, 9.0, 9.0), _path(5.0, 2.0, 4.0), _path(5.0, 4.0, 3.0)]
    assert choices(paths) == [1, 0, 0]
    assert total_choice(paths) == 0


def test_a_single_path_uses_its_own_losses() -> None:
    assert choices([_path(3.0, 1.0, 2.0)]) == [1]


def test_a_path_is_settled_when_no_choice_has_changed_for_long() -> None:
    falling = [1.0 / (1 + number) for number in range(PATIENCE * 2)]
    level = [*falling, *[0.5] * (PATIENCE - 1)]
    assert not is_settled([_path(*falling)])
    assert not is_settled([_path(*level)])
    assert is_settled([_path(*level, 0.5)])
    assert not is_settled([_path(*level, 0.5), _path(*level, 0.001)])


def test_the_simplest_model_within_a_standard_error_of_the_best_is_chosen() -> None:
    best = np.array([0.1, 0.2, 0.3, 0.4])
    weights, groups = np.ones(4), np.array([0, 0, 1, 1])
    worse = best + np.array([0.3, 0.3, -0.1, -0.1])  # mean gap .1; by customer .4 and -.4, standard error .14
    assert simplest([worse, best], weights, groups) == 0
    assert simplest([best + 0.1, best], weights, groups) == 1
    assert simplest([best, best], weights, groups) == 0
    assert simplest([best + 0.1, best], weights, groups, least_gain=0.11) == 0
    assert simplest([best + 0.1, best], weights, groups, least_gain=0.09) == 1


def test_the_loss_uses_the_weights() -> None:
    rows = simulated(100)
    log_odds = np.linspace(-2, 2, 100)
    probability = 1 / (1 + np.exp(-log_odds))
    by_hand = -np.where(rows.truth > 0, np.log(probability), np.log(1 - probability)).sum()
    assert total_loss(rows, log_odds) == pytest.approx(by_hand)


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_a_path_scores_like_a_model_of_that_shape_and_size(kind: str) -> None:
    train, test = simulated(600), simulated(200, 3)
    model = kind_of(kind)
    for shape in model.SHAPES:
        path = model.path(train, test, shape, 0)
        place = total_choice([path])
        fitted = model.fit(train, {**shape, model.SIZE: path.sizes[place]}, 0)
        assert path.scores(place) == pytest.approx(model.log_odds(fitted, test.matrix), abs=1e-4)
        assert total_loss(test, path.scores(place)) == pytest.approx(path.losses[place], rel=1e-5)


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_a_path_reshaped_is_the_path_of_that_shape(kind: str) -> None:
    train, test = simulated(600), simulated(200, 3)
    model = kind_of(kind)
    first = model.path(train, test, model.SHAPES[0], 0)
    assert first.reshaped is not None
    reshaped, alone = first.reshaped(model.SHAPES[1]), model.path(train, test, model.SHAPES[1], 0)
    assert (reshaped.sizes, reshaped.losses) == (alone.sizes, alone.losses)


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_a_path_with_a_fixed_size_has_only_that_size(kind: str) -> None:
    model = kind_of(kind)
    size = {"logistic": 0.3, "tree": 5, "xgboost": 12}[kind]
    path = model.path(simulated(600), simulated(200, 3), {model.SIZE: size}, 0)
    assert path.sizes == [size]
    assert len(path.losses) == 1
