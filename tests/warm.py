"""A `churnkit` that starts at once: a process that has imported everything forks itself for each command line.

    python tests/warm.py SOCKET      serves until its standard input is closed; tests/ask.py asks it

Importing the libraries takes most of the time of a small run. What runs is the same as `python -m churnkit WORD...`,
in a process of its own with the caller's folder, environment, descriptors (or their absence) and limit of the size of
a file; but no signal reaches it from the caller, and no limit of memory, so tests of these start the real one.
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
from pathlib import Path

STREAMS = ("stdin", "stdout", "stderr")  # by descriptor
LENGTH = 4  # bytes in which the length of a request stands


def serve(path: str) -> None:
    """A fork for each caller; a fork of that runs the command, the first waits for it."""
    import xgboost  # noqa: F401 (these are there for the forks)

    import churnkit.commands
    import tests.equal_lines  # noqa: F401

    for module in pkgutil.walk_packages(churnkit.__path__, "churnkit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # no fork looks through what it shares with the others
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    while sys.stdin not in (ready := select.select([server, sys.stdin], [], [])[0]) and ready:
        caller = server.accept()[0]
        if os.fork() == 0:
            server.close()
            try:
                _answer(caller)
            finally:
                os._exit(0)
        caller.close()
        _bury()


def _bury() -> None:
    """Waits for the forks that are done, so that what they took is counted as this process's own."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _answer(caller: socket.socket) -> None:
    from tests import equal_lines

    head, descriptors, _, _ = socket.recv_fds(caller, LENGTH, len(STREAMS))
    store, words, folder, env, given, file_bytes = marshal.loads(
        _exactly(caller, int.from_bytes(head, "big"))
    )
    for place, descriptor in zip(given, descriptors, strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    for place in {*range(len(STREAMS))} - {*given}:
        os.close(place)
        setattr(sys, STREAMS[place], None)  # as Python finds it when it starts
    os.chdir(os.fsdecode(folder))
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in env.items()})

    def run(*places: int) -> int:
        child = os.fork()
        if child:
            for place in given if not places else ():
                os.close(place)  # only the command holds its pipes
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        caller.close()
        for place, descriptor in enumerate(places):
            os.dup2(descriptor, place)
        resource.setrlimit(resource.RLIMIT_FSIZE, file_bytes)
        status = 1
        try:
            status = _run(words)
        finally:
            os._exit(status)

    try:
        is_shared = bool(store) and len(given) == len(STREAMS) and equal_lines.is_shared(words)
        status = equal_lines.run(store, words, run) if is_shared else run()
    except BrokenPipeError:
        status = -signal.SIGPIPE
    caller.sendall(str(status).encode())


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
    forbid()
    sys.argv = ["churnkit", *words]
    from churnkit.__main__ import main

    try:
        main()
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
