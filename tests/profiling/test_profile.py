"""A profile says what pandas says, exactly while few values differ, and within what it states beyond."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import cli
from churnkit.profiling import profile, reading
from churnkit.profiling.column_statistics import Record
from churnkit.profiling.profile import Profile
from churnkit.profiling.reading import read_profile
from churnkit.tables.table import Reading


def _profiled(
    rows: pl.DataFrame, part: int = 1 << 20, truth: list[int | None] | None = None, **options: Any
) -> dict[Any, Record]:
    profile = Profile(**options)
    for start in range(0, max(rows.height, 1), part):
        some = None if truth is None else pl.Series(truth[start : start + part], dtype=pl.Int8)
        for step in profile.steps(rows[start : start + part], some):
            step()
    return {record["column"]: record for record in profile.records(0, "")}


TEXTS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-99, 99).map(str)), min_size=1, max_size=60),
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6).map(repr)), min_size=1, max_size=60),
    st.lists(
        st.one_of(st.none(), st.sampled_from(["a", "b", " c", "1", "é", "007"])), min_size=1, max_size=60
    ),
)


@given(TEXTS, st.integers(1, 30))
def test_a_record_is_what_pandas_says_in_whatever_parts(texts: list[str | None], part: int) -> None:
    record = _profiled(pl.DataFrame({"x": pl.Series(texts, dtype=pl.String)}), part)["x"]
    known = pd.Series([text for text in texts if text is not None])
    assert (record["rows"], record["nulls"]) == (len(texts), len(texts) - len(known))
    assert record["distinct"] == known.nunique()
    counts = Counter(known)
    for top in record["top"]:
        assert top["rows"] == counts[top["value"]]
    assert [t["rows"] for t in record["top"]] == sorted(counts.values(), reverse=True)[:10]
    if record["type"] in ("integer", "float"):
        numbers = known.astype(float)
        for name, value in {"min": numbers.min(), "max": numbers.max(), "mean": numbers.mean()}.items():
            assert record[name] == pytest.approx(value, rel=1e-9, abs=1e-9)
        if len(numbers) > 1:
            assert record["std"] == pytest.approx(numbers.std(), rel=1e-6, abs=1e-6)
        quantiles = numbers.quantile([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]).tolist()
        assert list(record["quantiles"].values()) == pytest.approx(quantiles, rel=1e-9, abs=1e-9)
        assert (record["zeros"], record["negatives"]) == ((numbers == 0).sum(), (numbers < 0).sum())
    elif len(known):
        assert (record["min_length"], record["max_length"]) == (known.str.len().min(), known.str.len().max())


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_COUNTED", 50)


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
def test_summaries_say_what_counts_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.DataFrame({"x": pl.Series(COLUMNS[name], dtype=pl.String)})
    exact = _profiled(rows, 700)["x"]
    monkeypatch.setattr(profile, "MOST_COUNTED", 50)
    told = _profiled(rows, 700)["x"]
    same = ["type", "rows", "nulls", "distinct", "min", "max", "zeros", "negatives", "min_length", "max_length",
            "span_days", "largest_gap_days", "flags", "numbers"]  # fmt: skip
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
    exact = _profiled(rows, 500, truth, target="t")["x"]
    monkeypatch.setattr(profile, "MOST_COUNTED", 50)
    told = _profiled(rows, 500, truth, target="t")["x"]
    assert told["auc"] == pytest.approx(exact["auc"], abs=1e-3)
    assert sum(c["rows"] for c in told["cohorts"]) == sum(c["rows"] for c in exact["cohorts"]) == 3_960
    assert [c["rate"] for c in told["cohorts"]] == pytest.approx(
        [c["rate"] for c in exact["cohorts"]], abs=0.02
    )


def test_flags_say_what_is_odd() -> None:
    rows = pl.DataFrame(
        {
            "constant": ["a"] * 40,
            "unique": [f"k{i}" for i in range(40)],
            "null": [None] * 30 + ["a", "b"] * 5,
            "mixed": ["n/a"] * 3 + [str(i) for i in range(37)],
            "zeros": ["007"] * 39 + ["123"],
            "blank": ["a "] + ["b"] * 39,
            "outliers": [str(i % 5) for i in range(39)] + ["1000"],
            "mail": [f"c{i}@example.com" for i in range(40)],
        }
    )
    flags = {name: record["flags"] for name, record in _profiled(rows).items() if name}
    assert flags == {
        "constant": ["constant"],
        "unique": ["unique", "id-like"],
        "null": ["mostly null"],
        "mixed": ["mixed types"],
        "zeros": ["leading zeros"],
        "blank": ["whitespace"],
        "outliers": ["outliers"],
        "mail": ["unique", "id-like", "pii"],
    }


def test_values_of_personal_columns_are_shown_only_when_asked() -> None:
    rows = pl.DataFrame({"card": ["4111111111111111", "5500000000000004", "378282246310005"] * 9})
    hidden = _profiled(rows)["card"]
    shown = _profiled(rows, show_pii=True)["card"]
    assert hidden["pii"] == {"kind": "card", "share": 1.0}
    assert "4111111111111111" not in json.dumps(hidden)
    assert (hidden["min"], hidden["max"], hidden["top"], hidden["quantiles"], hidden["histogram"]) == (
        None,
        None,
        [],
        None,
        None,
    )
    assert shown["max"] == 5500000000000004


def test_a_column_that_comes_late_is_null_before() -> None:
    profile = Profile()
    for rows in (pl.DataFrame({"a": ["1", "2"]}), pl.DataFrame({"b": ["x"]})):
        for step in profile.steps(rows):
            step()
    records = {r["column"]: r for r in profile.records(0, "")}
    assert (records["a"]["rows"], records["a"]["nulls"]) == (3, 1)
    assert (records["b"]["rows"], records["b"]["nulls"]) == (3, 2)


def test_rows_that_repeat_are_counted_by_all_their_columns() -> None:
    rows = pl.DataFrame({"a": ["1", "1", "1", None, None], "b": ["x", "x", "y", None, None]})
    assert _profiled(rows, 2)[None]["duplicate_rows"] == 2


@pytest.mark.parametrize("piece", [300, 5_000, 1 << 20])
def test_the_profile_of_a_stream_is_the_same_however_it_is_cut(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{i * 7919 % 1_000},{i / 7}\n" for i in range(3_000)))
    monkeypatch.setattr(profile, "MOST_COUNTED", 200)
    monkeypatch.setattr(reading, "PART_ROWS", 700)
    whole = read_profile([str(path)], Reading(), None, None, False)
    monkeypatch.setattr(reading, "PIECE", piece)
    assert read_profile([str(path)], Reading(), None, None, False) == whole


def test_several_files_are_one_table(tmp_path: Path) -> None:
    one, other = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text("a,b\n1,x\n")
    other.write_text("b,a\ny,2\n")
    records = {r["column"]: r for r in read_profile([str(one), str(other)], Reading(), None, None, False)}
    assert (records["a"]["min"], records["a"]["max"], records["b"]["max"]) == (1, 2, "y")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "lef"], "did you mean 'left'"),
        (["--target", "left"], ":3: column 'left': 'maybe'"),
        (["--target", "left", "--positive", "perhaps"], "'perhaps' (--positive)"),
    ],
)
def test_a_target_in_doubt_is_refused(
    words: list[str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,left\n1,yes\n2,maybe\n")
    assert cli.run(["profile", *words, str(path)]) == 2
    told = capfd.readouterr()
    assert said in told.err
    assert told.out == ""
    assert io.StringIO(told.err).readlines() == [told.err]
