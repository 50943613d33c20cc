"""Within one_core, and in threads that fit side by side, numpy's libraries use one core, and what they used before
afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from threadpoolctl import threadpool_info

from churnkit.models.cores import fitting_pool, one_core


def _cores() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.parametrize(
    "limits", [one_core, lambda: fitting_pool(is_on_all=False)], ids=["one_core", "pool"]
)
def test_libraries_use_one_core_within_it_and_as_many_as_before_after_it(
    limits: Callable[[], AbstractContextManager[Any]],
) -> None:
    before = _cores()
    with limits():
        assert _cores() <= {1}
    assert _cores() == before


def test_fits_that_use_all_cores_themselves_are_not_limited() -> None:
    before = _cores()
    with fitting_pool(is_on_all=True):
        assert _cores() == before
