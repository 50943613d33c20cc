"""Writes all output: whole lines to standard output, and complete files (or nothing) to -o FILE."""

from __future__ import annotations

import bisect
import contextlib
import io
import os
import select
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from churnkit import messages
from churnkit.errors import ChurnkitError, quote, visible
from churnkit.tables import descriptors, formats, records

if TYPE_CHECKING:
    import polars as pl

PIPE_ATOM = 4096  # up to this size, writes of several processes to a pipe are not mixed
PART = 1 << 16  # bytes per write to anything else
PART_ROWS = 1 << 15  # rows that are made text at once
STANDARD_OUTPUT = "standard output"
OPEN_FILES = "/proc/self/fd"  # Linux lists open files here
Write = Callable[[int, memoryview], int]  # os.write, or a failing function in tests
_ANY_CSV = formats.Layout(formats.CSV, formats.SEPARATORS)  # a field may begin after any of these separators
_JSON_LINES = formats.Layout(formats.JSONL, b"")


class Output:
    """The output of a command. format: csv, tsv, jsonl, parquet, or the format of a picture."""

    def __init__(self, file: BinaryIO, format: str, header: bool = True, width: int | None = None) -> None:
        self.format = format
        self.width = width  # characters per line of text, None for any
        self.has_header = header
        self._file = file
        self._header_due = header
        self._frames: list[pl.DataFrame] = []

    def json_lines(self, data: bytes) -> None:
        """Writes JSON Lines: they are cut into parts at newlines alone, whatever is in quotes."""
        if isinstance(self._file, _StandardOutput):
            self._file.write_records(data, _JSON_LINES)
        else:
            self.bytes(data)

    def bytes(self, data: bytes) -> None:
        """Writes bytes unchanged; text must be whole lines."""
        if data:
            self._file.write(data)

    def text(self, text: str) -> None:
        """Writes text or a picture, ending with a newline, with control characters made visible."""
        self.bytes(_shown(text))

    def texts(self, texts: Iterable[str]) -> None:
        """Writes texts as `text` does, each of them in one piece."""
        for lines in _together(map(_shown, texts)):
            self.bytes(lines)

    def records(self, records: Iterable[dict[str, Any]]) -> None:
        """Writes one JSON object per line."""
        import orjson

        for lines in _together(orjson.dumps(r, option=orjson.OPT_APPEND_NEWLINE) for r in records):
            self.bytes(lines)

    def frame(self, frame: pl.DataFrame, digits: int | None = None) -> None:
        """Writes rows of a table; the first call writes the header, and all calls have the same columns.

        digits: the decimals of floats; None for all.
        """
        if digits is not None:
            frame = formats.round_decimals(frame, digits, self.format)
        format = formats.FORMATS[self.format]
        if format.is_whole:
            self._frames.append(frame)
        elif format.write is not None:
            for part in frame.iter_slices(PART_ROWS) if frame.height else [frame]:
                write = self.json_lines if self.format == formats.JSONL else self.bytes
                write(format.write(part, self._header_due))
                self._header_due = False

    @property
    def has_types(self) -> bool:
        """Whether the format keeps the types of columns, and takes a table in parts."""
        return formats.FORMATS[self.format].write_parts is not None

    def parts(
        self, parts: Iterable[pl.DataFrame], schema: Mapping[str, Any], words: Mapping[str, str]
    ) -> None:
        """Writes a whole table in a format that `has_types`, in constant memory.

        schema: column → type. words: what the file says about itself.
        """
        write_parts = formats.FORMATS[self.format].write_parts
        assert write_parts is not None
        write_parts(parts, schema, words, self._file)

    def table(self, records: Sequence[dict[str, Any]], fields: Sequence[str]) -> None:
        """Writes records as a table with these columns; only the header if there are no records."""
        import polars as pl

        empty = pl.DataFrame(schema=dict.fromkeys(fields, pl.String))
        self.frame(pl.DataFrame(records, infer_schema_length=None).select(fields) if records else empty)

    def close(self) -> None:
        """Writes the formats that are written as a whole."""
        format = formats.FORMATS[self.format]
        if self._frames and format.write is not None:
            import polars as pl

            self.bytes(format.write(pl.concat(self._frames), self._header_due))


@dataclass(frozen=True)
class Destination:
    """Where the output goes, from the options -o FILE, --to and --no-header.

    formats: the formats of the command. default: the format without options. is_shown: a terminal gets text.
    """

    path: str | None
    to: str | None
    has_header: bool
    formats: tuple[str, ...]
    default: str
    is_shown: bool
    width: int | None = None  # characters per line of text, as the user said

    @property
    def format(self) -> str:
        """The format of the output. Raises ChurnkitError if it cannot be written there."""
        default = formats.text_on_terminal(self.path, self.default) if self.is_shown else self.default
        return formats.choose_format(self.to, self.path, self.formats, default)

    @property
    def text_width(self) -> int | None:
        """Characters per line of text: --width, else COLUMNS, else those of a terminal; None if not known."""
        columns = os.environ.get("COLUMNS", "")
        if self.width or columns.isdecimal():
            return self.width or int(columns) or None
        return os.get_terminal_size(1).columns if self.path is None and os.isatty(1) else None

    def open(self) -> contextlib.AbstractContextManager[Output]:
        """The output, to write to."""
        return open_output(self.path, self.format, header=self.has_header, width=self.text_width)


