"""How the GNU C library keeps freed memory, where a command takes and frees blocks all the time."""

from __future__ import annotations

import contextlib

LARGEST = 16 << 20  # bytes
_ARENAS = -8  # M_ARENA_MAX in malloc.h


def keep_freed_memory() -> None:
    """Lets malloc of the GNU C library keep freed blocks instead of giving them back to the system.

    It maps blocks larger than any that was freed so far, and unmaps them again; of the others it keeps up to
    twice that size. Each page that is mapped anew is filled with zeros first. The block freed here is never
    used, so it takes no memory. Other libraries are not affected.
    """
    bytes(LARGEST)


def share_freed_memory() -> None:
    """Lets all threads take memory from one place, if the C library can. Called before there are any."""
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)
