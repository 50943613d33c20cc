"""Reads bytes from files and standard input, and unpacks compressed ones."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import re
import select
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat

from churnkit import messages
from churnkit.errors import STANDARD_INPUT, ChurnkitError, EmptyInputError, shown_path, visible
from churnkit.tables import descriptors
from churnkit.tables.compression import COMPRESSIONS, unpack
from churnkit.tables.stand_ins import LONGEST_ADDRESS, UTF_16_MARKS, stand_in

PIECE = 1 << 20  # most bytes read at a time
NEAR_END = 1 << 12  # bytes before the end of a piece in which a line end is looked for
PATIENCE = 0.01  # seconds that a read waits for more bytes before it returns
SLOWEST = 50e6  # bytes per second: a slower input is returned before a piece is full
_LONGEST_MAGIC = 8
_LATIN = ("iso8859-1", "iso8859-15")
_CONTROLS = bytes(range(0x80, 0xA0))  # of Latin-1; in cp1252 they are €, quotation marks and dashes
_OPENED: dict[str, tuple[bytes, Iterator[bytes]]] = {}  # pipes whose start was already read


def system_error(path: str, error: OSError) -> ChurnkitError:
    """The error for an error of the operating system."""
    if re.match(r"[a-z0-9+.-]+://", path):
        way_out = "another program fetches it, see churnkit help pipes"
        return ChurnkitError(f"{shown_path(path)}: churnkit opens no network connection; {way_out}")
    return ChurnkitError(f"{shown_path(path)}: {error.strerror or error}")


def check_readable(paths: Sequence[str]) -> None:
    """Raises ChurnkitError for the first FILE that cannot be read, before any FILE is read."""
    if list(paths).count("-") > 1:
        raise ChurnkitError(f"{STANDARD_INPUT} can be read once only: type - once")
    for path in paths:
        if path == "-":
            if 0 in descriptors.CLOSED:
                raise ChurnkitError(f"{STANDARD_INPUT} is closed")
            status = os.fstat(0)
        else:
            try:
                status = os.stat(path)
            except OSError as error:
                raise system_error(path, error) from None
            if not stat.S_ISDIR(status.st_mode) and not os.access(path, os.R_OK):
                raise ChurnkitError(f"{shown_path(path)}: Permission denied")
        if stat.S_ISDIR(status.st_mode):
            raise ChurnkitError(
                f"{shown_path(path)} is a folder, not a file; `churnkit catalog` shows the tables of a folder"
            )
        if stat.S_ISREG(status.st_mode):
            _refuse_own_output(path, status)
        messages.expect(status.st_size if stat.S_ISREG(status.st_mode) else None)


def _refuse_own_output(path: str, status: os.stat_result) -> None:
    out = os.fstat(1)
    if (out.st_dev, out.st_ino) == (status.st_dev, status.st_ino) and 1 not in descriptors.CLOSED:
        what = "is empty, because it" if status.st_size == 0 else "is an input file, but it"
        raise ChurnkitError(f"{shown_path(path)} {what} is also standard output; use -o FILE")


def read(
    path: str,
    piece: int = PIECE,
    encoding: str | None = None,
    watch: Callable[[bytes], None] | None = None,
    patience: float | None = PATIENCE,
    read_some: Callable[[int, int], bytes] = os.read,
) -> Iterator[bytes]:
    """The unpacked bytes of a FILE, in non-empty pieces.

    path: a file, or - for standard input. piece: about the most bytes to collect; a slow input is returned
    after `patience` seconds, but with None only when a piece is full: then pieces are the same, however fast
    they come. encoding: of the bytes, which are converted to UTF-8. watch: is called with each piece of
    unpacked bytes, before the conversion. read_some: (descriptor, most bytes) → bytes, empty at the end. A
    byte order mark at the start is dropped.
    Raises ChurnkitError: not readable, incomplete or corrupt compressed data, or a file that is not a table.
    """
    first, pieces = _OPENED.pop(path) if path in _OPENED else _open(path, piece, patience, read_some)
    if watch is not None:
        pieces = _watch(pieces, watch)
    first, pieces, is_whole = _with_more(first, pieces)
    is_decoded = encoding is not None and first.startswith(UTF_16_MARKS)
    if not is_decoded and (words := stand_in(first, is_whole)):
        raise ChurnkitError(f"{shown_path(path)} {words}")
    if encoding is not None:
        pieces = _decode(pieces, encoding, path)
    yield from _without_mark(pieces)


def start(path: str) -> bytes:
    """The first unpacked bytes of a FILE; `read` returns them again, also for a pipe."""
    first, pieces = _open(path, PIECE, PATIENCE, os.read)
    if not os.path.isfile(path):
        _OPENED[path] = first, pieces
    return first


def _open(
    path: str, piece: int, patience: float | None, read_some: Callable[[int, int], bytes]
) -> tuple[bytes, Iterator[bytes]]:
    """The first unpacked bytes, and all unpacked bytes."""
    pieces = _with_start(_read_raw(path, piece, patience, read_some))
    first = next(pieces, b"")
    pieces = _put_back(first, pieces)
    for magic, (name, unpacker) in COMPRESSIONS.items():
        if first.startswith(magic):
            pieces = _with_start(unpack(pieces, magic, unpacker, f"{shown_path(path)}: the {name} data"))
            first = next(pieces, b"")
            return first, _put_back(first, pieces)
    return first, pieces


def _read_raw(
    path: str, piece: int, patience: float | None, read_some: Callable[[int, int], bytes]
) -> Iterator[bytes]:
    try:
        descriptor = 0 if path == "-" else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        _widen(descriptor)
        try:
            for size in _sizes_to_line_ends(descriptor, piece):
                data = _read_piece(descriptor, size, patience, read_some)
                if not data:
                    break
                yield data
                if patience is None and len(data) < size:
                    break  # it has ended; a terminal says so only once
        finally:
            if descriptor:
                os.close(descriptor)
    except OSError as error:
        raise system_error(path, error) from None


def _widen(descriptor: int) -> None:
    """Sets the capacity of a pipe to a megabyte, if the system can: twice as fast as with 64 KiB."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIECE)


