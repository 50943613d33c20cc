"""What the tests of sampling share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a file that each sample overwrites: a fixture of one test would not go with hypothesis."""
    return str(tmp_path_factory.mktemp("sampling") / "t.csv")
