"""Parts of a table: files whose names differ in digits only."""

from __future__ import annotations

from churnkit.catalog.parts import group_names, pattern, split_by_columns


def test_files_that_differ_in_digits_only_are_together() -> None:
    paths = ["log/2018-11-02.csv", "a.csv", "log/2018-11-01.csv", "log/2018-11.csv"]
    assert group_names(paths) == [
        ["log/2018-11-01.csv", "log/2018-11-02.csv"],
        ["a.csv"],
        ["log/2018-11.csv"],
    ]


def test_a_star_stands_for_the_digits_that_differ() -> None:
    assert pattern(["2018/11-01.csv", "2018/11-02.csv"]) == "2018/11-*.csv"
    assert pattern(["q1.csv"]) == "q1.csv"


def test_files_with_other_columns_are_another_table() -> None:
    columns = {"1.csv": frozenset("ab"), "2.csv": frozenset("a"), "3.csv": frozenset("ba")}
    assert split_by_columns([*columns], columns.__getitem__) == [["1.csv", "3.csv"], ["2.csv"]]
