"""A forest in flat arrays gives the same results as plain Python, and an invalid forest is refused."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.forest import (
    Forest,
    ForestFile,
    border_of,
    check_forest,
    forest_from_plain,
    forest_to_plain,
    leaves_of,
    margins,
)
from tests.models.trees_by_hand import grown, leaf, rows


@given(st.integers(0, 10_000), st.sampled_from([1, 60, 700]))
def test_every_row_reaches_the_same_leaf_as_in_plain_python(seed: int, count: int) -> None:
    forest, matrix = grown(seed), rows(seed, count)
    by_hand = [[leaf(forest, int(root), row) for root in forest.roots] for row in matrix]
    assert leaves_of(forest, matrix).tolist() == by_hand


@given(st.integers(0, 10_000))
def test_a_margin_is_the_sum_of_the_leaves_whatever_rows_are_beside_it(seed: int) -> None:
    forest, matrix = grown(seed), rows(seed, 600)
    together = margins(forest, matrix)
    values = forest.value[leaves_of(forest, matrix)]
    assert together == pytest.approx(values.sum(axis=1))
    assert np.array_equal(
        np.concatenate([margins(forest, matrix[i : i + 7]) for i in range(0, 600, 7)]), together
    )


@given(st.integers(0, 10_000), st.sampled_from([1, 5, 16]), st.sampled_from([3, 40]))
def test_few_rows_are_walked_in_plain_python_to_the_same_bits(seed: int, few: int, trees: int) -> None:
    forest, matrix = grown(seed, trees=trees), rows(seed, 600).astype(np.float64)
    matrix[:few] += np.random.default_rng(seed).choice([0, 1e-9, -1e-9, 1e300, -np.inf], (few, 4))
    assert np.array_equal(margins(forest, matrix[:few]), margins(forest, matrix)[:few])
    assert np.array_equal(leaves_of(forest, matrix[:few]), leaves_of(forest, matrix)[:few])


def test_a_tree_with_more_leaves_than_a_byte_counts_is_walked_as_well() -> None:
    forest = grown(3, trees=2, depth=11)
    assert np.diff(np.append(forest.roots, len(forest.column))).max() > 512
    matrix = rows(1, 2_000)
    by_hand = [[leaf(forest, int(root), row) for root in forest.roots] for row in matrix]
    assert leaves_of(forest, matrix).tolist() == by_hand


@given(st.integers(0, 10_000))
def test_json_keeps_every_bit_of_a_forest(seed: int) -> None:
    forest = grown(seed)
    forest = dataclasses.replace(forest, threshold=(forest.threshold / 3).astype(np.float32))
    again = _read(forest_to_plain(forest))
    for field in dataclasses.fields(Forest):
        assert np.array_equal(getattr(again, field.name), getattr(forest, field.name))
    assert check_forest(again, 4) is again


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(-2, 2))
def test_a_border_separates_doubles_as_the_threshold_separates_float32(threshold: float, steps: int) -> None:
    border = border_of(threshold)
    x = np.nextafter(border, np.copysign(np.inf, steps)) if steps else np.float64(border)
    with np.errstate(over="ignore"):
        assert (np.float32(x) < np.float32(threshold)) == (x < border)


def test_a_threshold_is_written_as_the_shortest_number_of_its_float32() -> None:
    forest = dataclasses.replace(grown(1), threshold=np.full(len(grown(1).column), 0.1, dtype=np.float32))
    assert set(forest_to_plain(forest)["threshold"]) == {0.1}


def _broken(name: str, place: int, value: float) -> Forest:
    forest = grown(5)
    array = getattr(forest, name).copy()
    array[place] = value
    return dataclasses.replace(forest, **{name: array})


@pytest.mark.parametrize(
    ("name", "place", "value", "words"),
    [
        ("left", 0, 0, "not after it"),
        ("left", 0, 10**9, "not after it"),
        ("right", 0, -7, "not after it"),
        ("right", 0, -1, "fewer than two"),
        ("left", 0, 2, "exactly one"),
        ("column", 0, 99, r"does not exist \(there are 4\)"),
        ("column", 0, -2, r"does not exist \(there are 4\)"),
        ("threshold", 0, np.nan, "threshold that is not finite"),
        ("value", 1, np.inf, "value that is not finite"),
        ("cover", 0, 0, "cover that is not above 0"),
        ("roots", 0, 1, "must ascend"),
        ("roots", 2, 0, "must ascend"),
    ],
)
def test_an_invalid_tree_is_refused(name: str, place: int, value: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_forest(_broken(name, place, value), 4)


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="'cover' has another length"):
        check_forest(dataclasses.replace(grown(5), cover=grown(5).cover[:-1]), 4)


def test_a_tree_that_is_too_deep_is_refused() -> None:
    tests = 1_001
    inner = np.arange(tests)
    forest = Forest(
        roots=np.array([0]),
        column=np.append(np.zeros(tests), -np.ones(tests + 1)).astype(np.int32),
        threshold=np.zeros(2 * tests + 1, dtype=np.float32),
        left=np.append(np.append(inner[1:], tests), -np.ones(tests + 1)).astype(np.int32),
        right=np.append(tests + 1 + inner, -np.ones(tests + 1)).astype(np.int32),
        missing_left=np.zeros(2 * tests + 1, dtype=np.bool_),
        value=np.zeros(2 * tests + 1),
        cover=np.ones(2 * tests + 1),
    )
    with pytest.raises(ValueError, match="more than 1000 tests"):
        check_forest(forest, 1)


def _read(plain: dict[str, Any]) -> Forest:
    """The forest of these lists, read from JSON."""
    text = json.dumps({"slope": 1, "offset_of_calibration": 0, **plain})
    return forest_from_plain(msgspec.json.decode(text, type=ForestFile))


@pytest.mark.parametrize(
    ("key", "item"),
    [
        ("left", "1"),
        ("left", True),
        ("left", 2**31),
        ("left", 1.0),
        ("missing_left", 2),
        ("threshold", None),
        ("threshold", 1e300),
        ("value", 10**400),
        ("cover", [1]),
    ],
)
def test_a_list_with_a_bad_item_is_refused_with_its_place(key: str, item: object) -> None:
    plain = forest_to_plain(grown(5))
    plain[key][0] = item
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{key}\[0\]"):
        _read(plain)


def test_a_missing_list_is_named() -> None:
    plain = forest_to_plain(grown(5))
    del plain["cover"]
    with pytest.raises(msgspec.ValidationError, match="`cover`"):
        _read(plain)
