"""Within one_core, numpy's libraries use one core, and what they used before afterwards."""

from __future__ import annotations

from threadpoolctl import threadpool_info

from churnkit.models.cores import one_core


def test_libraries_use_one_core_within_it_and_as_many_as_before_after_it() -> None:
    def cores() -> set[int]:
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    before = cores()
    with one_core():
        assert cores() <= {1}
    assert cores() == before
