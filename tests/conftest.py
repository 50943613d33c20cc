"""What all tests share: the command as a user has it, and colourless, reproducible surroundings."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.shell import wait_until

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as in churnkit/__main__.py, before a library reads it

# no test is timed: a busy machine is no failure; a law is tried on few examples, other ones in each run
settings.register_profile(
    "quick", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", settings.get_profile("quick"), max_examples=1_000)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `churnkit`, run by the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("bin")
    _program(folder / "churnkit", f'exec "{sys.executable}" -m churnkit "$@"')
    return folder


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(scope="session")
def shell_env(bin_folder: Path) -> dict[str, str]:
    """An environment in which a shell finds this churnkit first, and nothing else speaks for it."""
    root = str(Path(__file__).parent.parent)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CHURNKIT_")}
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": root, "COLUMNS": "100", "SOURCE_DATE_EPOCH": "1700000000"}


@pytest.fixture(scope="session")
def warm_program(shell_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A `churnkit` that starts at once (tests/warm.py)."""
    folder = tmp_path_factory.mktemp("warm")
    script, socket = Path(__file__).parent / "warm.py", folder / "socket"
    with subprocess.Popen(
        [sys.executable, script, "serve", socket], stdin=subprocess.PIPE, env=shell_env
    ) as server:
        wait_until(socket.exists)
        _program(folder / "churnkit", f'exec "{sys.executable}" -S "{script}" ask "{socket}" "$@"')
        yield folder / "churnkit"
        assert server.stdin
        server.stdin.close()


@pytest.fixture(scope="session")
def warm_env(shell_env: dict[str, str], warm_program: Path) -> dict[str, str]:
    """The same, where the command starts at once (tests/warm.py says what does not reach it)."""
    return {**shell_env, "PATH": f"{warm_program.parent}{os.pathsep}{shell_env['PATH']}"}


@pytest.fixture(scope="session")
def sharing_env(
    shell_env: dict[str, str], warm_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The same, for scripts that want some data first: logs, features and models are made once in a run of the
    tests, by whichever of its processes comes first."""
    run = tmp_path_factory.getbasetemp()
    run = run.parent if "PYTEST_XDIST_WORKER" in os.environ else run
    store = run / "shared"
    store.mkdir(exist_ok=True)
    folder = tmp_path_factory.mktemp("sharing")
    script = Path(__file__).parent / "sharing.py"
    shared = f'exec "{sys.executable}" -S "{script}" "{store}" "{warm_program}" "$@"'
    rest = f'exec "{warm_program}" "$@"'
    _program(folder / "churnkit", f'case "$1" in simulate|featurize|fit) {shared} ;; esac\n{rest}')
    return {**shell_env, "PATH": f"{folder}{os.pathsep}{shell_env['PATH']}"}


@pytest.fixture(autouse=True)
def _any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is not fitted to the terminal in which the tests run."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True)
def _no_notes() -> None:
    """A test that said -q silences no other, and leaves no notes."""
    from churnkit import messages

    messages.begin()
