"""The formats of tables and pictures: FORMATS has one row per format, with endings, reader and writer."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from churnkit.errors import ChurnkitError, shown_path

if TYPE_CHECKING:
    import polars as pl

    from churnkit.tables.file_table import FileTable

RECORD_LIMIT = 16 << 20  # bytes of one record
CSV, JSONL = "csv", "jsonl"
SEPARATORS = b",\t;|"  # if a header contains two of them equally often, the first one


@dataclass(frozen=True)
class Layout:
    """The layout of a text table. separator: one byte for CSV, empty for JSONL."""

    format: str
    separator: bytes


def _csv(separator: str) -> Callable[[pl.DataFrame, bool], bytes]:
    return lambda frame, header: frame.write_csv(include_header=header, separator=separator).encode()


def _jsonl(frame: pl.DataFrame, header: bool) -> bytes:
    return frame.write_ndjson().encode() if frame.height else b""


def _read_parquet(path: str, sheet: str | None) -> FileTable:
    from churnkit.tables import parquet

    if sheet is not None:
        raise ChurnkitError(f"{shown_path(path)}: --sheet is for Excel files")
    return parquet.open_table(path)


def _read_xlsx(path: str, sheet: str | None) -> FileTable:
    from churnkit.tables import excel

    return excel.texts(path, sheet)


def _xlsx(frame: pl.DataFrame, header: bool) -> bytes:
    from churnkit.tables import excel

    return excel.sheet_of(frame, header)


def _parquet_parts(
    parts: Iterable[pl.DataFrame], schema: Mapping[str, Any], words: Mapping[str, str], file: BinaryIO
) -> None:
    from churnkit.tables import parquet

    parquet.write_parts(parts, schema, words, file)


def _parquet(frame: pl.DataFrame, header: bool) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Format:
    """How one format is detected, read and written.

    endings: of file names. layout: of text that is read as a stream; an empty separator is detected in the
    header. read_file: (FILE, name of a sheet) → a file that is read in parts, as texts. write: rows as bytes,
    with or without header; None for a picture, which is drawn by its command. is_whole: all rows are written
    at once, only to a file. write_parts: (parts, column → type, what the file says about itself, file): in
    constant memory.
    """

    endings: tuple[str, ...]
    layout: Layout | None = None
    read_file: Callable[[str, str | None], FileTable] | None = None
    write: Callable[[pl.DataFrame, bool], bytes] | None = None
    is_whole: bool = False
    write_parts: (
        Callable[[Iterable[pl.DataFrame], Mapping[str, Any], Mapping[str, str], BinaryIO], None] | None
    ) = None


FORMATS = {
    "csv": Format((".csv",), layout=Layout(CSV, b""), write=_csv(",")),
    "tsv": Format((".tsv",), layout=Layout(CSV, b"\t"), write=_csv("\t")),
    "jsonl": Format((".jsonl", ".ndjson"), layout=Layout(JSONL, b""), write=_jsonl),
    "parquet": Format(
        (".parquet",), read_file=_read_parquet, write=_parquet, is_whole=True, write_parts=_parquet_parts
    ),
    "xlsx": Format((".xlsx",), read_file=_read_xlsx, write=_xlsx, is_whole=True),
    "text": Format((".txt",)),
    "svg": Format((".svg",)),
    "mermaid": Format((".mmd",)),
    "dot": Format((".dot",)),
    "sql": Format((".sql",)),
    "sh": Format((".sh",)),
}


def round_decimals(frame: pl.DataFrame, digits: int, format: str) -> pl.DataFrame:
    """The table with its floats rounded, half away from 0. In CSV and TSV they are texts with all digits.

    So 0.000012 is written as databases write a decimal number, not as 1.2e-05.
    """
    import polars as pl
    import polars.selectors as cs

    floats = cs.float().round(digits, mode="half_away_from_zero")
    rounded = frame.with_columns(pl.when(floats == 0).then(0.0).otherwise(floats).name.keep())  # no -0
    layout = FORMATS[format].layout
    if layout is None or layout.format != CSV:
        return rounded
    return rounded.with_columns(
        pl.Series(column.name, _fixed(column, digits)) for column in rounded.select(cs.float())
    )


def _fixed(column: pl.Series, digits: int) -> pl.Series:
    """The floats as texts with this many decimals."""
    import polars as pl

    text = column.to_frame().write_csv(include_header=False, float_precision=digits, null_value="null")
    fixed = pl.Series(text.split("\n")[:-1], dtype=pl.String)
    return fixed.set(column.is_null(), None)


READ = tuple(name for name, row in FORMATS.items() if row.layout or row.read_file)
TABLES = tuple(name for name, row in FORMATS.items() if row.write)
OTHER_ENDINGS = (".json", ".txt", ".dat", ".psv", ".tab")  # of tables whose format their content shows
PACKED_ENDINGS = (".gz", ".zst", ".bz2", ".xz")
LINES = tuple(name for name, row in FORMATS.items() if row.write and not row.is_whole)


def is_table_name(path: str) -> bool:
    """Whether a file may be a table by the ending of its name, before that of a compression."""
    return _unpacked(path).endswith(
        (*OTHER_ENDINGS, *(ending for read in READ for ending in FORMATS[read].endings))
    )


def may_be_prose(path: str) -> bool:
    """Whether a file may be a text for people by the ending of its name."""
    return _unpacked(path).endswith(FORMATS["text"].endings)


def may_be_json(path: str) -> bool:
    """Whether a file may hold JSON, such as a model, by the ending of its name."""
    return path.lower().endswith((OTHER_ENDINGS[0], *FORMATS["jsonl"].endings))


def _unpacked(path: str) -> str:
    """The name in lower case, without the ending of a compression."""
    name = path.lower()
    for packed in PACKED_ENDINGS:
        name = name.removesuffix(packed)
    return name


def format_name(path: str, start: bytes, requested: str | None) -> str:
    """The name of a FILE's format, of FORMATS. start: its first bytes, unpacked. requested: --from."""
    if requested is not None:
        return requested
    by_name = next((n for n, row in FORMATS.items() if row.read_file and path.endswith(row.endings)), None)
    layout = None if by_name else detect_layout(start, None, path)
    return by_name or next(
        (n for n in LINES if FORMATS[n].layout == layout), layout.format if layout else CSV
    )


