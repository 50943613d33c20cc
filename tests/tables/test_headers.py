"""What stands above, in and below a header by mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from churnkit import messages
from churnkit.errors import ChurnkitError
from churnkit.tables.table import Reading, Table

UNITS = "customer_id,timestamp,amount\n{}\na,2024-05-01,12\nb,2024-05-02,7\nc,2024-05-03,\n"


def _read(tmp_path: Path, text: str, **reading: object) -> tuple[Table, int, dict[str, str]]:
    """The table, the number of its rows, and its notes by code."""
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8")
    messages.begin()
    messages.set_quiet(True)
    table = Table([str(path)], Reading(**reading))  # type: ignore[arg-type]
    rows, _ = table.whole()
    return table, rows.height, {str(note["code"]): str(note["text"]) for note in messages.records()[1]}


@pytest.mark.parametrize("line", ["key,date of the event,EUR", "text,ISO 8601,in euros", '"the, key",day,€'])
def test_a_line_of_descriptions_below_the_header_is_an_error_with_the_way_out(
    tmp_path: Path, line: str
) -> None:
    with pytest.raises(ChurnkitError, match=r"t\.csv:2: descriptions or units .*: sed 2d"):
        _read(tmp_path, UNITS.format(line))
    assert _read(tmp_path, UNITS.format(line), skip=True)[1] == 3
    assert _read(tmp_path, UNITS.format(line).replace(f"{line}\n", ""))[1] == 3


@pytest.mark.parametrize(
    "line", ["a,2024-05-01,x", "a,NA,-", ",,", "a,03/04/2024,$5", "customer_id,timestamp,amount"]
)
def test_a_first_row_with_few_words_is_a_row(tmp_path: Path, line: str) -> None:
    assert _read(tmp_path, UNITS.format(line))[1] >= 3


@pytest.mark.parametrize(
    ("text", "line", "way_out"),
    [
        ("Report of June\ncustomer_id,timestamp\na,2024-05-01\n", 2, "sed 1d"),
        ("Report\n\nall customers\ncustomer_id;x;y\na;1;2\nb;1;2\n", 4, "sed 1,3d"),
        ("Report,,\n,,\ncustomer_id,x,y\na,1,2\n", 3, "sed 1,2d"),
    ],
    ids=["one line", "three lines", "with separators"],
)
def test_a_title_above_the_header_is_told_in_the_error(
    tmp_path: Path, text: str, line: int, way_out: str
) -> None:
    with pytest.raises(ChurnkitError, match=f"title above the header, which is line {line}: {way_out}$"):
        _read(tmp_path, text)
    path = tmp_path / "t.csv"
    path.write_text("\n".join(text.split("\n")[line - 1 :]))
    assert Table([str(path)], Reading()).names[0] == "customer_id"


def test_a_header_of_one_word_is_no_title_above_rows_of_one_column(tmp_path: Path) -> None:
    assert _read(tmp_path, "x\na\nb\n")[1] == 2
    assert _read(tmp_path, "text\ngood bye\n" + '"well, yes"\n' * 3)[1] == 4


@pytest.mark.parametrize(
    "text",
    ["a,2024-05-01,login\nb,2024-05-02,login\n", "17850,6,2.55\n17851,3,1.2\n", "28/01/2018,$74.69\n29/01/2018,$9\n"],
    ids=["a log", "numbers", "other notations"],
)  # fmt: skip
def test_a_header_that_looks_like_the_values_below_is_told(tmp_path: Path, text: str) -> None:
    assert "--columns" in _read(tmp_path, text)[2]["value-like-header"]


@pytest.mark.parametrize(
    "text",
    ["id,2023,2024\na,1,2\n", "0,1,2\n5,6,7\n", "id,2024-01-01,2024-02-01\na,3,4\n", "id,0.1,0.5\na,3,4\n", ",x\n1,2\n"],
    ids=["years", "numbered", "months", "quantiles", "no name"],
)  # fmt: skip
def test_a_header_of_numbers_in_order_is_a_header(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text)[2] == {}


def test_a_second_table_of_another_width_is_told_in_the_error(tmp_path: Path) -> None:
    text = "id,x\na,1\nb,2\nregion,rows,share\nnorth,1,0.5\nsouth,1,0.5\n"
    with pytest.raises(ChurnkitError, match=r"t\.csv:4: 3 fields.*second table begin here\? head -n 3 reads"):
        _read(tmp_path, text)
    with pytest.raises(ChurnkitError, match=r"t\.csv:3: 3 fields, but the table has 2 columns$"):
        _read(tmp_path, "id,x\na,1\nb,2,3\nc,4,5\n")


@pytest.mark.parametrize("gap", ["\n", ",\n", "\n\n,\n"], ids=["blank", "separators", "both"])
def test_a_second_table_below_a_gap_is_told(tmp_path: Path, gap: str) -> None:
    text = f"id,x\na,1\nb,2\n{gap}region,sales\nnorth,1\n"
    line = text.count("\n", 0, text.index("region")) + 1
    assert f"t.csv:{line}: " in _read(tmp_path, text)[2]["second-table"]
    assert "second-table" not in _read(tmp_path, f"id,x\na,1\n{gap}b,2\n")[2]
