"""The formats of tables: how each is named, detected and written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from churnkit.errors import ChurnkitError, shown_path

TABLE_FORMATS = ("csv", "tsv", "jsonl", "parquet")
READ_FORMATS = ("csv", "tsv", "jsonl", "parquet")


SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
            ".txt": "text", ".svg": "svg", ".mmd": "mermaid", ".dot": "dot"}  # fmt: skip


RECORD_LIMIT = 16 << 20  # bytes of one record
CSV, JSONL, PARQUET = "csv", "jsonl", "parquet"
SEPARATORS = b",\t;|"  # in this order where a header holds equally many
FORMATS: dict[str, tuple[str, bytes]] = {
    "csv": (CSV, b""),  # the separator is told by the header
    "tsv": (CSV, b"\t"),
    "jsonl": (JSONL, b""),
    "parquet": (PARQUET, b""),
}


@dataclass(frozen=True)
class Layout:
    """How a text table is written. separator: one byte for CSV, none for JSONL."""

    format: str
    separator: bytes


def is_parquet(path: str, asked: str | None) -> bool:
    """Whether a FILE is read as Parquet: the user says so, or else its name."""
    return asked == PARQUET or (asked is None and path.endswith(".parquet"))


def detect_layout(start: bytes, asked: str | None, path: str) -> Layout:
    """The layout of a table, told by its first line unless the user says."""
    format_, separator = FORMATS[asked] if asked else (None, b"")
    first = start.split(b"\n", 1)[0]
    name = shown_path(path)
    if format_ == PARQUET or (asked is None and start.startswith(b"PAR1")):
        raise ChurnkitError(f"{name}: Parquet is read from a file whose name ends in .parquet")
    if format_ is None and start.lstrip()[:1] in (b"{", b"["):
        format_ = JSONL
    if format_ == JSONL:
        return Layout(JSONL, b"")
    if b"\0" in first and len(first) <= RECORD_LIMIT:
        raise ChurnkitError(
            f"{name}: NUL bytes in the first line: UTF-16? say --encoding utf-16, or use iconv"
        )
    if b"\r" in first.removesuffix(b"\r"):
        raise ChurnkitError(
            f"{name}: carriage return inside the first line: convert old line ends with tr '\\r' '\\n'"
        )
    if not separator:
        bare = re.sub(rb'"[^"]*"', b"", first)
        separator = max((SEPARATORS[i : i + 1] for i in range(4)), key=bare.count)
    return Layout(CSV, separator)
