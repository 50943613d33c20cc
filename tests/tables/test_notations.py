"""Numbers in other notations keep their digits; what is not clearly a number is not one."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import notations

CASES = [
    ("39,27", "39.27", None), ("1.570,69", "1570.69", None), ("$1,570.69", None, "1570.69"),
    ("12 %", "12", "12"), ("(12.50)", None, "-12.50"), ("(12,50)", "-12.50", None), ("12,50-", "-12.50", None),
    ("1,570", "1.570", "1570"), ("1.570", "1570", "1.570"), ("€ 39,27", "39.27", None), ("39,27 €", "39.27", None),
    ("1'570.69", None, "1570.69"), ("1\u00a0570,69", "1570.69", None), ("1,00,000.50", None, "100000.50"),
    ("-$5.00", None, "-5.00"), ("1,5E+03", "1.5E+03", None), ("0.123", None, "0.123"), ("\u22123,5", "-3.5", None),
    ("--5", None, None), ("(5", None, None), ("(-5)", None, None), ("12 34", None, None), ("1.2.3", None, None),
    ("$", None, None), ("abc", None, None), ("2024-05-01", None, None), ("5 apples", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "comma", "point"), CASES)
def test_a_number_is_read_with_its_decimal_mark(text: str, comma: str | None, point: str | None) -> None:
    for decimal, plain in ((",", comma), (".", point)):
        assert notations.plain_numbers(pl.Series([text, None]), decimal).to_list() == [plain, None]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8), st.booleans())
def test_grouped_digits_read_back_exactly(numbers: list[Decimal], is_comma: bool) -> None:
    texts = [f"{number:,}" for number in numbers]
    if is_comma:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    plain = notations.plain_numbers(pl.Series(texts), "," if is_comma else ".")
    assert [Decimal(text) for text in plain] == numbers


def _found(values: dict[str, int]) -> notations.OtherNotation | None:
    counts = pl.DataFrame({"value": list(values), "rows": list(values.values())})
    plain = counts["value"].cast(pl.Float64, strict=False).is_not_null()
    return notations.find_other_notation(counts, plain)


@pytest.mark.parametrize(
    ("values", "count", "way_out"),
    [
        ({"39,27": 5, "12": 3}, 5, "--decimal , reads them"),
        ({"$1,570.69": 2, "n/a": 1}, 2, "--decimal . reads them"),
        ({"12 %": 2}, 2, "--decimal . reads them"),
        ({"1,570": 2}, 2, "'1,570' is read by --decimal , as 1.570 and by --decimal . as 1570"),
    ],
)
def test_values_in_another_notation_are_counted_with_the_way_out(
    values: dict[str, int], count: int, way_out: str
) -> None:
    found = _found(values)
    assert found is not None
    assert (found.values, notations.way_out(found)) == (count, way_out)


@pytest.mark.parametrize("values", [{"1": 5, "2.5": 1}, {"a": 3, "39,27": 1}, {"x": 1}])
def test_a_column_of_plain_numbers_or_of_words_has_no_other_notation(values: dict[str, int]) -> None:
    assert _found(values) is None


def test_columns_with_the_same_way_out_are_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    comma = notations.OtherNotation(5, (",",), "39,27")
    notations.note_other_notation({"price": comma, "fee": comma})
    said = "10 values of price, fee look like numbers in another notation ('39,27'): --decimal , reads them\n"
    assert capfd.readouterr().err == said
