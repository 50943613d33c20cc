"""How many cores numpy uses: sums of one core are the same on any machine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


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
