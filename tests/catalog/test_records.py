"""Saved catalogs are checked, line by line."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from churnkit.catalog.reading import read_catalog
from churnkit.catalog.records import is_catalog, parse_catalog
from churnkit.tables.table import Reading


def test_a_catalog_reads_back_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,x\n1,2\n2,2\n")
    records = read_catalog([str(tmp_path)], Reading(), "2024-01-01T00:00:00Z").records
    data = b"".join(orjson.dumps(record) + b"\n" for record in records)
    assert is_catalog(data)
    assert parse_catalog(data) == records


@pytest.mark.parametrize(
    ("line", "why"), [(b"{", "line 1: not JSON"), (b'{"path":1}', "line 1: path"), (b"[]", "line 1")]
)
def test_an_error_names_the_line(line: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_catalog(line)
