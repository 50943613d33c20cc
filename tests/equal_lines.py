"""Equal command lines run once: what one example has simulated or fitted, another does not again.

The same words, variables, files and standard input give the same bytes, so what a line printed and wrote is kept in a
folder, for all processes of a run of the tests. A store is as old as that run: no change of the source can hide
behind it. Commands that read a folder, or a file that their line does not name, are not among them.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

COMMANDS = frozenset(
    [
        "simulate",
        "featurize",
        "fit",
        "evaluate",
        "backtest",
        "score",
        "explain",
        "measure",
        "profile",
        "drift",
        "diff",
        "forecast",
    ]
)
WRITES = (
    "-o",
    "--out-of-fold",
    "--truth",
    "--rejects",
    "--findings",
    "--notes",
)  # options that name a file which is written
VARIABLES = (
    "CHURNKIT_",
    "SOURCE_DATE_EPOCH",
    "COLUMNS",
    "TZ",
)  # how names begin of what a command may depend on


def is_shared(words: list[str]) -> bool:
    """Whether a line runs once: all files that it reads or writes are words of it."""
    if not words or words[0] not in COMMANDS or any(word.startswith("--") and "=" in word for word in words):
        return False
    return all(words.count(file) == 1 for file in _written(words))


def run(store: str, words: list[str], run_command: Callable[[int, int, int], int]) -> int:
    """The status of a line, whose files and bytes are there afterwards.

    run_command: runs it with these three descriptors.
    """
    is_given = any(kind(os.fstat(0).st_mode) for kind in (stat.S_ISFIFO, stat.S_ISREG))
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as given:
        if is_given:
            with open(0, "rb", closefd=False) as stdin:
                shutil.copyfileobj(stdin, given)
        for part in _parts(words, given):
            digest.update(b"%d %b" % (len(part), part))
        given.seek(0)
        kept = Path(store, digest.hexdigest())
        with open(f"{kept}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be at it
            if not kept.exists():
                _keep(words, given.fileno() if is_given else 0, kept, run_command)
    for number, file in enumerate(_written(words)):
        if (kept / f"file{number}").exists():
            shutil.copyfile(kept / f"file{number}", file)
    for descriptor in (1, 2):
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write((kept / str(descriptor)).read_bytes())
    return int((kept / "status").read_text())


def _parts(words: list[str], given: IO[bytes]) -> Iterator[bytes]:
    """All that what a command does may depend on."""
    yield from (word.encode("utf-8", "surrogateescape") for word in words)
    names = sorted(name for name in os.environ if name.startswith(VARIABLES))
    yield from (f"{name}={os.environ[name]}".encode("utf-8", "surrogateescape") for name in names)
    written = _written(words)
    yield from (Path(word).read_bytes() for word in words if os.path.isfile(word) and word not in written)
    given.seek(0)
    yield given.read()


def _written(words: list[str]) -> list[str]:
    return [file for option, file in itertools.pairwise(words) if option in WRITES]


def _keep(words: list[str], given: int, kept: Path, run_command: Callable[[int, int, int], int]) -> None:
    """Runs a command line, and keeps what it printed and wrote; a failure is kept as well."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        made = Path(name, "made")
        made.mkdir()
        with (made / "1").open("wb") as out, (made / "2").open("wb") as err:
            status = run_command(given, out.fileno(), err.fileno())
        (made / "status").write_text(str(status))
        for number, file in enumerate(_written(words)):
            if os.path.exists(file):
                shutil.copyfile(file, made / f"file{number}")
        made.rename(kept)
