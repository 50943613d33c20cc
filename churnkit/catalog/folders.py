"""Walks folders for files that may be tables or models; reads a listing of files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from churnkit import errors
from churnkit.errors import STANDARD_INPUT, ChurnkitError
from churnkit.tables import descriptors, formats, streams

NO_TABLE = "not a table by its name"


@dataclass(frozen=True)
class FoundFile:
    """A file. size: bytes on the disk. changed: nanoseconds since 1970. is_named: the user named it."""

    path: str
    size: int
    changed: int
    is_named: bool


@dataclass
class FolderFiles:
    """The files of some paths, and what was left out: path → why. names: of files that are no tables."""

    files: list[FoundFile] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def add(self, path: str) -> None:
        """Adds a file that the user named, or all files of a folder. Raises ChurnkitError if it cannot."""
        try:
            status = os.stat(path)
        except OSError as error:
            raise streams.system_error(path, error) from None
        if stat.S_ISDIR(status.st_mode):
            self._add_folder(path, status)
            return
        if not stat.S_ISREG(status.st_mode):
            raise ChurnkitError(
                f"{errors.shown_path(path)} is not a file or folder: catalog reads files twice"
            )
        streams.check_readable([path])
        self._add_file(path, status, is_named=True)

    def _add_folder(self, top: str, status: os.stat_result) -> None:
        waiting = [(top, status)]
        while waiting:
            folder, status = waiting.pop()
            if self._is_seen(status):  # a link that leads back, or two to one folder
                continue
            try:
                with os.scandir(folder) as entries:
                    inside = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                if folder == top:
                    raise streams.system_error(folder, error) from None
                self.unread[folder] = error.strerror or str(error)
                continue
            folders = []
            for entry in inside:
                if entry.name.startswith("."):
                    continue
                path = entry.name if folder == "." else os.path.join(folder, entry.name)
                try:
                    status = entry.stat()
                except OSError as error:
                    self.unread[path] = error.strerror or str(error)
                    continue
                if stat.S_ISDIR(status.st_mode):
                    folders.append((path, status))
                elif stat.S_ISREG(status.st_mode):
                    self._add_file(path, status, is_named=False)
            waiting += reversed(folders)

    def _add_file(self, path: str, status: os.stat_result, *, is_named: bool) -> None:
        if not is_named and not formats.is_table_name(path):
            self.others.append(path)
            return
        if not os.access(path, os.R_OK):
            self.unread[path] = "Permission denied"
            return
        is_output = 1 not in descriptors.CLOSED and os.path.samestat(status, os.fstat(1))
        if not is_output and not self._is_seen(status):
            self.files.append(FoundFile(path, status.st_size, status.st_mtime_ns, is_named))

    def _is_seen(self, status: os.stat_result) -> bool:
        place = status.st_dev, status.st_ino
        is_seen = place in self._seen
        self._seen.add(place)
        return is_seen


def walk(paths: Sequence[str]) -> FolderFiles:
    """The files of the paths; nothing: of the current folder. A `-` is a listing on standard input.

    Raises ChurnkitError for a path that the user named and that cannot be read.
    """
    found = FolderFiles()
    for path in paths or ["."]:
        for each in _listing() if path == "-" else [path]:
            found.add(each)
    return found


def _listing() -> Iterable[str]:
    """The paths on standard input: one per line, or separated by NUL bytes (find -print0)."""
    streams.check_readable(["-"])
    data = b"".join(streams.read("-"))
    separator = b"\0" if b"\0" in data else b"\n"
    paths = [os.fsdecode(part.removesuffix(b"\r")) for part in data.split(separator) if part.strip()]
    if not paths:
        raise ChurnkitError(f"{STANDARD_INPUT} lists no file")
    return paths


def changed_at(files: Sequence[FoundFile]) -> str:
    """When the latest of these files was changed: ISO 8601 in UTC, to the microsecond."""
    microseconds = max(file.changed for file in files) // 1_000
    moment = datetime.fromtimestamp(microseconds // 1_000_000, timezone.utc)
    return (
        moment.replace(microsecond=microseconds % 1_000_000)
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )
