"""Columns of a log: a text column is what all its values in all parts are."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from churnkit.eventlog.log_blocks import CustomerRows
from churnkit.eventlog.log_columns import DATE, LogRoles, NeededKinds, types_of
from churnkit.tables.casts import ID, NUMBER, TEXT, TIME
from churnkit.tables.column_casts import Notation

KINDS = {"who": ID, "at": TIME, "x": TEXT, "recurring": TEXT}
NEEDED = NeededKinds(
    LogRoles("who", "at", None, None), KINDS, [], {}, {"x": "x", "recurring": "recurring"}, {}, by_type=True
)


def _part(*texts: str | None) -> CustomerRows:
    column = pl.Series(texts, dtype=pl.Categorical)
    rows = pl.DataFrame({"x": column, "recurring": column})
    return CustomerRows(pl.Series(["a"]), np.zeros(len(texts), dtype=np.int32), rows)


@pytest.mark.parametrize(
    ("parts", "types"),
    [
        ([("2024-05-01",), ("2024-05-02", None)], {"x": DATE, "recurring": DATE}),
        ([("2024-05-01",), ("soon",)], {}),
        ([("1",), ("2.5", None)], {"recurring": NUMBER}),
        ([(None,), (None,)], {"recurring": NUMBER}),
    ],
    ids=["dates", "a word among dates", "numbers", "no value"],
)
def test_a_text_column_has_the_type_of_all_its_values(
    parts: list[tuple[str | None, ...]], types: dict[str, str]
) -> None:
    assert types_of(NEEDED, [_part(*texts) for texts in parts], Notation()) == types


def test_a_log_without_rows_has_all_columns() -> None:
    assert NEEDED.no_rows.rows.columns == ["who", "at", "x", "recurring"]
