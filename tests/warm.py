"""A `churnkit` that starts at once: a process that has imported everything forks itself for each command line.

    python tests/warm.py SOCKET      serves until its standard input is closed; tests/ask.py asks it

Importing the libraries takes most of the time of a small run. What runs is the same as `python -m churnkit WORD...`,
in a process of its own with the caller's folder, environment, descriptors (or their absence) and limit of the size of
a file; but no signal reaches it from the caller, and no limit of memory, so tests of these start the real one; and an
interval has fewer bootstraps, unless UPDATE_EXAMPLES is set: what people read has them all.
Where the caller names a store, equal lines run once (tests/equal_lines.py), and a fork that a command left as it
found it runs another one: what libraries do at their first call takes longer than a small command.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import marshal
import os
import pkgutil
import resource
import select
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

STREAMS = ("stdin", "stdout", "stderr")  # by descriptor
LENGTH = 4  # bytes in which the length of a request stands
VERIFY = "--verify"  # export runs the file that it wrote
THREADS = b"POLARS_MAX_THREADS"  # a process reads it once


class _Server:
    """Who asks, and the forks that run what is asked."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(64)
        self.ends, self.wakes = os.pipe()
        os.set_blocking(self.wakes, False)
        signal.set_wakeup_fd(self.wakes)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # the end of a fork is a byte in that pipe
        self.callers: dict[int, socket.socket] = {}  # by the fork that runs their command
        # by fork: where it is given commands, and says that one is done
        self.lasting: dict[int, socket.socket] = {}
        self.idle: list[int] = []  # those of them that wait for a command

    def serve(self) -> None:
        """Until standard input is closed."""
        while True:
            ready = select.select([self.socket, sys.stdin, self.ends, *self.lasting.values()], [], [])[0]
            if sys.stdin in ready:
                break
            for process in [process for process, channel in self.lasting.items() if channel in ready]:
                if self.lasting[process].recv(1):
                    _tell(self.callers.pop(process), 0)
                    self.idle.append(process)
                else:  # it has ended, and how is told next
                    self.lasting.pop(process).close()
            if self.ends in ready:
                os.read(self.ends, 4_096)
                for process, status in _ended():
                    _tell(self.callers.pop(process), status)
            if self.socket in ready:
                self._take(self.socket.accept()[0])
        for channel in self.lasting.values():
            channel.close()
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()

    def _take(self, caller: socket.socket) -> None:
        """Has the command of a caller run."""
        if not (request := _received(caller)):
            caller.close()
            return
        if _suits_any(request[0]):
            process = self.idle.pop() if self.idle else self._fork_lasting(caller, request[1])
            _hand_over(self.lasting[process], *request)
        elif not (process := self._fork(caller)):
            status = 1
            try:
                status = _answer(*request)
            finally:
                os._exit(status)
        self.callers[process] = caller
        _close(request[1])

    def _fork(self, caller: socket.socket) -> int:
        """As os.fork; the new process has nothing of those who wait for this one."""
        if process := os.fork():
            return process
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (self.socket, caller, *self.callers.values(), *self.lasting.values()):
            one.close()
        _close([self.ends, self.wakes])
        return 0

    def _fork_lasting(self, caller: socket.socket, descriptors: list[int]) -> int:
        """A new fork that waits for commands; the caller and the descriptors are not for it."""
        here, there = socket.socketpair()
        if not (process := self._fork(caller)):
            here.close()
            _close(descriptors)
            _work(there)
        there.close()
        self.lasting[process] = here
        return process


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
    _Server(path).serve()


def _received(connection: socket.socket) -> tuple[bytes, list[int]] | None:
    """A request and its descriptors; None where the other end is gone."""
    head, descriptors, _, _ = socket.recv_fds(connection, LENGTH, len(STREAMS))
    data = bytearray()
    while len(data) < int.from_bytes(head, "big"):
        if not (part := connection.recv(1 << 16)):
            return None
        data += part
    return (bytes(data), descriptors) if head else None


def _hand_over(channel: socket.socket, request: bytes, descriptors: list[int]) -> None:
    """As tests/ask.py does."""
    socket.send_fds(channel, [len(request).to_bytes(LENGTH, "big")], descriptors)
    channel.sendall(request)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _tell(caller: socket.socket, status: int) -> None:
    with caller, contextlib.suppress(OSError):  # who asked may be gone
        caller.sendall(str(status).encode())


def _suits_any(request: bytes) -> bool:
    """Whether a process that has run other commands can run this one: it begins with nothing of its own."""
    store, words, _, env, given, file_bytes = marshal.loads(request)
    is_usual = len(given) == len(STREAMS) and file_bytes == resource.getrlimit(resource.RLIMIT_FSIZE)
    return bool(store) and is_usual and env.get(THREADS) == os.environb.get(THREADS) and VERIFY not in words


def _work(channel: socket.socket) -> NoReturn:
    """Runs one command after another, until one fails or leaves a thread or a file behind."""
    status = 1
    try:
        held = _let_go()
        while request := _received(channel):
            status = _answer(*request)
            sys.stderr.flush()
            if _let_go() != held or status:
                break
            channel.sendall(b"\n")
    finally:
        os._exit(status)


def _let_go() -> tuple[int, int]:
    """Leaves the streams to the caller alone. The number of threads, and of pipes and files that are open."""
    with open(os.devnull, "rb+", buffering=0) as null:
        for place in range(len(STREAMS)):
            os.dup2(null.fileno(), place)
    modes = []
    for descriptor in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # that of the folder is closed again
            modes.append(os.fstat(int(descriptor)).st_mode)
    return threading.active_count(), sum(stat.S_ISFIFO(mode) or stat.S_ISREG(mode) for mode in modes)


def _ended() -> Iterator[tuple[int, int]]:
    """The forks that are done, and how they ended: below zero by a signal."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _answer(request: bytes, descriptors: list[int]) -> int:
    """Runs the command of a caller in this process; its status."""
    from tests import equal_lines

    store, words, folder, env, given, file_bytes = marshal.loads(request)
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


@functools.cache
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
    if VERIFY not in words:
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


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)  # `tests` from here, and no module of its folder
    serve(sys.argv[1])
