"""Summaries of columns with very many values agree with exact counts, within the stated errors."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from churnkit.profiling import profile
from churnkit.profiling.approximate import ApproximateColumn, HashedTexts
from churnkit.profiling.exact import exact_statistics
from tests.profiled import profiled

COLUMNS = {
    "integers": [str(i * 7 % 5_003) for i in range(5_000)],
    "floats": [f"{(i * 7919 % 10_007) / 7 - 300:.4f}" for i in range(5_000)],
    "texts": [f"w{i * 7919 % 3_001}" for i in range(5_000)],
    "times": [f"2024-05-{1 + i % 28:02d}T{i % 24:02d}:{i % 60:02d}:{i % 59:02d}" for i in range(5_000)],
    "codes": [f"00{i % 4_000}" for i in range(5_000)],
    "mixed": [str(i) if i % 10 else "unknown" for i in range(5_000)],
    "late": [str(i) for i in range(4_999)] + ["x"],
    "blanks": [f"w{i}" for i in range(4_999)] + [" w"],
    "gaps": [None if i % 3 else str(i) for i in range(5_000)],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_summaries_agree_with_exact_counts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.DataFrame({"x": pl.Series(COLUMNS[name], dtype=pl.String)})
    exact = profiled(rows, 700)["x"]
    monkeypatch.setattr(profile, "MOST_COUNTED", 50)
    told = profiled(rows, 700)["x"]
    same = ["type", "rows", "nulls", "distinct", "min", "max", "zeros", "negatives", "min_length", "max_length",
            "span_days", "flags", "numbers"]  # fmt: skip
    for key in same:
        assert told[key] == exact[key], key
    if exact["quantiles"]:
        assert told["quantiles_exact"] is False
        near = 0.0006 * (exact["max"] - exact["min"])
        said, right = (list(record["quantiles"].values()) for record in (told, exact))
        assert said == pytest.approx(right, abs=near)
        assert told["mean"] == pytest.approx(exact["mean"])
        assert told["std"] == pytest.approx(exact["std"])
    assert (told["other_words"] or [None])[0] == (exact["other_words"] or [None])[0]
    counts = Counter(COLUMNS[name])
    for top in told["top"]:
        assert counts[top["value"]] - told["top_error"] <= top["rows"] <= counts[top["value"]]


def test_a_profile_against_a_target_is_the_same_from_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    numbers = rng.normal(10, 2, 4_000)
    truth: list[int | None] = [int(rng.random() < 1 / (1 + np.exp(10 - x))) for x in numbers]
    truth[:40] = [None] * 40
    rows = pl.DataFrame({"x": [repr(float(x)) for x in numbers], "t": [str(t or 0) for t in truth]})
    exact = profiled(rows, 500, truth, target="t")["x"]
    monkeypatch.setattr(profile, "MOST_COUNTED", 50)
    told = profiled(rows, 500, truth, target="t")["x"]
    assert told["auc"] == pytest.approx(exact["auc"], abs=1e-3)
    assert (
        sum(c["rows"] for c in told["target_rates"]) == sum(c["rows"] for c in exact["target_rates"]) == 3_960
    )
    assert [c["rate"] for c in told["target_rates"]] == pytest.approx(
        [c["rate"] for c in exact["target_rates"]], abs=0.02
    )


TEXTS = st.one_of(
    st.lists(st.integers(-999, 999).map(str), min_size=1, max_size=80),
    st.lists(st.sampled_from(["1", "2", "x", " y", "007", "n/a"]), min_size=1, max_size=80),
    st.lists(st.dates().map(str), min_size=1, max_size=80),
    st.lists(st.integers(1_700_000_000, 1_800_000_000).map(str), min_size=1, max_size=80),
    st.lists(st.sampled_from(["1.0", "2.0", "1.23E+12"]), min_size=1, max_size=80),
    st.lists(st.sampled_from(["39,27", "1"]), min_size=1, max_size=80),
)


@given(TEXTS, st.integers(1, 30))
@example(["39,27", "1"], 1)
def test_statistics_without_a_summary_are_exact_however_the_rows_are_split(
    texts: list[str], part: int
) -> None:
    column = ApproximateColumn(is_time_named=True)
    for start in range(0, len(texts), part):
        counted = Counter(texts[start : start + part])
        rows = np.array([list(counted.values())])
        different = pl.Series(list(counted))
        column.add(different, different.hash(seed=0).to_numpy(), rows, rows[0])
    told = column.statistics()
    counts = pl.Series(texts).value_counts(name="w0").rename({"": "value"})
    (exact,) = exact_statistics([counts], time_places={0})
    for name in ("type", "distinct", "ends", "zeros", "negatives", "lengths", "span_days",
                 "has_whitespace", "has_leading_zeros", "numbers", "has_rounded", "are_whole_with_point",
                 "notation"):  # fmt: skip
        assert getattr(told, name) == getattr(exact, name), name


@given(st.lists(st.text("abc", max_size=4), min_size=1), st.integers(1, 20), st.integers(1, 9))
def test_the_sample_has_the_smallest_hashes_however_the_rows_are_split(
    texts: list[str], part: int, size: int
) -> None:
    sample = HashedTexts(size)
    for start in range(0, len(texts), part):
        some = pl.Series(texts[start : start + part])
        sample.add(some, some.hash(seed=0).to_numpy())
    different = pl.Series(texts).unique()
    ordered = different.gather(different.hash(seed=0).arg_sort())
    assert sample.texts.to_list() == ordered.head(size).to_list()
