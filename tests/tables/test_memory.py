"""Blocks that are freed are used again: their pages are not taken from the system a second time."""

from __future__ import annotations

import resource
import sys

import pytest

from churnkit.tables import memory

SIZE, BLOCKS = 4 << 20, 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="malloc of the GNU C library")
def test_the_pages_of_a_freed_block_are_those_of_the_next_one() -> None:
    memory.keep_freed_memory()
    b"x" * (SIZE + BLOCKS * 4096)  # the first block takes its pages from the system
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for extra in range(BLOCKS):  # each is a little larger than the largest before
        b"x" * (SIZE + extra * 4096)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert taken < SIZE / resource.getpagesize() / 2
