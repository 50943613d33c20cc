"""Keeps descriptors 0, 1 and 2 taken, so that no file that is opened can become one of them."""

from __future__ import annotations

import os

CLOSED: set[int] = set()  # those that the caller had closed


def guard() -> None:
    """Opens /dev/null in the place of each closed standard descriptor, and remembers it."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            CLOSED.add(descriptor)
            os.open(os.devnull, os.O_RDWR)
