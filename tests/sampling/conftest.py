"""Fixtures of the tests of sampling."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a file that each sample overwrites: hypothesis does not allow a fixture per test."""
    return str(tmp_path_factory.mktemp("sampling") / "t.csv")
