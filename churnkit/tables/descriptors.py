"""Keeps descriptors 0, 1 and 2 in use, so that no opened file gets one of these numbers."""

from __future__ import annotations

import os

CLOSED: set[int] = set()  # the standard descriptors that the caller had closed


def guard() -> None:
    """Opens /dev/null for each closed standard descriptor, and adds it to CLOSED."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            CLOSED.add(descriptor)
            os.open(os.devnull, os.O_RDWR)
