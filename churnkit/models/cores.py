"""How many fits run side by side. numpy itself works on one core (churnkit/__main__.py)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

THREADS = 2  # fits at the same time: each holds its own copy of the rows


def fitting_pool(is_on_all: bool) -> ThreadPoolExecutor:
    """Threads for fits side by side; a single one if a fit itself is on all cores."""
    return ThreadPoolExecutor(1 if is_on_all else THREADS)
