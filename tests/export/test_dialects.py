"""The table of databases."""

from __future__ import annotations

import pytest
import sqlglot

from churnkit.export.dialects import DIALECTS


@pytest.mark.parametrize("name", DIALECTS)
def test_sqlglot_knows_each_database(name: str) -> None:
    assert DIALECTS[name].name == name
    assert sqlglot.Dialect.get_or_raise(name)
    assert "score.sql" in DIALECTS[name].run
