"""A file that cannot be written says why, in words of the system."""

from __future__ import annotations

import errno

import polars as pl
import pytest

from churnkit.tables.watched_file import WatchedFile


def test_the_error_of_the_system_is_kept_when_a_library_says_it_otherwise() -> None:
    with open("/dev/full", "wb", buffering=0) as file:
        watched = WatchedFile(file)
        with pytest.raises((OSError, pl.exceptions.PolarsError)):
            pl.DataFrame({"a": [1]}).write_ipc(watched)  # type: ignore[arg-type]
    assert watched.error is not None
    assert watched.error.errno == errno.ENOSPC
