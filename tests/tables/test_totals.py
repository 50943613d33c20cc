"""A last row with the sums of a report is no row; a last customer is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import messages
from churnkit.tables.column_casts import Notation
from churnkit.tables.table import Reading, Table


def _rows(
    tmp_path: Path, text: str, piece: int = 1 << 20, **reading: object
) -> tuple[list[tuple[str | None, ...]], list[str]]:
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8")
    messages.begin()
    messages.set_quiet(True)
    rows, _ = Table([str(path)], Reading(**reading), piece=piece).whole()  # type: ignore[arg-type]
    return rows.rows(), [str(note["code"]) for note in messages.records()[1]]


ROWS = [("a", "3", "40"), ("b", "50", "20.5")]


def _text(*rows: Sequence[str], separator: str = ",") -> str:
    return "".join(f"{separator.join(row)}\n" for row in (("customer_id", "tenure", "spend"), *rows))


@pytest.mark.parametrize(
    "last",
    [("Total", "53", "60.5"), ("", "53", ""), ("", "", "60.5"), ("GRAND TOTAL:", "", "60.5"), ("Summe", "53", "x"), ("总计", "1", "60.5")],
    ids=["word", "no id", "one sum", "grand", "one wrong", "chinese"],
)  # fmt: skip
def test_a_last_row_with_the_sum_of_a_column_is_left_out_and_counted(
    tmp_path: Path, last: tuple[str, ...]
) -> None:
    for text in (_text(*ROWS, last), _text(*ROWS, last, ("", "", "")), _text(*ROWS, ("", "", ""), last)):
        rows, codes = _rows(tmp_path, text)
        assert rows == ROWS
        assert "total-rows" in codes


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([*ROWS, ("c", "53", "60.5")], "a customer whose numbers are the sums by chance"),
        ([*ROWS, ("Total", "52", "61.5")], "a customer called Total"),
        ([*ROWS, ("", "1", "2")], "a customer without an id"),
        ([ROWS[0], ("Total", "3", "40")], "one row equals its own sum"),
        ([("a", "0", "5"), ("b", "0", "0"), ("", "0", "5")], "one amount equals its own sum"),
        ([ROWS[0], ("Total", "3", "40"), ROWS[1]], "not the last row"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_another_last_row_is_a_row(tmp_path: Path, rows: list[tuple[str, ...]], why: str) -> None:
    found, codes = _rows(tmp_path, _text(*rows))
    assert found == [tuple(value or None for value in row) for row in rows], why
    assert "total-rows" not in codes


def test_a_total_is_read_in_the_notation_of_the_numbers(tmp_path: Path) -> None:
    text = "id;x\na;1.570,69\nb;2,31\nGesamt;1.573,00\n"
    assert _rows(tmp_path, text, notation=Notation(decimal=","))[0] == [("a", "1.570,69"), ("b", "2,31")]


@given(st.lists(st.integers(-99, 99), max_size=12), st.integers(1, 60))
def test_however_the_stream_is_cut_only_a_total_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], piece: int
) -> None:
    rows = [("" if number % 3 == 0 else "a", "1", str(number)) for number in numbers]
    total = sum(numbers)
    is_total = total != 0 and sum(number != 0 for number in numbers) > 1
    folder = tmp_path_factory.mktemp("t")
    found, _ = _rows(folder, _text(*rows, ("Total", "?", str(total))), piece)
    assert len(found) == len(rows) + (not is_total)
