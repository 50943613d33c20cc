"""Whatever fails, and whenever: whole lines or no file, the old file untouched, one line of error, nothing left."""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import resource
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from churnkit import cli
from tests.fuzz import faults
from tests.fuzz.faults import COMMANDS, OLD
from tests.shell import LIMIT_S, PIPE, hear_interrupts, run_bash

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sharing_env: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    faults.made(folder, sharing_env)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The files, as links, beside an old output."""
    for path in made.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "out").write_text(OLD)
    return tmp_path


def _limit(kind: int, limit: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (limit, limit))


@contextlib.contextmanager
def _files_of(limit: int) -> Iterator[None]:
    """What starts meanwhile writes so many bytes into a file at most; a fork of this process would cost more."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def _run(line: str, folder: Path, env: dict[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    words = ["churnkit", *line.split()]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT_S, **more)  # type: ignore[call-overload]


def _nothing_is_left(folder: Path, made: Path) -> None:
    assert (folder / "out").read_text() == OLD
    assert {path.name for path in folder.iterdir()} == {*(path.name for path in made.iterdir()), "out"}


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
def test_a_disk_that_fills_up_leaves_the_old_file(
    line: str, folder: Path, made: Path, warm_env: dict[str, str]
) -> None:
    with _files_of(100):
        done = _run(line, folder, warm_env)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    _nothing_is_left(folder, made)


@pytest.mark.parametrize("limit", [1, 4_095, 4_096, 4_097, 20_000])
def test_wherever_the_disk_is_full_the_file_is_the_old_one(
    limit: int, folder: Path, made: Path, warm_env: dict[str, str]
) -> None:
    with _files_of(limit):
        done = _run(COMMANDS["featurize"], folder, warm_env)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    _nothing_is_left(folder, made)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_command_leaves_the_old_file_and_no_other(
    kind: signal.Signals, folder: Path, made: Path, shell_env: dict[str, str]
) -> None:
    rows = (folder / "train.csv").read_bytes()
    with subprocess.Popen(
        [sys.executable, "-m", "churnkit", "score", "-q", "-o", "out", "model.json"],
        cwd=folder, env=shell_env, stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
        preexec_fn=hear_interrupts,
    ) as run:  # fmt: skip
        assert run.stdin
        assert run.stderr
        run.stdin.write(rows * (PIPE // len(rows) + 1))  # the first rows have been read
        run.send_signal(kind)
        said = run.stderr.read().decode()
    assert "Traceback" not in said
    _nothing_is_left(folder, made)


LITTLE = 400_000 << 10  # bytes of addresses
REFUSED = "not enough memory: ulimit -v is 390 MiB"
NEEDS_MUCH = {name: line for name, line in COMMANDS.items() if not line.startswith("sample")}


@pytest.mark.parametrize("line", NEEDS_MUCH.values(), ids=NEEDS_MUCH)
def test_little_memory_is_refused_before_anything_is_read(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # which holds none of the files
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (LITTLE, resource.RLIM_INFINITY))
    assert cli.run(line.split()) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert REFUSED in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits addresses")
def test_little_memory_is_one_line_or_enough(folder: Path, made: Path, shell_env: dict[str, str]) -> None:
    limit = _limit(resource.RLIMIT_AS, LITTLE)
    done = _run(COMMANDS["score"], folder, shell_env, preexec_fn=limit)
    assert (done.returncode, done.stderr.count("\n"), REFUSED in done.stderr) == (2, 1, True)
    _nothing_is_left(folder, made)
    done = _run(COMMANDS["sample"], folder, shell_env, preexec_fn=limit)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out").read_bytes() == (made / "log.csv").read_bytes()


def test_more_files_than_descriptors_are_read_one_after_the_other(
    folder: Path, shell_env: dict[str, str]
) -> None:
    (folder / "day.csv").write_text("customer_id,timestamp,event\na,2024-05-01,login\n")
    words = f"sample --rate 1 -o out {'day.csv ' * 300}"
    done = _run(words, folder, shell_env, preexec_fn=_limit(resource.RLIMIT_NOFILE, 24))
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out").read_text().count("\n") == 301


def test_faults_by_chance_leave_the_old_file_or_the_whole_new_one(sharing_env: dict[str, str]) -> None:
    """One that is interrupted, one that is killed, one whose descriptors are closed."""
    assert faults.run(seconds=math.inf, seed=6, most=3, maker_env=sharing_env) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_told_at_once(
    folder: Path, made: Path, warm_env: dict[str, str]
) -> None:
    folder.chmod(0o555)
    done = _run(COMMANDS["featurize"], folder, warm_env)
    folder.chmod(0o755)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    _nothing_is_left(folder, made)


def test_two_writers_of_one_file_leave_one_of_the_two_whole(
    folder: Path, made: Path, warm_env: dict[str, str]
) -> None:
    lines = [f"score -q -o out --to {to} model.json train.csv" for to in ("csv", "jsonl")]
    runs = [subprocess.Popen(["churnkit", *line.split()], cwd=folder, env=warm_env) for line in lines]
    assert [run.wait() for run in runs] == [0, 0]
    alone = []
    for line in lines:
        assert _run(line.replace("-o out", "-o alone"), folder, warm_env).returncode == 0
        alone.append((folder / "alone").read_bytes())
    assert (folder / "out").read_bytes() in alone


def test_a_command_that_connects_or_starts_a_program_is_stopped_in_all_tests() -> None:
    """Each command of this file and others that a fork runs (tests/warm.py) is watched like this."""
    watched = "from tests import warm; warm.forbid(); import {0}; {0}.{1}"
    for module, call in (
        ("socket", "create_connection(('127.0.0.1', 9))"),
        ("subprocess", "run(['true'])"),
        ("os", "system('true')"),
    ):
        line = [sys.executable, "-S", "-c", watched.format(module, call)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr.startswith("forbidden: ")) == (1, True)


def test_eight_processes_tear_and_lose_nothing(folder: Path, warm_env: dict[str, str]) -> None:
    """Two of each line write into one pipe, which holds so little that each waits for the others."""
    lines = [
        f"churnkit score -q --no-header model.json {'train.csv ' * 5}",
        "churnkit explain -q model.json train.csv",
        "churnkit sample --rate 1 --no-header log.csv",
        "churnkit featurize -q --no-header --as-of 2024-05-01,2024-06-01,2024-07-01 log.csv",
    ]
    one = run_bash("\n".join(lines), folder, warm_env).stdout
    reader, writer = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, select.PIPE_BUF)
    script = "".join(f"{line} & {line} &\n" for line in lines)
    with subprocess.Popen(["bash", "-c", script + "wait"], cwd=folder, env=warm_env, stdout=writer):
        os.close(writer)
        with open(reader) as pipe:
            many = pipe.read()
    assert Counter(many.splitlines()) == Counter(one.splitlines() * 2)