def _sizes_to_line_ends(descriptor: int, piece: int) -> Iterator[int]:
    """The size of each piece: those of a regular file end with a line, where they can.

    So whole lines need not be copied once more, to be joined with the rest of the piece before.
    """
    if piece <= 2 * NEAR_END or not stat.S_ISREG(os.fstat(descriptor).st_mode):
        yield from repeat(piece)
    start = os.lseek(descriptor, 0, os.SEEK_CUR)
    if os.pread(descriptor, _LONGEST_MAGIC, start).startswith(tuple(COMPRESSIONS)):
        yield from repeat(piece)
    while True:
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        end = start + ((at - start + NEAR_END) // piece + 1) * piece
        last = os.pread(descriptor, NEAR_END, end - NEAR_END)
        yield end - NEAR_END + (last.rfind(b"\n") + 1 or NEAR_END) - at


def _read_piece(
    descriptor: int, piece: int, patience: float | None, read_some: Callable[[int, int], bytes]
) -> bytes:
    """Reads repeatedly while more bytes are available: one read of a pipe returns at most 64 KiB."""
    parts: list[bytes] = []
    size = 0
    deadline = time.monotonic() + piece / SLOWEST
    while size < piece and (not parts or patience is None or _is_ready(descriptor, patience, deadline)):
        data = read_some(descriptor, piece - size)
        if not data:
            break
        messages.advance(size=len(data))
        parts.append(data)
        size += len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _is_ready(descriptor: int, patience: float, deadline: float) -> bool:
    """Whether more bytes come within `patience` seconds, before the deadline."""
    if not patience or time.monotonic() >= deadline:
        return False
    return bool(select.select([descriptor], [], [], patience)[0])


def _with_start(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, with a first piece that is long enough for any magic number."""
    first = b""
    for data in pieces:
        first += data
        if len(first) >= _LONGEST_MAGIC:
            break
    if first:
        yield first
    yield from pieces


def _put_back(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _with_more(first: bytes, pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes], bool]:
    """The first bytes, all bytes, and whether the first are all; only asked where it may be an address."""
    if len(first) >= LONGEST_ADDRESS or b"://" not in first:
        return first, pieces, False
    start = next(pieces, b"")
    more = next(pieces, b"")
    return first, chain([start, more] if more else [start], pieces), not more


def _watch(pieces: Iterator[bytes], watch: Callable[[bytes], None]) -> Iterator[bytes]:
    for piece in pieces:
        watch(piece)
        yield piece


def _decode(pieces: Iterator[bytes], encoding: str, path: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(_check_encoding(encoding))()
    controls = b"" if codecs.lookup(encoding).name not in _LATIN else _CONTROLS
    number = 0
    try:
        for piece in pieces:
            number += len(piece) - len(piece.translate(None, controls))
            if text := decoder.decode(piece):
                yield text.encode()
        if text := decoder.decode(b"", final=True):
            yield text.encode()
    except UnicodeError as error:
        raise ChurnkitError(f"{shown_path(path)} is not {encoding}: {visible(str(error))}") from None
    if number:
        found = f"{messages.count(number, 'control character')} (bytes 0x80 to 0x9f)"
        text = f"{shown_path(path)}: {found} in {encoding}"
        way_out = "in Windows text they are €, quotation marks and dashes: --encoding cp1252"
        messages.note_once("control-characters", f"{text}; {way_out}", count=number)


def is_by_byte(encoding: str) -> bool:
    """Whether text in this encoding can be cut like UTF-8: one byte per character, with ASCII unchanged.

    Raises ChurnkitError if the encoding does not exist.
    """
    text = bytes(range(256)).decode(_check_encoding(encoding), "replace")
    return len(text) == 256 and text[:128].encode("utf-8", "replace") == bytes(range(128))


def _check_encoding(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError:
        raise ChurnkitError(
            f"unknown encoding '{visible(encoding)}' (use latin-1, cp1252 or utf-16)"
        ) from None
    return encoding


def _without_mark(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = next(pieces, b"").removeprefix(codecs.BOM_UTF8)
    yield from _put_back(first, pieces)


@contextlib.contextmanager
def table_after(first: str, role: str, files: Sequence[str]) -> Iterator[list[str]]:
    """The FILEs of a table, on a command line whose first FILE is something else. role: what it is, as MODEL.

    Raises ChurnkitError if no FILE is given and standard input is a terminal or, inside the block, empty.
    """
    if files:
        yield list(files)
        return
    missing = (
        f"{shown_path(first)} is the {role}, so the table is missing: name its FILE too, or pipe rows in"
    )
    if 0 not in descriptors.CLOSED and os.isatty(0):
        raise ChurnkitError(f"{missing} (standard input is a terminal)")
    try:
        yield ["-"]
    except EmptyInputError as error:
        raise (ChurnkitError(f"{missing} ({error})") if error.path == "-" else error) from None


def arguments(files: Sequence[str]) -> list[str]:
    """The FILEs of a command line: standard input if no FILE is given."""
    return list(files) or ["-"]
