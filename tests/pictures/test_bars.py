"""Bars are as long as their share, and never longer than their width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.pictures.bars import (
    EIGHTHS,
    FULL,
    PALE,
    PALER,
    banded_bar,
    bar,
    fine_bar,
    marked_bar,
    spark,
    two_sided_bar,
)

SHARES, WIDTHS = st.floats(0, 1), st.integers(1, 60)


@given(SHARES, WIDTHS)
def test_a_bar_is_as_long_as_its_share(share: float, width: int) -> None:
    assert abs(len(bar(share, width)) - share * width) <= 0.5
    assert set(bar(share, width)) <= {FULL}


@given(SHARES, WIDTHS)
def test_a_fine_bar_is_right_to_half_an_eighth(share: float, width: int) -> None:
    drawn = fine_bar(share, width)
    eighths = sum(8 if mark == FULL else EIGHTHS.index(mark) for mark in drawn)
    assert abs(eighths - share * width * 8) <= 0.5


@given(SHARES, WIDTHS)
def test_the_two_sides_of_a_bar_mirror_each_other(share: float, width: int) -> None:
    left, right = two_sided_bar(-share, width), two_sided_bar(share, width)
    assert left == right[::-1]
    assert len(right) == 2 * width + 1
    assert right[width] == "│"
    assert right.count(FULL) == len(bar(share, width))


@given(SHARES, SHARES, WIDTHS)
def test_a_mark_takes_the_place_of_one_character(share: float, mark: float, width: int) -> None:
    drawn = marked_bar(share, mark, width)
    assert len(drawn) == width
    assert drawn.count("│") == 1
    assert len(bar(share, width)) - drawn.count(FULL) in (0, 1)
    assert abs(drawn.index("│") - mark * width) <= 1


@pytest.mark.parametrize(
    ("counts", "drawn"), [([0, 1, 7], " ▂█"), ([1, 1_000], "▁█"), ([0, 0], "  "), ([], "")]
)
def test_a_spark_has_a_character_for_each_count(counts: list[int], drawn: str) -> None:
    assert spark(counts) == drawn


@given(st.lists(SHARES, min_size=3, max_size=3).map(sorted), WIDTHS)
def test_a_band_lies_between_its_ends_and_its_mark_at_the_share(ends: list[float], width: int) -> None:
    low, share, high = ends
    drawn = banded_bar(share, (low, high), width)
    assert drawn[round(share * width)] == "│"
    assert set(drawn[: round(low * width)]) <= {PALE, "│"}
    assert set(drawn[round(low * width) :]) <= {PALER, "│"}
    assert len(drawn) == max(round(high * width), round(share * width) + 1)


@given(SHARES, WIDTHS)
def test_without_a_band_the_bar_ends_at_its_mark(share: float, width: int) -> None:
    assert banded_bar(share, None, width) == PALE * round(share * width) + "│"