@contextlib.contextmanager
def open_output(
    path: str | None, format: str, *, header: bool = True, width: int | None = None
) -> Iterator[Output]:
    """An Output to a file (complete or not at all), or to standard output in whole lines.

    Raises ChurnkitError for a file that cannot be written, before any input is read.
    """
    with _whole_file(path) if path is not None else _standard_output() as file:
        output = Output(file, format, header, width)
        yield output
        output.close()


def _together(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of whole lines, as many at once as a pipe takes at once."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > PIPE_ATOM:
            yield b"".join(waiting)
            waiting, size = [], 0
        waiting.append(piece)
        size += len(piece)
    yield b"".join(waiting)


def _shown(text: str) -> bytes:
    """The lines of a text, each with its end and with control characters made visible."""
    return "".join(f"{visible(line)}\n" for line in text.removesuffix("\n").split("\n")).encode()


def open_table(path: str) -> contextlib.AbstractContextManager[Output]:
    """An Output for a table in an additional FILE, in the format of its ending, else CSV."""
    return open_output(path, formats.choose_format(None, path, formats.TABLES, "csv"))


class _StandardOutput(io.RawIOBase):
    """Writes whole lines to descriptor 1: at most 4,096 bytes at a time to a pipe, which others may share."""

    def __init__(self, write: Write = os.write) -> None:
        mode = os.fstat(1).st_mode
        self._part = PIPE_ATOM if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else PART
        self._write = write

    def write(self, data: Any) -> int:
        self.write_records(data, _ANY_CSV)
        return len(data)

    def write_records(self, data: Any, layout: formats.Layout) -> None:
        """Writes whole records of this layout."""
        messages.clear_progress()
        view = memoryview(data)
        for start, end in _parts(data, self._part, layout):
            _write_all(view[start:end], self._write)


def _parts(data: bytes, limit: int, layout: formats.Layout = _ANY_CSV) -> Iterator[tuple[int, int]]:
    """Cuts data into parts of whole lines (records if there are quotes in CSV) of at most `limit` bytes.

    A line longer than the limit is a part of its own.
    """
    if len(data) <= limit:
        yield 0, len(data)
        return
    has_quotes = layout.format == formats.CSV and b'"' in data
    ends = records.record_ends(data, layout) if has_quotes else None
    start = 0
    while start < len(data):
        if ends is None:
            end = data.rfind(b"\n", start, start + limit) + 1 or data.find(b"\n", start + limit) + 1
        else:
            place = bisect.bisect_right(ends, start + limit) - 1
            end = ends[place] if place >= 0 and ends[place] > start else _next_end(ends, start)
        end = end or len(data)
        yield start, end
        start = end


def _next_end(ends: list[int], start: int) -> int:
    place = bisect.bisect_right(ends, start)
    return ends[place] if place < len(ends) else 0


def _write_all(view: memoryview, write: Write) -> None:
    while view:
        try:
            view = view[write(1, view) :]
        except BlockingIOError:
            select.select([], [1], [])


@contextlib.contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    if 1 in descriptors.CLOSED:
        raise ChurnkitError(f"{STANDARD_OUTPUT} is closed; use -o FILE")
    try:
        yield _StandardOutput()  # type: ignore[misc]
    except OSError as error:
        raise write_error(STANDARD_OUTPUT, error) from None


@contextlib.contextmanager
def _whole_file(path: str) -> Iterator[BinaryIO]:
    """A file that gets its name only when it is complete.

    A link stays a link; anything but a regular file (a FIFO, /dev/stdout) is written directly.
    """
    name = visible(os.fsencode(path).decode("utf-8", "replace"))
    real = os.path.realpath(path)
    if os.path.isdir(real):
        raise ChurnkitError(f"{name} is a folder, not a file")
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
            return
        with _replacing(real) as file:
            yield file
    except OSError as error:
        raise write_error(name, error) from None


@contextlib.contextmanager
def _replacing(path: str) -> Iterator[BinaryIO]:
    """A new file that replaces an old one of the same name once it is complete."""
    folder = os.path.dirname(path)
    handle, temporary = _temporary(folder)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(handle)
            umask = os.umask(0)
            os.umask(umask)
            os.fchmod(handle, os.stat(path).st_mode & 0o7777 if os.path.exists(path) else 0o666 & ~umask)
            if temporary is None:
                temporary = os.path.join(folder, f".{os.urandom(8).hex()}.part")
                # any src_dir_fd makes Python follow the link to the file itself; an absolute name ignores it
                os.link(f"{OPEN_FILES}/{handle}", temporary, src_dir_fd=handle)
            os.replace(temporary, path)
    except BaseException:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
        raise


def _temporary(folder: str) -> tuple[int, str | None]:
    """Descriptor and name of a new file; name None if the system supports files without a name, which leave
    nothing behind after a crash."""
    if os.path.isdir(OPEN_FILES):
        with contextlib.suppress(OSError, AttributeError):
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), None
    import tempfile

    return tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)


def write_error(name: str, error: OSError) -> ChurnkitError:
    """The error for a failed write."""
    return ChurnkitError(f"{name}: {error.strerror or quote(str(error))}")
