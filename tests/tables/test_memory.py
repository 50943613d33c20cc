"""Blocks that are freed are used again: their pages are not taken from the system a second time."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

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


IN_THREADS = """
import ctypes, sys, threading
from churnkit.tables import memory
if sys.argv[1] == "shared":
    memory.share_freed_memory()
together = threading.Barrier(4)
def work():
    together.wait()
    blocks = [bytes(5_000) for _ in range(1_000)]
    together.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(library.fopen(sys.argv[2].encode(), b"w"))
library.malloc_info(0, file)
library.fclose(file)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="malloc of the GNU C library")
def test_threads_that_share_freed_memory_take_it_from_one_place(tmp_path: Path) -> None:
    places = {}
    for how in ("shared", "own"):
        out = tmp_path / how
        subprocess.run([sys.executable, "-c", IN_THREADS, how, str(out)], check=True)
        places[how] = out.read_text().count("<heap nr=")
    assert places["shared"] == 1
    assert places["own"] > 1
