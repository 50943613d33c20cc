"""An event log in memory: names become slugs, rows lie by customer, time and line."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import columns, windows
from churnkit.eventlog.event_names import EventNameError, name_events
from churnkit.eventlog.log import EventLog, build_log, day_numbers


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Support Call", "support_call"),
        ("a--b", "a_b"),
        ("購入", "購入"),
        ("  x ", "x"),
        ("É_1", "é_1"),
        ("!!!", ""),
    ],
)
def test_a_slug_is_letters_and_digits_joined_by_one_underscore(name: str, short: str) -> None:
    assert columns.slug(name) == short


@given(st.text())
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert columns.slug(columns.slug(name)) == columns.slug(name)


def test_names_that_differ_in_capitals_and_blanks_alone_are_one_event() -> None:
    names = name_events(["Support Call", "support-call", "SUPPORT_CALL", "login"])
    assert names.slugs == ["login", "support_call"]
    assert len(names.spellings["support_call"]) == 3


@pytest.mark.parametrize("raw", [["A+", "A-"], ["!!!"], ["event"], ["Event"]], ids=str)
def test_names_that_could_not_be_told_apart_are_refused(raw: list[str]) -> None:
    with pytest.raises(EventNameError):
        name_events(raw)


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
def test_rows_lie_by_customer_then_time_then_line(rows: list[tuple[str, int]]) -> None:
    log = _built(rows)
    expected = sorted(range(len(rows)), key=lambda k: (rows[k][0], rows[k][1], k))
    assert log.values["line"].tolist() == expected
    assert log.customers.to_list() == sorted({name for name, _ in rows})


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 9)), min_size=1), st.integers(-1, 11))
def test_a_cut_parts_each_customers_rows_before_and_from_an_instant(
    rows: list[tuple[str, int]], instant: int
) -> None:
    log = _built(rows)
    for place, customer in enumerate(log.customers):
        before = sum(name == customer and time < instant for name, time in rows)
        assert log.cut(instant)[place] - log.starts[place] == before


def test_a_day_begins_at_midnight_of_its_zone() -> None:
    evening = windows.midnight(windows.parse_date("2024-06-01")) - windows.SECOND
    assert day_numbers(pl.Series([evening]).to_numpy(), "Europe/Berlin")[0] == 19875
    assert day_numbers(pl.Series([evening]).to_numpy(), "UTC")[0] == 19874
