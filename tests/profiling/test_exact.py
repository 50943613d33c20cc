"""Statistics of columns whose values were counted one by one, compared with pandas."""

from __future__ import annotations

import itertools

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.profiling.exact import exact_statistics

WHOLE = st.lists(st.integers(-50, 50).map(str), min_size=1, max_size=40)
FLOATS = st.lists(st.floats(-1e6, 1e6).map(lambda x: f"{x:.3f}"), min_size=1, max_size=40)
WORDS = st.lists(st.sampled_from(["a", "b ", "é", "007", "1"]), max_size=40).map(lambda words: [*words, "a"])
DATES = st.lists(st.dates().map(str), min_size=1, max_size=40)


def _counted(texts: list[str]) -> pl.DataFrame:
    counts = pd.Series(texts, dtype=str).value_counts()
    return pl.DataFrame(
        {"value": counts.index.to_list(), "w0": counts.to_list()}, schema_overrides={"w0": pl.Int64}
    )


@given(st.tuples(WHOLE, FLOATS, WORDS, DATES))
def test_columns_analysed_together_have_the_statistics_of_pandas(columns: tuple[list[str], ...]) -> None:
    found = exact_statistics([_counted(texts) for texts in columns])
    for facts, texts in zip(found, columns, strict=True):
        counts = pd.Series(texts).value_counts()
        assert (facts.distinct, facts.is_unique) == (len(counts), counts.max() == 1)
        assert [rows for _, rows in facts.top] == counts.to_list()[:10]
        assert all(counts[text] == rows for text, rows in facts.top)
    for facts, texts in zip(found[:2], columns[:2], strict=True):
        numbers = pd.Series(texts).astype(float)
        assert facts.ends == (numbers.min(), numbers.max())
        assert facts.mean == pytest.approx(numbers.mean(), abs=1e-9)
        if len(numbers) > 1:
            assert facts.std == pytest.approx(numbers.std(), rel=1e-6, abs=1e-6)
        assert (facts.zeros, facts.negatives) == ((numbers == 0).sum(), (numbers < 0).sum())
    words, days = columns[2], pd.Series(sorted(map(pd.Period, set(columns[3]))))
    assert found[2].lengths == (min(map(len, words)), max(map(len, words)))
    assert found[3].span_days == (days.iloc[-1] - days.iloc[0]).n
    gaps = [(later - day).n for day, later in itertools.pairwise(days)]
    assert found[3].largest_gap_days == (max(gaps) if gaps else None)


def test_the_most_frequent_words_among_numbers_are_kept() -> None:
    (facts,) = exact_statistics([_counted(["1", "2", "3", "4", "n/a", "n/a", "?"])])
    assert (facts.type, facts.numbers, facts.words) == ("text", 4, ["n/a", "?"])


def test_integers_keep_digits_that_a_double_would_lose() -> None:
    (facts,) = exact_statistics([_counted(["9007199254740993", "12345678901234567890123"])])
    assert facts.ends == (9007199254740993, "12345678901234567890123")
