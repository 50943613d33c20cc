"""A `churnkit` that starts at once: a process that has imported everything forks itself for each command line.

    python tests/warm.py serve SOCKET              serves until its standard input is closed
    python -S tests/warm.py ask SOCKET WORD...     runs `churnkit WORD...` here, with these descriptors

Importing the libraries takes most of the time of a small run. What runs is the same as `python -m churnkit WORD...`,
in a process of its own with the caller's folder, environment and descriptors; but no signal reaches it from the
caller, and no limit, so tests of these start the real one.
"""

import json
import os
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!I")


def ask(path: str, words: list[str]) -> int:
    """Hands descriptors and surroundings over; the status of the command."""
    request = json.dumps({"words": words, "folder": os.getcwd(), "env": dict(os.environ)}).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [LENGTH.pack(len(request))], [0, 1, 2])
        server.sendall(request)
        for descriptor in (0, 1, 2):
            os.close(descriptor)  # only the command holds its pipes
        status = int(server.recv(8) or 70)
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def serve(path: str) -> None:
    """A fork for each caller; a fork of that runs the command, the first waits for it."""
    import importlib
    import pkgutil
    import select

    import xgboost  # noqa: F401 (there for the forks)

    import churnkit.commands

    for module in pkgutil.walk_packages(churnkit.__path__, "churnkit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    while sys.stdin not in (ready := select.select([server, sys.stdin], [], [])[0]) and ready:
        caller = server.accept()[0]
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(_answer(caller))
        caller.close()


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
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
        os.close(descriptor)
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
