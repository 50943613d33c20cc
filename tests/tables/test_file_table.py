"""A column that cannot be read is refused only where it is needed."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables.file_table import FileTable


def test_the_first_needed_column_that_cannot_be_read_is_named() -> None:
    table = FileTable(pl.DataFrame({"a": ["1"], "x": [None]}), {"x": "a MAP cannot be read"})
    table.refuse("t.parquet", ["a"])
    with pytest.raises(ChurnkitError, match=r"^t\.parquet: column 'x': a MAP cannot be read$"):
        table.refuse("t.parquet", ["a", "x"])
