"""An opened file never becomes standard input, output or error."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
for descriptor in {closed}: os.close(descriptor)
from churnkit.tables import descriptors
descriptors.guard()
opened = os.open(os.devnull, os.O_RDONLY)
sys.exit(0 if opened > 2 and descriptors.CLOSED == set({closed}) else 1)
"""


@pytest.mark.parametrize("closed", [[], [0], [1], [0, 1], [0, 1, 2]], ids=str)
def test_closed_descriptors_are_opened_and_recorded(closed: list[int]) -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT.format(closed=closed)]).returncode == 0


def test_without_the_guard_a_file_gets_a_standard_descriptor() -> None:
    script = "import os, sys; os.close(0); sys.exit(os.open(os.devnull, os.O_RDONLY))"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
