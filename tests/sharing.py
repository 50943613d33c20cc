"""A `churnkit` that runs no command line twice: what one example has simulated, another does not simulate again.

    python -S tests/sharing.py STORE CHURNKIT simulate --customers 10

CHURNKIT is the program that runs it. The same words, surroundings, files and standard input give the same bytes, so
these are kept in STORE. A store is as old as a run of the tests: no change of the source can hide behind it.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

WRITES = ("-o", "--out-of-fold", "--truth", "--rejects")  # options that name a file which is written
REPLAYED = ("1", "2")  # what was printed on either stream, by its descriptor


def _parts(words: list[str], given: bytes) -> Iterator[bytes]:
    """All that what a command does may depend on."""
    yield from (word.encode("utf-8", "surrogateescape") for word in words)
    names = sorted(name for name in os.environ if name.startswith("CHURNKIT_") or name == "SOURCE_DATE_EPOCH")
    yield from (f"{name}={os.environ[name]}".encode() for name in names)
    written = _written(words)
    yield from (Path(word).read_bytes() for word in words if os.path.isfile(word) and word not in written)
    yield given


def _written(words: list[str]) -> list[str]:
    return [file for option, file in itertools.pairwise(words) if option in WRITES]


def _run(program: str, words: list[str], given: bytes, kept: Path) -> None:
    """Runs a command line, and keeps what it printed and wrote; a failure is kept as well."""
    done = subprocess.run([program, *words], input=given, capture_output=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        made = Path(name, "made")
        made.mkdir()
        (made / "status").write_text(str(done.returncode))
        for descriptor, printed in zip(REPLAYED, (done.stdout, done.stderr), strict=True):
            (made / descriptor).write_bytes(printed)
        for number, file in enumerate(_written(words)):
            if os.path.exists(file):
                shutil.copyfile(file, made / f"file{number}")
        made.rename(kept)


def main() -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    store, program, *words = sys.argv[1:]
    is_given = any(kind(os.fstat(0).st_mode) for kind in (stat.S_ISFIFO, stat.S_ISREG))
    given = sys.stdin.buffer.read() if is_given else b""
    digest = hashlib.sha256()
    for part in _parts(words, given):
        digest.update(b"%d %b" % (len(part), part))
    kept = Path(store, digest.hexdigest())
    with open(f"{kept}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be at it
        if not kept.exists():
            _run(program, words, given, kept)
    for number, file in enumerate(_written(words)):
        if (kept / f"file{number}").exists():
            shutil.copyfile(kept / f"file{number}", file)
    for descriptor in REPLAYED:
        with open(int(descriptor), "wb", closefd=False) as stream:
            stream.write((kept / descriptor).read_bytes())
    return int((kept / "status").read_text())


if __name__ == "__main__":
    sys.exit(main())
