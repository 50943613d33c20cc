"""A profile agrees with pandas, however the rows are split."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.profiling.profile import Profile
from tests.profiled import profiled

TEXTS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-99, 99).map(str)), min_size=1, max_size=60),
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6).map(repr)), min_size=1, max_size=60),
    st.lists(
        st.one_of(st.none(), st.sampled_from(["a", "b", " c", "1", "é", "007"])), min_size=1, max_size=60
    ),
)


@given(TEXTS, st.integers(1, 30))
def test_a_record_has_the_statistics_of_pandas_however_the_rows_are_split(
    texts: list[str | None], part: int
) -> None:
    record = profiled(pl.DataFrame({"x": pl.Series(texts, dtype=pl.String)}), part)["x"]
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


def test_flags_mark_unusual_columns() -> None:
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
    flags = {name: record["flags"] for name, record in profiled(rows).items() if name}
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


def test_values_of_personal_columns_are_shown_only_on_request() -> None:
    rows = pl.DataFrame({"card": ["4111111111111111", "5500000000000004", "378282246310005"] * 9})
    hidden = profiled(rows)["card"]
    shown = profiled(rows, show_pii=True)["card"]
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


def test_personal_data_inside_sentences_hide_the_column() -> None:
    notes = [f"refund {i} days after the order" for i in range(99)]
    record = profiled(pl.DataFrame({"note": [*notes, "please mail ann@example.com"]}))["note"]
    assert record["pii"] == {"kind": "email", "share": 0.01}
    assert "ann@" not in json.dumps(record)


def test_a_rare_address_is_hidden_where_its_column_is_shown() -> None:
    notes = ["a@example.com", *(f"note {i}" for i in range(200)), "tel. 030 1234567"]
    rows = pl.DataFrame({"note": notes})
    record = profiled(rows)["note"]
    assert (record["pii"], record["min"], record["max"]) == (None, "[email]", "tel. [phone]")
    assert {"value": "[email]", "rows": 1} in record["top"]
    assert profiled(rows, show_pii=True)["note"]["max"] == "tel. 030 1234567"


def test_a_special_category_is_told_and_its_values_are_shown() -> None:
    record = profiled(pl.DataFrame({"Religion": ["a", "b"] * 9}))["Religion"]
    assert (record["special_category"], record["flags"]) == ("religion", ["special category"])
    assert record["top"]


def test_a_column_that_appears_late_is_null_in_earlier_rows() -> None:
    profile = Profile()
    for rows in (pl.DataFrame({"a": ["1", "2"]}), pl.DataFrame({"b": ["x"]})):
        for step in profile.steps(rows).values():
            step()
    records = {r["column"]: r for r in profile.records(0, "")}
    assert (records["a"]["rows"], records["a"]["nulls"]) == (3, 1)
    assert (records["b"]["rows"], records["b"]["nulls"]) == (3, 2)


def test_rows_that_repeat_are_counted_by_all_their_columns() -> None:
    rows = pl.DataFrame({"a": ["1", "1", "1", None, None], "b": ["x", "x", "y", None, None]})
    assert profiled(rows, 2)[None]["duplicate_rows"] == 2
