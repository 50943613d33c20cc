"""Saved records of a profile: read back unchanged, or refused with line and field."""

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


def test_fields_are_read_back_as_they_were_written(records: list[dict[str, Any]]) -> None:
    columns, table = check_profile(records)
    assert [record["column"] for record in columns] == ["customer_id", "x", "plan"]
    assert table == {"column": None, "rows": 30, "duplicate_rows": 0, "sha256": records[-1]["sha256"]}
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
            "line 2: tenths.edges[1]: should be a number, not text",
        ),
        ({"tenths": None}, "line 2: tenths: null, but the column holds numbers"),
        ({"flags": "unique"}, "line 2: flags: should be a list, not text"),
        ({"column": None}, "line 2: column: should be text, not null"),
    ],
    ids=["nulls", "top", "top's rows", "an edge", "no bins", "flags", "column"],
)
def test_an_invalid_record_is_reported_with_line_and_field(
    records: list[dict[str, Any]], change: dict[str, Any], words: str
) -> None:
    number = {**records[1], **change}
    with pytest.raises(ValueError, match="line 2") as error:
        check_profile([records[0], number, *records[2:]])
    assert str(error.value) == words


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_a_profile_without_its_last_record_is_refused(records: list[dict[str, Any]], kept: int) -> None:
    with pytest.raises(ValueError, match="the last record, of the whole table, is missing"):
        check_profile(records[:kept])


def test_a_record_that_is_not_an_object_is_reported(records: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="line 1: should be an object, not a list"):
        check_profile([[], *records[1:]])
    with pytest.raises(ValueError, match="line 2: should be an object, not a whole number"):
        check_profile([records[0], 4])


@pytest.mark.parametrize("name", ["cohorts", "target_rates"])
def test_a_profile_saved_under_the_old_field_name_is_accepted(
    records: list[dict[str, Any]], name: str
) -> None:
    rates = [{"value": "b", "rows": 30, "left": 3, "rate": 0.1, "rate_low": 0.03, "rate_high": 0.26}]
    columns, _ = check_profile([*records[:2], {**records[2], name: rates}, records[3]])
    assert columns[2]["target_rates"] == rates
    assert "cohorts" not in columns[2]
