"""Files that stand where a table should be: pointers, web pages, archives, other formats."""

from __future__ import annotations

import re

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BEGINNINGS = {  # the first bytes, in lower case → what the file is, and the way out
    b"version https://git-lfs.github.com/spec/": "is a Git LFS pointer, not the data: git lfs pull",
    b"/annex/objects/": "is a git-annex pointer, not the data: git annex get FILE",
    b"404: not found": "is the answer of a web server, not the data: 404, not found",
    b"%pdf-": "is a PDF, not a table",
    b"\xd0\xcf\x11\xe0": "is an old Excel file (.xls), not a table; save it as CSV",
    b"\x80\x04\x95": "is a pickle; churnkit never opens one",
    **dict.fromkeys(UTF_16_MARKS, "is UTF-16; use --encoding utf-16, or convert it with iconv"),
    b"sqlite format 3\0": "is an SQLite database: sqlite3 -csv -header FILE 'SELECT …' | churnkit …",
    b"arrow1\0\0": "is an Arrow (Feather) file; write it as Parquet or CSV",
    b"feather": "is an Arrow (Feather) file; write it as Parquet or CSV",
    b"orc": "is an ORC file; write it as Parquet or CSV",
    b"obj\x01": "is an Avro file; write it as Parquet or CSV",
    b"\x89hdf\r\n\x1a\n": "is an HDF5 file; write it as Parquet or CSV",
    b"\x37\x7a\xbc\xaf\x27\x1c": "is a 7z archive; unpack it first",
    b"rar!\x1a\x07": "is a RAR archive; unpack it first",
}
ZIP = b"PK\x03\x04"
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"\s*<\?xml\b", re.IGNORECASE)
_ADDRESS = re.compile(rb"\s*[a-z][a-z0-9+.-]*://[^\s,;|\"]+\s*", re.IGNORECASE)
TAR_AT = 257  # where a tar archive has its magic number
LONGEST_ADDRESS = 4096


def stand_in(start: bytes, is_whole: bool = False) -> str | None:
    """What a file is that is no table, and what to do; None for others.

    start: its first bytes, a few at least. is_whole: these are all.
    """
    if start.startswith(ZIP):
        return _archive(start)
    lower = start[:64].lower()
    for beginning, words in BEGINNINGS.items():
        if lower.startswith(beginning):
            return words
    if _PAGE.match(start[:LONGEST_ADDRESS]):
        return "is a web page (HTML), not a table; a login or an error page?"
    if _XML.match(start[:64]):
        return "is XML, not a table"
    if start[TAR_AT : TAR_AT + 5] == b"ustar":
        return "is a tar archive; unpack it first: tar xOf FILE | churnkit …"
    if is_whole and len(start) < LONGEST_ADDRESS and _ADDRESS.fullmatch(start):
        return "holds one address (URL), not the data behind it; fetch that with curl"
    return None


def _archive(start: bytes) -> str:
    """What kind of zip archive it is, by the names of its first members."""
    if b"xl/" in start or b"[Content_Types].xml" in start[:512]:
        return "is an Excel file: give it the ending .xlsx, or use --from xlsx"
    if b"mimetypeapplication/vnd.oasis.opendocument" in start[:256]:
        return "is an OpenDocument file, not a table; save it as CSV"
    return "is a zip archive; unpack it first: unzip -p FILE | churnkit …"
