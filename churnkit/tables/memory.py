"""Memory that is freed is used again, where a command takes and frees large blocks all the time."""

from __future__ import annotations

LARGEST = 16 << 20  # bytes


def keep_freed_memory() -> None:
    """Lets malloc of the GNU C library keep freed blocks instead of giving them back to the system.

    It maps blocks larger than any that was freed so far, and unmaps them again; of the others it keeps up to
    twice that size. Each page that is mapped anew is filled with zeros first. The block freed here is never
    used, so it takes no memory. Other libraries are not affected.
    """
    bytes(LARGEST)
