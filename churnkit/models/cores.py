"""How many cores fits use: sums of one core are the same on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

THREADS = 2  # fits at the same time: each holds its own copy of the rows


@contextmanager
def fitting_pool(is_on_all: bool) -> Iterator[Executor]:
    """Threads for fits side by side, each on one core; a single one if a fit itself is on all cores."""
    with (
        nullcontext() if is_on_all else one_core(),
        ThreadPoolExecutor(1 if is_on_all else THREADS) as pool,
    ):
        yield pool


def one_core() -> AbstractContextManager[Any]:
    """Within it, numpy multiplies matrices on one core."""
    limited: AbstractContextManager[Any] = _libraries().limit(limits=1)
    return limited


@cache
def _libraries() -> Any:
    """The libraries of numpy, which are found once: that takes longer than a small fit."""
    import numpy  # noqa: F401  so that its libraries are there
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
