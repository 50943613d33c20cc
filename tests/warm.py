"""A `churnkit` that starts at once: a process that has imported everything forks itself for each command line.

    python tests/warm.py serve SOCKET              serves until its standard input is closed
    python -S tests/warm.py ask SOCKET WORD...     runs `churnkit WORD...` here, with these descriptors

Importing the libraries takes most of the time of a small run. What runs is the same as `python -m churnkit WORD...`,
in a process of its own with the caller's folder, environment, descriptors (or their absence) and limit of the size of
a file; but no signal reaches it from the caller, and no limit of memory, so tests of these start the real one.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!I")
STREAMS = ("stdin", "stdout", "stderr")  # by descriptor


def ask(path: str, words: list[str]) -> int:
    """Hands descriptors and surroundings over; the status of the command."""
    given = [descriptor for descriptor in range(len(STREAMS)) if _is_open(descriptor)]
    surroundings = {"folder": os.getcwd(), "env": dict(os.environ), "given": given}
    file_bytes = resource.getrlimit(resource.RLIMIT_FSIZE)
    request = json.dumps({"words": words, "file_bytes": file_bytes, **surroundings}).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [LENGTH.pack(len(request))], given)
        server.sendall(request)
        for descriptor in given:
            os.close(descriptor)  # only the command holds its pipes
        status = int(server.recv(8) or 70)
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _is_open(descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        os.fstat(descriptor)
        return True
    return False


def serve(path: str) -> None:
    """A fork for each caller; a fork of that runs the command, the first waits for it."""
    import importlib
    import pkgutil
    import select

    import xgboost  # noqa: F401 (these are there for the forks)

    import churnkit.commands

    for module in pkgutil.walk_packages(churnkit.__path__, "churnkit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    while sys.stdin not in (ready := select.select([server, sys.stdin], [], [])[0]) and ready:
        caller = server.accept()[0]
        if os.fork() == 0:
            server.close()
            os._exit(_answer(caller))
        caller.close()
        _bury()


def _bury() -> None:
    """Waits for the forks that are done, so that what they took is counted as this process's own."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _answer(caller: socket.socket) -> int:
    head, descriptors, _, _ = socket.recv_fds(caller, LENGTH.size, 3)
    request = json.loads(_exactly(caller, LENGTH.unpack(head)[0]))
    child = os.fork()
    if child:
        for descriptor in descriptors:
            os.close(descriptor)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        caller.sendall(str(status).encode())
        return 0
    caller.close()
    for place, descriptor in zip(request["given"], descriptors, strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    for place, name in enumerate(STREAMS):
        if place not in request["given"]:
            os.close(place)
            setattr(sys, name, None)  # as Python finds it when it starts
    resource.setrlimit(resource.RLIMIT_FSIZE, request["file_bytes"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["churnkit", *request["words"]]
    from churnkit.__main__ import main

    try:
        main()
    except SystemExit as done:
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
    role, socket_path, *line = sys.argv[1:]
    if role == "ask":
        sys.exit(ask(socket_path, line))
    serve(socket_path)
