"""The overview of a table agrees with its profile, and tables analysed together with tables analysed alone."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.profiling.overview import TableOverview, analyse
from churnkit.profiling.profile import Profile

TEXTS = st.lists(
    st.sampled_from(["1", "2.5", "007", "x", "a@b.de", "2024-01-01", "yes", "17850.0", None]),
    min_size=1,
    max_size=12,
)


def _overview(frame: pl.DataFrame) -> TableOverview:
    overview = TableOverview()
    half = frame.height // 2
    overview.add(frame.head(half))
    overview.add(frame.slice(half))
    return overview


@settings(max_examples=10)
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_an_overview_agrees_with_the_profile(columns: list[list[str | None]]) -> None:
    frames = [pl.DataFrame({"at": texts}, schema={"at": pl.String}) for texts in columns]
    together = analyse([_overview(frame) for frame in frames])
    for frame, (column,) in zip(frames, together, strict=True):
        profile = Profile(show_pii=True)
        for step in profile.steps(frame).values():
            step()
        record = profile.records(0, "")[0]
        pii = column.personal and {"kind": column.personal.kind, "share": column.personal.share}
        assert (column.type, column.nulls, column.distinct, pii or None) == (
            record["type"],
            record["nulls"],
            record["distinct"],
            record["pii"],
        )
        assert (column.is_unique and not column.nulls and column.rows > 1) == ("unique" in record["flags"])
        assert column.latest == (record["max"] if column.type == "timestamp" else None)


def test_a_column_with_very_many_values_is_summarised() -> None:
    overview = TableOverview()
    overview.add(pl.DataFrame({"id": [str(i) for i in range(150_000)]}))
    (column,) = analyse([overview])[0]
    assert (column.type, column.is_unique, column.low, column.high) == ("integer", True, 0, 149_999)
    assert column.zeros > 0
