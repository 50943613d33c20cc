"""Records of a profile, read again: as they were, or refused by line and field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from churnkit import cli
from churnkit.profiling.records import check_profile


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The profile of an id, a number and a category."""
    folder = tmp_path_factory.mktemp("profile")
    (folder / "t.csv").write_text("customer_id,x,plan\n" + "".join(f"c{k},{k % 5},b\n" for k in range(30)))
    assert cli.run(["profile", "-q", "-o", str(folder / "p.jsonl"), str(folder / "t.csv")]) == 0
    return [json.loads(line) for line in (folder / "p.jsonl").read_text().splitlines()]


def test_the_fields_that_are_read_are_as_they_were(records: list[dict[str, Any]]) -> None:
    columns, table = check_profile(records)
    assert [record["column"] for record in columns] == ["customer_id", "x", "plan"]
    assert table == {"column": None, "rows": 30}
    for read, written in zip(columns, records, strict=False):
        assert read.items() <= written.items()
        assert {"type", "rows", "nulls", "distinct", "flags", "pii", "top", "mean", "tenths"} <= set(read)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nulls": -1}, "line 2: nulls: should be a whole number >= 0"),
        ({"top": None}, "line 2: top: should be a list, not null"),
        ({"top": [{"value": "a"}]}, "line 2: top[0]: has no 'rows'"),
        (
            {"tenths": {"edges": [0, "x"], "rows": []}},
            "line 2: tenths.edges[1]: should be a number, not a text",
        ),
        ({"tenths": None}, "line 2: tenths: null, for a column of numbers"),
        ({"flags": "unique"}, "line 2: flags: should be a list, not a text"),
        ({"column": None}, "line 2: column: should be a text, not null"),
    ],
    ids=["nulls", "top", "top's rows", "an edge", "no bins", "flags", "column"],
)
def test_what_is_not_such_a_record_is_told_by_line_and_field(
    records: list[dict[str, Any]], change: dict[str, Any], words: str
) -> None:
    number = {**records[1], **change}
    with pytest.raises(ValueError, match="line 2") as error:
        check_profile([records[0], number, *records[2:]])
    assert str(error.value) == words


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_without_its_last_record_it_is_no_profile(records: list[dict[str, Any]], kept: int) -> None:
    with pytest.raises(ValueError, match="the record of the table is missing"):
        check_profile(records[:kept])


def test_a_record_that_is_not_an_object_is_told(records: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="line 1: should be an object, not a list"):
        check_profile([[], *records[1:]])
    with pytest.raises(ValueError, match="line 2: should be an object, not a whole number"):
        check_profile([records[0], 4])
