"""The one place that writes: whole lines to standard output, whole files or none to -o FILE."""

from __future__ import annotations

import bisect
import contextlib
import io
import os
import select
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from churnkit import messages
from churnkit.errors import ChurnkitError, quote, visible
from churnkit.tables import descriptors, formats, records

if TYPE_CHECKING:
    import polars as pl

PIPE_ATOM = 4096  # bytes that a pipe takes at once, whoever else writes to it
PART = 1 << 16  # bytes of a write to anything else
STANDARD_OUTPUT = "standard output"
OPEN_FILES = "/proc/self/fd"  # where Linux gives open files a name
Write = Callable[[int, memoryview], int]  # os.write, or one that fails when a test wants it to
_ANY_CSV = formats.Layout(formats.CSV, formats.SEPARATORS)  # a field may begin behind any of them


class Output:
    """Where a command's result goes. format: csv, tsv, jsonl, parquet, or that of a picture."""

    def __init__(self, file: BinaryIO, format: str, header: bool = True) -> None:
        self.format = format
        self._file = file
        self._header_due = header
        self._frames: list[pl.DataFrame] = []

    def bytes(self, data: bytes) -> None:
        """Bytes as they stand; whole lines, if there are lines."""
        if data:
            self._file.write(data)

    def text(self, text: str) -> None:
        """Text for a person, or a picture, ended by a newline; nothing in it that a terminal would obey."""
        lines = text.removesuffix("\n").split("\n")
        self.bytes("".join(f"{visible(line)}\n" for line in lines).encode())

    def records(self, records: Iterable[dict[str, Any]]) -> None:
        """A JSON object a line, in any nesting; as many at a time as a pipe takes at once."""
        import orjson

        held: list[bytes] = []
        size = 0
        for record in records:
            line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
            if size + len(line) > PIPE_ATOM:
                self.bytes(b"".join(held))
                held, size = [], 0
            held.append(line)
            size += len(line)
        self.bytes(b"".join(held))

    def frame(self, frame: pl.DataFrame) -> None:
        """Rows of a table; the first call writes the header, and all have the same columns."""
        format = formats.FORMATS[self.format]
        if format.is_whole:
            self._frames.append(frame)
        elif format.write is not None:
            self.bytes(format.write(frame, self._header_due))
            self._header_due = False

    def table(self, records: Sequence[dict[str, Any]], fields: Sequence[str]) -> None:
        """Records as rows of a table with these columns; the header alone where there is no record."""
        import polars as pl

        empty = pl.DataFrame(schema=dict.fromkeys(fields, pl.String))
        self.frame(pl.DataFrame(records, infer_schema_length=None).select(fields) if records else empty)

    def close(self) -> None:
        """What can only be written when all is known."""
        format = formats.FORMATS[self.format]
        if self._frames and format.write is not None:
            import polars as pl

            self.bytes(format.write(pl.concat(self._frames), self._header_due))


@dataclass(frozen=True)
class Destination:
    """Where a command's output goes, as the user said: -o FILE, --to and --no-header.

    formats: those that the command writes. default: where the user says none. is_shown: a terminal gets text.
    """

    path: str | None
    to: str | None
    has_header: bool
    formats: tuple[str, ...]
    default: str
    is_shown: bool

    @property
    def format(self) -> str:
        """The format of the output. Raises ChurnkitError for one that cannot go there."""
        default = formats.text_on_terminal(self.path, self.default) if self.is_shown else self.default
        return formats.choose_format(self.to, self.path, self.formats, default)

    def open(self) -> contextlib.AbstractContextManager[Output]:
        """The output, to write to."""
        return open_output(self.path, self.format, header=self.has_header)


@contextlib.contextmanager
def open_output(path: str | None, format: str, *, header: bool = True) -> Iterator[Output]:
    """An Output to a file, whole or not at all, or to standard output, line by line.

    Raises ChurnkitError for a place that cannot be written, before anything is read.
    """
    with _whole_file(path) if path is not None else _standard_output() as file:
        output = Output(file, format, header)
        yield output
        output.close()


def open_table(path: str) -> contextlib.AbstractContextManager[Output]:
    """An Output to a FILE beside the command's own output: a table, in the format of its ending, else CSV."""
    return open_output(path, formats.choose_format(None, path, formats.TABLES, "csv"))


class _StandardOutput(io.RawIOBase):
    """Descriptor 1 in writes of whole lines: at most 4,096 bytes where others may share the pipe."""

    def __init__(self, write: Write = os.write) -> None:
        mode = os.fstat(1).st_mode
        self._part = PIPE_ATOM if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else PART
        self._write = write

    def write(self, data: Any) -> int:
        messages.clear_progress()
        view = memoryview(data)
        for start, end in _parts(data, self._part):
            _write_all(view[start:end], self._write)
        return len(data)


def _parts(data: bytes, limit: int) -> Iterator[tuple[int, int]]:
    """Data cut into parts of whole lines (records, where quotes hold line ends) of at most limit bytes.

    A line longer than the limit is a part by itself.
    """
    if len(data) <= limit:
        yield 0, len(data)
        return
    ends = records.record_ends(data, _ANY_CSV) if b'"' in data else None
    start = 0
    while start < len(data):
        if ends is None:
            end = data.rfind(b"\n", start, start + limit) + 1 or data.find(b"\n", start + limit) + 1
        else:
            place = bisect.bisect_right(ends, start + limit) - 1
            end = ends[place] if place >= 0 and ends[place] > start else _next(ends, start)
        end = end or len(data)
        yield start, end
        start = end


def _next(ends: list[int], start: int) -> int:
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
    """A file that appears under its name only when all of it is written.

    A link stays a link; what is no regular file (a FIFO, /dev/stdout) is written to directly.
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
    """A file that takes its name, and the place of an old one, once it is whole."""
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
    """A new file's descriptor, and its name; none where the system can do without, so that not even a
    crash in a library leaves a file behind."""
    if os.path.isdir(OPEN_FILES):
        with contextlib.suppress(OSError, AttributeError):
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), None
    import tempfile

    return tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)


def write_error(name: str, error: OSError) -> ChurnkitError:
    """The one line for a place that takes no more."""
    return ChurnkitError(f"{name}: {error.strerror or quote(str(error))}")
