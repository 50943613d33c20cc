"""Has a command line run by the server of tests/warm.py, here: with these descriptors, folder and environment.

    python -I -S tests/ask.py SOCKET STORE WORD...      STORE: where equal lines are kept, or empty

It imports only what is built into Python, for it starts a thousand times in a run of the tests.
"""

import _socket
import marshal
import posix
import sys

STREAMS = 3  # descriptors: standard input, output, error


def _is_open(descriptor: int) -> bool:
    try:
        posix.fstat(descriptor)
    except OSError:
        return False
    return True


def ask(path: str, store: str, words: list[str]) -> int:
    """Hands descriptors and surroundings over; the status of the command, below zero for a signal."""
    import resource

    given = [descriptor for descriptor in range(STREAMS) if _is_open(descriptor)]
    file_bytes = resource.getrlimit(resource.RLIMIT_FSIZE)
    request = marshal.dumps((store, words, posix.getcwd(), posix.environ, given, file_bytes))
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    server.connect(path)
    rights = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in given)
    server.sendmsg([len(request).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    server.sendall(request)
    for descriptor in given:
        posix.close(descriptor)  # only the command holds its pipes
    return int(server.recv(8) or 70)


if __name__ == "__main__":
    status = ask(sys.argv[1], sys.argv[2], sys.argv[3:])
    if status < 0:
        import _signal

        _signal.signal(-status, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -status)
    posix._exit(status)
