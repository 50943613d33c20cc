"""An event log in memory: rows are sorted by customer, time and line."""

from __future__ import annotations

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import EventLog, build_log, day_numbers


def _built(rows: list[tuple[str, int]]) -> EventLog:
    ids, times = zip(*rows, strict=True)
    line = pl.Series([float(k) for k in range(len(rows))])
    return build_log(
        pl.Series(ids),
        pl.Series(times, dtype=pl.Int64),
        None,
        {"line": line},
        {},
        name_events([]),
        "UTC",
    )


@given(st.lists(st.tuples(st.sampled_from(["b", "a", "00", "0"]), st.integers(0, 5)), min_size=1))
def test_rows_are_sorted_by_customer_then_time_then_line(rows: list[tuple[str, int]]) -> None:
    log = _built(rows)
    expected = sorted(range(len(rows)), key=lambda k: (rows[k][0], rows[k][1], k))
    assert log.values["line"].tolist() == expected
    assert log.customers.to_list() == sorted({name for name, _ in rows})


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 9)), min_size=1), st.integers(-1, 11))
def test_a_cut_splits_the_rows_of_each_customer_at_an_instant(
    rows: list[tuple[str, int]], instant: int
) -> None:
    log = _built(rows)
    for place, customer in enumerate(log.customers):
        before = sum(name == customer and time < instant for name, time in rows)
        assert log.cut(instant)[place] - log.starts[place] == before


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 9)), min_size=1),
    st.lists(st.integers(-1, 11), min_size=1),
)
def test_cuts_at_several_instants_are_the_cuts_at_each(
    rows: list[tuple[str, int]], instants: list[int]
) -> None:
    log = _built(rows)
    cuts = log.cuts(instants)
    assert {instant: cut.tolist() for instant, cut in cuts.items()} == {
        instant: log.cut(instant).tolist() for instant in instants
    }


def test_a_day_begins_at_midnight_of_its_zone() -> None:
    evening = windows.midnight(windows.parse_date("2024-06-01")) - windows.SECOND
    assert day_numbers(pl.Series([evening]).to_numpy(), "Europe/Berlin")[0] == 19875
    assert day_numbers(pl.Series([evening]).to_numpy(), "UTC")[0] == 19874


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 9)), min_size=1), st.integers(-1, 11))
def test_a_log_before_an_instant_is_the_log_of_the_events_before_it(
    rows: list[tuple[str, int]], instant: int
) -> None:
    before = _built(rows).before(instant)
    earlier = [row for row in rows if row[1] < instant]
    assert before.starts[-1] == len(before.times) == len(earlier)
    assert before.customers.to_list() == sorted({name for name, _ in earlier})
    assert sorted(before.times.tolist()) == sorted(time for _, time in earlier)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", None])), min_size=1))
@example([("a", "x"), ("b", "x"), ("b", None), ("b", "x")])  # of two customers
def test_the_row_before_with_the_same_value_is_one_of_the_same_customer(
    rows: list[tuple[str, str | None]],
) -> None:
    ids, notes = zip(*rows, strict=True)
    times = pl.Series(range(len(rows)), dtype=pl.Int64)
    texts = {"note": pl.Series(notes, dtype=pl.String)}
    log = build_log(pl.Series(ids), times, None, {}, texts, name_events([]), "UTC")
    ordered = sorted(rows, key=lambda row: row[0])
    expected = [
        max((k for k in range(place) if ordered[k] == row), default=-1)
        for place, row in enumerate(ordered)
        if row[1] is not None
    ]
    assert log.same_before("note").tolist() == expected
