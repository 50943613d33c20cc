"""Tables that are held for later come back as they were, from memory or from the file."""

from __future__ import annotations

from functools import partial

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables import spool
from churnkit.tables.spool import Spool


@pytest.mark.parametrize("in_memory", [0, 100, 1 << 20])
def test_tables_come_back_in_any_order(in_memory: int) -> None:
    tables = [pl.DataFrame({"a": ["x", None] * k, "b": [1.5, 2.0] * k}) for k in range(1, 5)]
    held = Spool(in_memory)
    for table in tables:
        held.add(table)
    assert all(held.read(k).equals(tables[k]) for k in (3, 0, 2, 1))
    held.close()


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    full = partial(open, "/dev/full", "w+b", buffering=0)
    monkeypatch.setattr(spool.tempfile, "TemporaryFile", full)
    held = Spool(0)
    with pytest.raises(ChurnkitError, match=r"temporary file .*: No space left on device$"):
        held.add(pl.DataFrame({"a": [1]}))
