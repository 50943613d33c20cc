"""Training rows are read, or an error names the line with the bad value."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables.table import Table
from churnkit.training.reading import LabelledRows, read_labelled

HEAD = "customer_id,as_of,x,churned,w\n"


def _read(folder: Path, rows: str, weight: str | None = "w") -> LabelledRows:
    path = folder / "t.csv"
    path.write_text(HEAD + rows)
    return read_labelled(Table([str(path)]), None, None, "customer_id", weight)


def test_rows_with_an_empty_target_are_left_out_and_each_customer_is_a_group(tmp_path: Path) -> None:
    rows = _read(tmp_path, "b,2024-05-01,1,1,2\na,2024-05-01,2,,1\na,2024-06-01,3,0,6\nb,2024-06-01,4,0,1\n")
    assert rows.table["x"].to_list() == ["1", "3", "4"]
    assert rows.truth.tolist() == [1, 0, 0]
    assert rows.groups.tolist() == [1, 0, 1]
    assert rows.weights.tolist() == pytest.approx([2 / 3, 2, 1 / 3])
    assert rows.describe(rows.groups, "abc") == {
        "rows": 3, "customers": 2, "effective_customers": 9 / 5, "churned": 1, "dates": ["2024-05-01", "2024-06-01"], "weight": "w", "sha256": "abc",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "t.csv has no rows to train on"),
        ("a,2024-05-01,1,,1\n", "'churned' is empty in every row"),
        ("a,2024-05-01,1,0,1\n", "'churned' is 0 in every row"),
        ("a,2024-05-01,1,0,1\nb,2024-05-01,1,maybe,1\n", "t.csv:3: column 'churned': 'maybe'"),
        ("a,2024-05-01,1,,1\nb,2024-05-01,1,1,1\nc,soon,1,0,1\n", "t.csv:4: column 'as_of': 'soon' is not a date"),
        ("a,2024-05-01,1,1,1\nb,,1,0,1\n", "t.csv:3: column 'as_of': is empty"),
        ("a,2024-05-01,1,1,1\nb,2024-05-01,1,0,-1\n", "t.csv:3: column 'w': '-1' is not a number above 0"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_trained_on_is_an_error_with_its_place(
    rows: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ChurnkitError) as error:
        _read(tmp_path, rows)
    assert words in str(error.value)
