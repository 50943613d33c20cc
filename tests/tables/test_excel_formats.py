"""Digits that a format shows are found where the cells stand."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from churnkit.tables.excel_formats import zero_padded


def _book(*codes: str) -> io.BytesIO:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("first")
    sheet = book.add_worksheet("second")
    for row, code in enumerate(codes):
        sheet.write(row, 27, 7, book.add_format({"num_format": code}))
    book.close()
    return buffer


def test_only_formats_of_zeros_alone_are_found_and_only_on_their_sheet() -> None:
    book = _book("00000", "0", "0.00", "yyyy-mm-dd", "000")
    assert zero_padded(book, "second") == {(0, 27): 5, (4, 27): 3}
    assert zero_padded(book, "first") == {}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive"])
def test_an_unusual_archive_has_no_formats(data: bytes) -> None:
    assert zero_padded(io.BytesIO(data), "first") == {}
