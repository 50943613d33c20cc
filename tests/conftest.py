"""What all tests share: the command as a user has it, and colourless, reproducible surroundings."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# no test is timed: a busy machine is no failure
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `churnkit`, run by the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "churnkit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m churnkit "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture(scope="session")
def shell_env(bin_folder: Path) -> dict[str, str]:
    """An environment in which a shell finds this churnkit first, and nothing else speaks for it."""
    root = str(Path(__file__).parent.parent)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CHURNKIT_")}
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": root, "COLUMNS": "80", "SOURCE_DATE_EPOCH": "1700000000"}


@pytest.fixture(autouse=True)
def _not_quiet() -> None:
    """A test that said -q silences no other."""
    from churnkit import messages

    messages.set_quiet(False)
