"""Columns are aligned, whatever the cells contain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from churnkit.pictures.text_table import align_rows, cut, fit

CELLS = st.lists(st.tuples(*[st.text("ab{}%:", max_size=9)] * 3), max_size=6)


@given(CELLS)
def test_every_cell_stands_at_its_side_of_its_column(rows: list[tuple[str, str, str]]) -> None:
    widths = [max([3, *(len(row[place]) for row in rows)]) for place in range(3)]
    expected = [f"{a.ljust(widths[0])} | {b.rjust(widths[1])}  {c.ljust(widths[2])}" for a, b, c in rows]
    assert align_rows(rows, "<3 | >3  <3") == [line.rstrip() for line in expected]


def test_a_column_is_as_wide_as_its_widest_cell() -> None:
    assert align_rows([["a", "1"], ["long", "1,000"]], "< >") == ["a        1", "long 1,000"]


def test_the_last_cell_of_a_short_row_runs_on_and_widens_no_column() -> None:
    rows = [["a", "1", "x"], ["b", "longer than a number"]]
    assert align_rows(rows, "< >3 <") == ["a   1 x", "b longer than a number"]


def test_no_line_ends_in_blanks() -> None:
    assert align_rows([["a", ""], ["b", "c"]], "<4 <4") == ["a", "b    c"]


def test_no_rows_are_no_lines() -> None:
    assert align_rows([], "< >") == []


def test_a_sentence_is_wrapped_and_shrinks_no_bar() -> None:
    def draw(scale: float) -> str:
        return f"{'word ' * 9}end\n{'█' * round(20 * scale)}"

    assert fit(draw, 30).split("\n") == ["word word word word word word", "  word word word end", "█" * 20]


def test_bars_shrink_until_every_line_fits() -> None:
    def draw(scale: float) -> str:
        return f"plan  {'█' * round(20 * scale)} 5%\nall"

    assert fit(draw, None) == draw(1.0)
    assert fit(draw, 80) == draw(1.0)
    assert fit(draw, 20) == draw(0.5)


@given(st.text("ab█→", max_size=30), st.integers(1, 40))
def test_no_line_is_wider_than_it_may_be(line: str, width: int) -> None:
    assert all(len(part) <= width for part in fit(lambda scale: line + "█" * round(scale), width).split("\n"))
    assert cut(line, width) == line or cut(line, width).endswith("…")
