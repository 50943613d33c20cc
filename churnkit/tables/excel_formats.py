"""Numbers that an Excel file shows with leading zeros: 123 in the format 00000 is shown as 00123.

The reading library gives values without formats, so styles and cells are read from the archive itself; only
if a style of the file has such a format.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import ParseError, fromstring, iterparse

_ZEROS = re.compile(r"0{2,}")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def zero_padded(source: str | BinaryIO, sheet: str) -> dict[tuple[int, int], int]:
    """(row, column), numbered from 0 → number of digits shown; empty without such a format."""
    try:
        with zipfile.ZipFile(source) as archive:
            digits = _styles(archive)
            return dict(_cells(archive, _file_of(archive, sheet), digits)) if digits else {}
    except (KeyError, ParseError, StopIteration, zipfile.BadZipFile):
        return {}  # an unusual archive: values are read without formats


def _styles(archive: zipfile.ZipFile) -> dict[str, int]:
    """Number of a style, as cells name it → number of digits."""
    root = fromstring(archive.read("xl/styles.xml"))
    formats = {
        each.get("numFmtId"): len(code)
        for each in root.iterfind("{*}numFmts/{*}numFmt")
        if _ZEROS.fullmatch(code := each.get("formatCode", ""))
    }
    styles = enumerate(root.iterfind("{*}cellXfs/{*}xf"))
    return {str(k): formats[each.get("numFmtId")] for k, each in styles if each.get("numFmtId") in formats}


def _file_of(archive: zipfile.ZipFile, sheet: str) -> str:
    book = fromstring(archive.read("xl/workbook.xml"))
    key = next(
        each.get(_RELATION) for each in book.iterfind("{*}sheets/{*}sheet") if each.get("name") == sheet
    )
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(each.get("Target", "") for each in relations if each.get("Id") == key)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _cells(
    archive: zipfile.ZipFile, name: str, digits: dict[str, int]
) -> Iterator[tuple[tuple[int, int], int]]:
    with archive.open(name) as file:
        for _, element in iterparse(file):
            if element.tag.endswith("}c") and element.get("s") in digits:
                yield _place(element.get("r", "")), digits[element.get("s", "")]
            elif element.tag.endswith("}row"):
                element.clear()


def _place(reference: str) -> tuple[int, int]:
    """B3 → (2, 1)."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :] or 1) - 1, column - 1
