"""What is known about a table: keys, times, and no values."""

from __future__ import annotations

import pytest

from tests.catalog.tables import numbers, table


def test_a_key_is_full_and_different_in_every_row() -> None:
    known = table(
        "t.csv", {"a": numbers(3), "b": ["1", "1", "2"], "c": ["1", None, "2"], "d": ["1.5", "2.5", "3"]}
    )
    assert [column.name for column in known.columns if column.is_key] == ["a"]
    assert known.key == "a"


def test_the_likeliest_key_is_the_id_of_the_table_and_not_the_number_of_the_row() -> None:
    columns = {"row_number": numbers(4), "name": list("abcd"), "order_id": numbers(4, 7)}
    assert table("orders.csv", columns).key == "order_id"


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["27-10-2024", "01-02-2024"], ("%d-%m-%Y",)),
        (["01/02/2024", "03/04/2024"], ("%d/%m/%Y", "%m/%d/%Y")),
        (["2024-01-01", "2024-01-02"], ()),
        (["1-2-3", "x"], ()),
    ],
    ids=["a day over 12", "either way", "iso", "no time"],
)
def test_the_formats_of_a_time_are_all_that_read_every_value(
    texts: list[str], formats: tuple[str, ...]
) -> None:
    assert table("t.csv", {"when": texts}).columns[0].formats == formats


def test_the_latest_time_is_known_in_any_format() -> None:
    known = table(
        "t.csv",
        {
            "a": ["27-10-2024", "01-12-2024"],
            "b": ["2024-05-01", "2023-01-01"],
            "ts": ["19970101", "19970203"],
        },
    )
    assert [c.latest for c in known.columns] == [
        "2024-12-01T00:00:00Z",
        "2024-05-01T00:00:00Z",
        "1997-02-03T00:00:00Z",
    ]


def test_personal_values_are_not_kept() -> None:
    known = table("t.csv", {"mail": ["a@example.org", "b@example.org"]})
    assert known.columns[0].pii == {"kind": "email", "share": 1.0}
    assert known.columns[0].words == ()