def file_reader(path: str, requested: str | None) -> Callable[[str, str | None], FileTable] | None:
    """The function that opens a FILE that is no stream of lines, chosen by --from or by the ending; None for
    other formats."""
    if requested is not None:
        return FORMATS[requested].read_file
    return next(
        (row.read_file for row in FORMATS.values() if row.read_file and path.endswith(row.endings)), None
    )


def choose_format(to: str | None, path: str | None, allowed: Iterable[str], default: str) -> str:
    """The format of --to, or of the ending of -o FILE, or the default of the command.

    Raises ChurnkitError for a format that is written whole (Parquet) without a file.
    """
    chosen = to
    if chosen is None and path is not None:
        ending = os.path.splitext(path)[1].lower()
        chosen = next((name for name in allowed if ending in FORMATS[name].endings), None)
    chosen = chosen or default
    if FORMATS[chosen].is_whole and path is None:
        raise ChurnkitError(
            f"{chosen.capitalize()} can only be written to a file: add -o FILE{FORMATS[chosen].endings[0]}"
        )
    return chosen


def text_on_terminal(path: str | None, default: str) -> str:
    """`text` if the output goes to a terminal, else the default."""
    return "text" if path is None and os.isatty(1) else default


def detect_layout(start: bytes, requested: str | None, path: str, separator: bytes = b"") -> Layout:
    """The layout of a table, detected from its first line unless the user gives the format.

    separator: that of the file's own separator line, or empty.
    """
    layout = FORMATS[requested].layout if requested else None
    first = start[: start.find(b"\n")] if b"\n" in start else start  # split would copy the rest
    name = shown_path(path)
    if requested is None and start.startswith(b"PAR1"):
        raise ChurnkitError(f"{name}: this is Parquet; use a file whose name ends in .parquet")
    if layout is None and not separator and start.lstrip()[:1] in (b"{", b"["):
        layout = FORMATS["jsonl"].layout
    if layout is not None and layout.format == JSONL:
        return layout
    if b"\0" in first and len(first) <= RECORD_LIMIT:
        raise ChurnkitError(f"{name}: NUL bytes in the first line; for UTF-16, use --encoding utf-16")
    if b"\r" in first.removesuffix(b"\r"):
        raise ChurnkitError(
            f"{name}: carriage return inside the first line: convert old line ends with tr '\\r' '\\n'"
        )
    if layout is not None and layout.separator:
        return layout
    if separator:
        return Layout(CSV, separator)
    bare = re.sub(rb'"[^"]*"', b"", first)
    return Layout(CSV, max((SEPARATORS[i : i + 1] for i in range(4)), key=bare.count))
