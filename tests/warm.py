"""A `churnkit` that starts at once: a process that has imported everything forks itself for each command line.

    python tests/warm.py SOCKET      serves until its standard input is closed; tests/ask.py asks it

Importing the libraries takes most of the time of a small run. What runs is the same as `python -m churnkit WORD...`,
in a process of its own with the caller's folder, environment, descriptors (or their absence) and limit of the size of
a file; but no signal reaches it from the caller, and no limit of memory, so tests of these start the real one; and an
interval has fewer bootstraps, unless UPDATE_EXAMPLES is set: what people read has them all.
Where the caller names a store, equal lines run once (tests/equal_lines.py).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import marshal
import os
import pkgutil
import resource
import select
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

STREAMS = ("stdin", "stdout", "stderr")  # by descriptor
LENGTH = 4  # bytes in which the length of a request stands


def serve(path: str) -> None:
    """A fork for each caller, which runs the command; how it ended is told from here."""
    # As for each command line (churnkit/__main__.py): with it, a fork would copy twice the memory.
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    import xgboost  # noqa: F401 (these are there for the forks)

    import churnkit.commands
    import tests.equal_lines  # noqa: F401
    from churnkit.evaluation import bootstrap
    from tests.shell import FEW_BOOTSTRAPS

    for module in pkgutil.walk_packages(churnkit.__path__, "churnkit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    if not os.environ.get("UPDATE_EXAMPLES"):
        bootstrap.REPEATS = FEW_BOOTSTRAPS
    gc.collect()
    gc.freeze()  # no fork looks through what it shares with the others
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    ends, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # the end of a fork is a byte in that pipe
    callers: dict[int, socket.socket] = {}  # by the fork that runs their command
    while sys.stdin not in (ready := select.select([server, sys.stdin, ends], [], [])[0]):
        if ends in ready:
            os.read(ends, 4_096)
            for fork, status in _ended():
                with callers.pop(fork) as caller, contextlib.suppress(OSError):  # who asked may be gone
                    caller.sendall(str(status).encode())
        if server in ready:
            caller = server.accept()[0]
            if fork := os.fork():
                callers[fork] = caller
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (server.detach(), ends, wakes):
                os.close(descriptor)
            status = 1
            try:
                status = _answer(caller)
            finally:
                os._exit(status)


def _ended() -> Iterator[tuple[int, int]]:
    """The forks that are done, and how they ended: below zero by a signal."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _answer(caller: socket.socket) -> int:
    """Runs the command of a caller in this process; its status."""
    from tests import equal_lines

    head, descriptors, _, _ = socket.recv_fds(caller, LENGTH, len(STREAMS))
    store, words, folder, env, given, file_bytes = marshal.loads(
        _exactly(caller, int.from_bytes(head, "big"))
    )
    caller.close()
    for place, descriptor in zip(given, descriptors, strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    for place in {*range(len(STREAMS))} - {*given}:
        os.close(place)
        setattr(sys, STREAMS[place], None)  # as Python finds it when it starts
    os.chdir(os.fsdecode(folder))
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in env.items()})
    is_whole = len(given) == len(STREAMS) and file_bytes == resource.getrlimit(resource.RLIMIT_FSIZE)
    if not (store and is_whole and equal_lines.is_shared(words)):
        resource.setrlimit(resource.RLIMIT_FSIZE, file_bytes)
        return _run(words)

    def run(*places: int) -> int:
        own = [os.dup(place) for place in given]
        for place, descriptor in enumerate(places):
            os.dup2(descriptor, place)
        status = _run(words)
        sys.stderr.flush()
        for place, descriptor in enumerate(own):
            os.dup2(descriptor, place)
            os.close(descriptor)
        return status

    return equal_lines.run(store, words, run)


def forbid() -> None:
    """From now on this process ends where it would speak to a network or start a program: no command does."""
    connects, starts = (
        {"socket.connect", "socket.bind", "socket.getaddrinfo"},
        {"subprocess.Popen", "os.system"},
    )
    forbidden = connects | starts | {"os.exec", "os.fork", "os.posix_spawn"}

    def refuse(event: str, _: object) -> None:
        if event in forbidden:
            raise SystemExit(f"forbidden: {event}")

    sys.addaudithook(refuse)


def _run(words: list[str]) -> int:
    """A command line in this process; its status."""
    if "--verify" not in words:  # export runs the file that it wrote
        forbid()
    sys.argv = ["churnkit", *words]
    from churnkit import __main__ as entry

    entry._leave = sys.exit  # type: ignore[assignment]  # this process goes on: it keeps what was printed
    try:
        entry.main()
    except SystemExit as done:
        if isinstance(done.code, str):
            print(done.code, file=sys.stderr)
            return 1
        return int(done.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _exactly(caller: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        got += caller.recv(length - len(got))
    return got


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)  # `tests` from here, and no module of its folder
    serve(sys.argv[1])
