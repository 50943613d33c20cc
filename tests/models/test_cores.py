"""Fits run side by side, unless one is on all cores itself."""

from __future__ import annotations

import threading

import pytest

from churnkit.models.cores import fitting_pool


@pytest.mark.parametrize(("is_on_all", "side_by_side"), [(False, 2), (True, 1)])
def test_two_fits_run_side_by_side_and_one_that_is_on_all_cores_alone(
    is_on_all: bool, side_by_side: int
) -> None:
    together = threading.Barrier(side_by_side)
    with fitting_pool(is_on_all) as pool:
        names = {*pool.map(lambda _: (together.wait(), threading.get_ident())[1], range(2))}
    assert len(names) == side_by_side
