"""Reads a sheet of an Excel file (.xlsx) as texts, and writes rows as one. Needs the extra [excel]."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from churnkit import errors, messages
from churnkit.columns import list_names, missing
from churnkit.errors import ChurnkitError, quote
from churnkit.tables.excel_formats import zero_padded
from churnkit.tables.file_table import Sheet

if TYPE_CHECKING:
    import fastexcel
    import xlsxwriter

MOST_ROWS = 1_048_576  # of a sheet, with the header
WIDEST = 40  # characters of a column
WIDTH_ROWS = 1_000  # that decide how wide a column is
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$"
_NO_DATE = r"^1899-12-3[01] "  # a time of day alone
_SHARE = re.compile(r"(?:.*_)?(?:probability|rate|share)")
_CREATED = datetime(1980, 1, 1)  # not the clock: the same rows give the same bytes
_INSTALL = "pip install 'churnkit-cli[excel]'"


def texts(path: str, sheet: str | None) -> Sheet:
    """The columns of a sheet, (n,) String each, null if empty; the first row has the names.

    sheet: its name; None for the first, and a note if there are more. Dates are ISO 8601.
    Raises ChurnkitError: not an Excel file, no such sheet, a name twice.
    """
    source = path if path != "-" else _standard_input()
    reader = _open(path, source)
    name = errors.shown_path(path)
    names = reader.sheet_names
    if sheet is not None and sheet not in names:
        raise ChurnkitError(f"{name}: {missing('sheet', sheet, names)}")
    if sheet is None and len(names) > 1:
        others = list_names(names[1:])
        text = f"{name}: the first sheet is read, {quote(names[0])}; --sheet NAME reads another: {others}"
        messages.note_once("sheets", text)
    which = sheet or 0
    loaded = reader.load_sheet(which, header_row=None, dtypes="string").to_polars()
    numbers = reader.load_sheet(which, header_row=None, dtypes="float").to_polars()
    if not loaded.height:
        raise ChurnkitError(f"{name}: the sheet {quote(sheet or names[0])} is empty")
    padded = zero_padded(io.BytesIO(source) if isinstance(source, bytes) else source, sheet or names[0])
    exact = (
        [_exact(*both) for both in zip(loaded, numbers, strict=True)] if loaded.shape == numbers.shape else []
    )
    loaded = _pad(pl.DataFrame(exact or loaded), padded)
    header = [value or "" for value in loaded.row(0)]
    rows = loaded.slice(1).with_columns(pl.all().replace("", None))
    kept = [k for k, label in enumerate(header) if label or rows.to_series(k).null_count() < rows.height]
    labels = [header[k] for k in kept]
    if twice := next((label for label in labels if labels.count(label) > 1), None):
        raise ChurnkitError(f"{name}:1: the column {quote(twice)} appears twice in the header")
    columns = [_dates(rows.to_series(k)).alias(header[k]) for k in kept]
    return Sheet(pl.DataFrame(columns), first_line=2)


def _standard_input() -> bytes:
    with open(0, "rb", closefd=False) as file:
        return file.read()


def _open(path: str, source: str | bytes) -> fastexcel.ExcelReader:
    try:
        import fastexcel
    except ImportError:
        raise ChurnkitError(f"{errors.shown_path(path)}: Excel files need an extra: {_INSTALL}") from None
    try:
        return fastexcel.read_excel(source)
    except fastexcel.FastExcelError:
        raise ChurnkitError(
            f"{errors.shown_path(path)} is not an Excel file; if it is CSV, use --from csv"
        ) from None


def _exact(texts: pl.Series, numbers: pl.Series) -> pl.Series:
    """The texts of a column with all digits of its numbers: the library writes at most nine decimals."""
    differs = (texts.cast(pl.Float64, strict=False) != numbers).fill_null(False)
    if not differs.any():
        return texts
    whole = numbers.cast(pl.String).str.strip_suffix(".0")
    return pl.select(pl.when(differs).then(whole).otherwise(texts)).to_series().alias(texts.name)


def _pad(cells: pl.DataFrame, padded: dict[tuple[int, int], int]) -> pl.DataFrame:
    """Whole numbers with the leading zeros that the file shows. padded: (row, column) → digits."""
    by_column: dict[int, dict[int, int]] = {}
    for (row, column), digits in padded.items():
        if column < cells.width:
            by_column.setdefault(column, {})[row] = digits
    for column, digits_of in by_column.items():
        texts = cells.to_series(column).to_list()
        shown = [
            text.zfill(digits_of.get(row, 0)) if text is not None and text.isdecimal() else text
            for row, text in enumerate(texts)
        ]
        cells = cells.with_columns(pl.Series(cells.columns[column], shown, dtype=pl.String))
    return cells


def _dates(column: pl.Series) -> pl.Series:
    """Dates without a time of day if the whole column has none, and times of day without a date."""
    if not (column.str.contains(_MOMENT) & ~column.str.contains(_MIDNIGHT)).any():
        return column.str.replace(_MIDNIGHT, "$1")
    return column.str.replace(_NO_DATE, "")


def sheet_of(frame: pl.DataFrame, header: bool) -> bytes:
    """Rows as an Excel file: a frozen header, numbers as numbers, ids as texts, shares as percentages.

    Raises ChurnkitError for more rows than a sheet holds, and without the extra.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise ChurnkitError(f"Excel files need an extra: {_INSTALL}") from None
    if frame.height + header > MOST_ROWS:
        rows = f"{frame.height:,} rows do not fit on a sheet ({MOST_ROWS:,} with the header)"
        raise ChurnkitError(f"{rows}: -o FILE.csv")
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    sheet = book.add_worksheet()
    for place, column in enumerate(frame):
        _write_column(book, sheet, place, column, header)
    if header:
        sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _write_column(book: xlsxwriter.Workbook, sheet: Any, place: int, column: pl.Series, header: bool) -> None:
    is_share = (
        bool(_SHARE.fullmatch(column.name)) and column.dtype.is_float() and column.is_between(0, 1).all()
    )
    shown = book.add_format({"num_format": "0.0%"}) if is_share else None
    longest = max((len(str(value)) for value in column.head(WIDTH_ROWS)), default=0) if not is_share else 6
    sheet.set_column(place, place, min(WIDEST, max(longest, len(column.name)) + 2), shown)
    if header:
        sheet.write_string(0, place, column.name, book.add_format({"bold": True}))
    is_number = column.dtype.is_numeric()
    for row, value in enumerate(column.to_list(), int(header)):
        if value is None:
            continue
        if is_number:
            sheet.write_number(row, place, value)
        elif isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        else:
            sheet.write_string(row, place, str(value))
