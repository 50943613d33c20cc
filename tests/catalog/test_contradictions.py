"""Contradictions, counted by hand."""

from __future__ import annotations

import polars as pl

from churnkit.catalog import contradictions
from churnkit.windows import DAY


def test_rows_whose_id_the_key_table_lacks_are_counted() -> None:
    (found,) = contradictions.missing_ids(
        pl.Series(["a", "x", "x", None]), pl.Series(["a"]), "id", "k.csv:id"
    )
    assert (found.code, found.count, found.of) == ("missing-ids", 2, 3)
    assert found.text == "2 of 3 rows have a id that k.csv:id lacks"


def test_an_end_on_the_day_of_the_start_is_not_before_it() -> None:
    rows = pl.DataFrame({"start": [5, 5, 5, 5], "end": [4, 5, 6, None]})
    assert [each.count for each in contradictions.ends_before_starts(rows, "s", "e")] == [1]


def test_events_before_the_first_start_and_after_the_last_end_are_counted() -> None:
    spans = pl.DataFrame(
        {
            "key": ["a", "a", "b", "b"],
            "start": [10 * DAY, 20 * DAY, DAY, 5 * DAY],
            "end": [12 * DAY, 30 * DAY, 3 * DAY, None],  # b still runs
        }
    )
    rows = pl.DataFrame(
        {"key": ["a"] * 4 + ["b"], "time": [9 * DAY, 15 * DAY, 31 * DAY - 1, 31 * DAY, 99 * DAY]}
    )
    found = contradictions.outside_spans(rows, spans, "t", "s.csv", "start", "end")
    assert [(each.code, each.count, each.of) for each in found] == [
        ("before-start", 1, 5),
        ("after-end", 1, 5),
    ]


def test_a_flag_beside_subscriptions_is_counted_both_ways() -> None:
    flags = pl.DataFrame(
        {"key": list("abcd"), "truth": [1, 1, 0, 0]}, schema={"key": pl.String, "truth": pl.Int8}
    )
    spans = pl.DataFrame({"key": list("aabcd"), "end": [1, None, 1, 1, None]})
    found = contradictions.flags_beside_subscriptions(flags, spans, "churn", "s.csv", "end")
    assert [(each.code, each.count, each.of) for each in found] == [
        ("churned-but-running", 1, 2),
        ("stayed-but-ended", 1, 2),
    ]


def test_customers_with_a_churn_event_who_stayed_by_the_flag_are_counted() -> None:
    flags = pl.DataFrame(
        {"key": list("abc"), "truth": [1, 0, 0]}, schema={"key": pl.String, "truth": pl.Int8}
    )
    (found,) = contradictions.flags_beside_churn_events(
        flags, pl.Series(["a", "b", "b", "z"]), "churn", "c.csv"
    )
    assert (found.count, found.of) == (1, 2)
