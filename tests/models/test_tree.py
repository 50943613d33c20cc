"""A decision tree is small enough to read, and its numbers are those of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnkit.errors import ChurnkitError
from churnkit.models import encoding as designs
from churnkit.models import tree
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import TrainingRows
from churnkit.models.forest import forest_to_plain
from churnkit.models.paths import total_choice
from tests.models.fitted import COLUMNS, read_back, simulated
from tests.models.trees_by_hand import grown


def _leaves(model: tree.TreeParameters) -> int:
    return int((model.forest.column < 0).sum())


def _of(matrix: np.ndarray, truth: np.ndarray) -> TrainingRows:
    return TrainingRows([COLUMNS[0]], matrix, truth, np.arange(len(truth)), np.ones(len(truth)))


def _best_leaves(rows: TrainingRows) -> int:
    even, odd = (rows.part(np.arange(start, len(rows.truth), 2)) for start in (0, 1))
    path = tree.path(even, odd, {}, 0)
    best: int = path.sizes[total_choice([path])]
    return best


def test_the_number_of_leaves_is_the_one_that_helps() -> None:
    x = (np.arange(2_000.0) // 10)[:, None]
    step = (x[:, 0] >= 100).astype(float)
    step[::7] = 1 - step[::7]
    assert _best_leaves(_of(x, step)) == 2
    assert 2 < _best_leaves(simulated(2_000)) <= tree.MAX_LEAVES


def test_a_tree_has_the_requested_number_of_leaves() -> None:
    assert _leaves(tree.fit(simulated(2_000), {"leaves": 5}, 0)) == 5
    assert _leaves(tree.fit(simulated(2_000), {"max_leaves": 3}, 0)) <= 3


def test_a_path_scores_like_the_tree_of_each_size() -> None:
    train, test = simulated(1_000), simulated(300, 3)
    path = tree.path(train, test, {}, 0)
    for place in (0, 4, len(path.sizes) - 1):
        fitted = tree.fit(train, {"leaves": path.sizes[place]}, 0)
        assert np.array_equal(path.scores(place), tree.log_odds(fitted, test.matrix))


def test_a_leaf_with_only_churners_is_not_certain() -> None:
    x = np.repeat([0.0, 1.0], 50)
    probability = sigmoid(tree.log_odds(tree.fit(_of(x[:, None], x), {}, 0), np.array([[0.0], [1.0]])))
    assert probability == pytest.approx([(0 + 2 * 0.5) / 52, (50 + 2 * 0.5) / 52])


def test_a_contribution_is_what_the_splits_of_the_column_add_on_the_path() -> None:
    model = tree.fit(simulated(), {}, 0)
    forest, row = model.forest, simulated(50, 3).matrix
    base, added = tree.contributions(model, row)
    assert base == forest.value[0]
    encoded = designs.encode(model.design, row)
    for place in range(len(row)):
        node, expected = 0, np.zeros(len(COLUMNS))
        while forest.column[node] >= 0:
            value = encoded[place, forest.column[node]]
            left = forest.missing_left[node] if np.isnan(value) else value < forest.threshold[node]
            child = int(forest.left[node] if left else forest.right[node])
            feature = model.design[forest.column[node]].feature
            expected[feature] += forest.value[child] - forest.value[node]
            node = child
        assert added[place] == pytest.approx(expected)


def test_a_higher_value_of_a_rising_column_never_lowers_the_log_odds() -> None:
    model = tree.fit(simulated().only([0, 2]), {"rising": ("x",)}, 0)
    steps = np.linspace(-1, 2, 200)
    for y in (0.5, 9.0, 40.0):
        assert (np.diff(tree.log_odds(model, np.column_stack([steps, np.full(200, y)]))) >= 0).all()


def test_the_counts_of_a_node_are_those_of_the_rows_that_pass_it() -> None:
    data = simulated()
    model = tree.fit(data, {}, 0)
    encoded = designs.encode(model.design, data.matrix)
    passes = np.zeros((len(model.forest.column), len(encoded)), dtype=bool)
    for row, values in enumerate(encoded):
        node = 0
        while node >= 0:
            passes[node, row] = True
            value = values[model.forest.column[node]]
            left = (
                model.forest.missing_left[node] if np.isnan(value) else value < model.forest.threshold[node]
            )
            node = int(model.forest.left[node] if left else model.forest.right[node])
    assert np.array_equal(model.counts.rows, passes.sum(axis=1))
    assert np.array_equal(model.counts.churned, passes @ data.truth)
    assert model.counts.churn_rate == pytest.approx(model.counts.churned / model.counts.rows)


def test_a_file_without_counts_gives_the_same_counts() -> None:
    model = tree.fit(simulated(2_000), {}, 0)
    plain = tree.to_plain(model)
    older = read_back("tree", {name: value for name, value in plain.items() if name != "counts"})
    assert {name: numbers.tolist() for name, numbers in vars(older.counts).items()} == plain["counts"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"rows": [3]}, "should have"),
        ({"churned": [10**6] * 23}, "more rows churned"),
        ({"churn_rate": [1.5] * 23}, "<= 1"),
    ],
    ids=["too few", "too many", "beyond one"],
)
def test_impossible_counts_are_refused(damage: dict[str, Any], words: str) -> None:
    plain = tree.to_plain(tree.fit(simulated(), {}, 0))
    assert len(plain["column"]) == 23
    with pytest.raises(ValueError, match=words):
        read_back("tree", {**plain, "counts": {**plain["counts"], **damage}})


def test_a_first_question_is_about_the_column_that_was_named() -> None:
    data = simulated(1_000)
    for place, column in enumerate(COLUMNS):
        model = tree.fit(data, {"first": column.name}, 0)
        assert model.forest.column[0] == place
        assert 2 < _leaves(model) <= tree.MAX_LEAVES


def test_a_first_question_that_leaves_too_few_rows_on_a_side_is_an_error() -> None:
    data = simulated(1_000)
    data.matrix[:, 1] = 0
    data.matrix[0, 1] = 1
    with pytest.raises(ChurnkitError, match="--first: no question about 'plan' leaves 5 rows on each side"):
        tree.fit(data, {"first": "plan"}, 0)


def test_parameters_with_two_trees_are_refused() -> None:
    plain = tree.to_plain(tree.fit(simulated(), {}, 0))
    two = forest_to_plain(grown(1, trees=2, columns=len(COLUMNS)))
    with pytest.raises(ValueError, match="has one root, not 2"):
        read_back("tree", {**plain, **two})
