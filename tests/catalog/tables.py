"""Small tables as the catalog knows them, for tests of its pure modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from churnkit.catalog.contents import CatalogTable, describe
from churnkit.profiling.overview import TableOverview, analyse


def table(path: str, columns: Mapping[str, Sequence[str | None]], files: int = 1) -> CatalogTable:
    """columns: name → texts."""
    overview = TableOverview()
    overview.add(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    described = describe(analyse([overview])[0])
    paths = tuple([path] * files)
    return CatalogTable(path, paths, "csv", overview.rows, 1, 1, "0" * 64, "2024-01-01T00:00:00Z", described)


def numbers(count: int, start: int = 1, step: int = 1) -> list[str]:
    return [str(start + step * i) for i in range(count)]
