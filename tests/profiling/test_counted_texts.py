"""Counts by hash are those of a Counter, however the rows are split."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from churnkit.profiling import profile
from churnkit.profiling.counted_texts import CountedTexts
from churnkit.profiling.profile import ProfiledColumn


@given(st.lists(st.tuples(st.text("ab", max_size=3), st.integers(0, 1)), min_size=1), st.integers(1, 20))
def test_texts_and_their_weights_are_counted_however_the_rows_are_split(
    rows: list[tuple[str, int]], part: int
) -> None:
    counted = CountedTexts()
    for start in range(0, len(rows), part):
        some = rows[start : start + part]
        texts = pl.Series([text for text, _ in some])
        hashes = texts.hash(seed=0).to_numpy()
        weights = np.array([[1] * len(some), [weight for _, weight in some]])
        other = counted.add(hashes, weights)
        if len(other):
            counted.extend(texts.gather(other), hashes[other], weights[:, other])
    all_, weighted = Counter(text for text, _ in rows), Counter[str]()
    for text, weight in rows:
        weighted[text] += weight
    told = {text: (n, weight) for text, n, weight in counted.counts().iter_rows()}
    assert told == {text: (n, weighted[text]) for text, n in all_.items()}


@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.integers(1, 60), st.integers(1, 20))
def test_no_row_is_lost_when_a_column_has_too_many_values(numbers: list[int], part: int, most: int) -> None:
    before, profile.MOST_COUNTED = profile.MOST_COUNTED, most
    try:
        column = ProfiledColumn("x", np.zeros(3, dtype=np.int64))
        for start in range(0, len(numbers), part):
            texts = pl.Series([f"v{n}" for n in numbers[start : start + part]])
            column.add(texts, np.ones((1, len(texts)), dtype=np.int64))
        counts = column.counts()
    finally:
        profile.MOST_COUNTED = before
    if counts is not None:
        assert dict(counts.iter_rows()) == Counter(f"v{n}" for n in numbers)
        return
    assert column.summaries is not None
    assert column.summaries.distinct.distinct == len(set(numbers))
    assert column.summaries.distinct.repeats == len(numbers) - len(set(numbers))
