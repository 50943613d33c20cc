"""What all tests share: the command as a user has it, and colourless, reproducible surroundings."""

from __future__ import annotations

import fcntl
import gc
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol  # as plugins that run tests in their own way call it

sys.dont_write_bytecode = False  # or each process of a run would compile 400 files, and in the next run again
gc.set_threshold(50_000, 20, 50)  # most of what collecting tests makes stays

from churnkit.__main__ import ONE_CORE  # noqa: E402

os.environ.update(ONE_CORE)  # as there, before a library reads it

from tests.shell import FEW_BOOTSTRAPS, wait_until  # noqa: E402

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as in churnkit/__main__.py, before a library reads it
USERS_THREADS = os.environ.get("POLARS_MAX_THREADS")  # what commands in a process of their own have
os.environ["POLARS_MAX_THREADS"] = "1"  # here, small frames: handing them to threads costs more than the work

FOLDER = Path(__file__).parent
TOLD_S = 0.005  # what a test takes before and after it that --durations may show


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """What all tests are run with, except in the process that hands them to others, which then begin sooner."""
    if config.getoption("numprocesses", None) and not config.getoption("--hypothesis-profile", None):
        return
    from hypothesis import HealthCheck, settings

    from churnkit.evaluation import bootstrap

    bootstrap.REPEATS = FEW_BOOTSTRAPS  # as in tests/warm.py; a command in a process of its own has them all

    # no test is timed: a busy machine is no failure; a law is tried on few examples, other ones in each run
    settings.register_profile(
        "quick", deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.register_profile("deep", settings.get_profile("quick"), max_examples=1_000)
    settings.load_profile("quick")


class _FromTheEnd(pytest.Dir):
    """A folder whose last file is imported first."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        return reversed([*super().collect()])


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Of two processes one begins with the last file, so that each finds half of the files compiled by the other."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0")[-1] in "02468":
        return None
    folder: pytest.Collector = _FromTheEnd.from_parent(parent, path=path)
    return folder


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of the tests is the same in all processes."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path)


def pytest_collection_finish() -> None:
    """The garbage of a test is found without looking through all that the libraries and the other tests are."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Of a test in another process one message tells, not three: each costs both sides as much as a small test."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or report.duration > TOLD_S:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


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
    own = (
        "CHURNKIT_",
        "POLARS_MAX_THREADS",
        "PYTHONDONTWRITEBYTECODE",
    )  # the last: each would compile it all again
    kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    kept |= {"POLARS_MAX_THREADS": USERS_THREADS} if USERS_THREADS else {}
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": root, "COLUMNS": "100", "SOURCE_DATE_EPOCH": "1700000000"}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run of the tests share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


MadeOnce = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def made_once(run_folder: Path) -> MadeOnce:
    """Has a folder of this name filled once in a run of the tests, by whichever of its processes comes first."""

    def made(name: str, fill: Callable[[Path], None]) -> Path:
        folder, part = run_folder / name, run_folder / f"{name}.part"
        with (run_folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                part.mkdir()
                fill(part)
                part.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def warm_socket(shell_env: dict[str, str], run_folder: Path) -> Iterator[Path]:
    """Where a process that has imported everything waits for command lines (tests/warm.py): one for the whole run.

    It reads from a fifo that each process of the run holds open, so it ends with the last of them.
    """
    users, socket, count = (run_folder / f"warm.{name}" for name in ("users", "socket", "count"))
    server = None
    with (run_folder / "warm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_first := not users.exists():
            os.mkfifo(users)
        user = os.open(users, os.O_RDWR)
        if is_first:
            count.write_text("0")
            with users.open("rb", buffering=0) as stdin:
                line = [sys.executable, str(FOLDER / "warm.py"), str(socket)]
                server = subprocess.Popen(line, stdin=stdin, env=shell_env)
            wait_until(socket.exists)
        count.write_text(str(int(count.read_text()) + 1))
    yield socket
    with (run_folder / "warm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(user)
        count.write_text(left := str(int(count.read_text()) - 1))
        if left == "0":
            users.unlink()  # who comes later starts another
            socket.unlink()
    if server:
        server.wait()


def _asking(shell_env: dict[str, str], folder: Path, socket: Path, store: Path | str) -> dict[str, str]:
    script = Path(__file__).parent / "ask.py"
    _program(folder / "churnkit", f'exec "{sys.executable}" -I -S "{script}" "{socket}" "{store}" "$@"')
    return {**shell_env, "PATH": f"{folder}{os.pathsep}{shell_env['PATH']}"}


@pytest.fixture(scope="session")
def warm_env(
    shell_env: dict[str, str], warm_socket: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The same, where the command starts at once (tests/warm.py says what does not reach it)."""
    return _asking(shell_env, tmp_path_factory.mktemp("asking"), warm_socket, "")


@pytest.fixture(scope="session")
def sharing_env(
    shell_env: dict[str, str], warm_socket: Path, run_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The same, where a fork runs one command after another, and equal lines on equal bytes run once in a run of the
    tests, by whichever of its processes comes first (tests/equal_lines.py)."""
    store = run_folder / "shared"
    store.mkdir(exist_ok=True)
    return _asking(shell_env, tmp_path_factory.mktemp("sharing"), warm_socket, store)


@pytest.fixture(autouse=True)
def _any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is not fitted to the terminal in which the tests run."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True)
def _no_notes() -> None:
    """A test that said -q silences no other, and leaves no notes."""
    from churnkit import messages

    messages.begin()
