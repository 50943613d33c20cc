"""Real processes: lines of bash, what stands in a pipe by now, and waiting that does not count seconds."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

LIMIT_S = 1_800.0  # the last resort against a test that hangs; no outcome depends on how long anything takes
PIPE = 1 << 20  # bytes that a pipe holds at most: a command widens its standard input to that
FEW_BOOTSTRAPS = 200  # where tests do not look at the last digit of an interval
PAUSE_S = 0.005  # seconds between two looks


def run_bash(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A script of bash, run in a folder, with what it printed on either stream."""
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT_S
    )


def lines_of_topic(topic: str, start: str) -> str:
    """The lines of bash in a topic below the comment that starts so, up to the next comment."""
    text = (Path(__file__).parent.parent / "churnkit" / "topics" / f"{topic}.md").read_text(encoding="utf-8")
    return re.split(r"^(?:#|```)", text.split(f"\n# {start}")[1].split("\n", 1)[1], maxsplit=1, flags=re.M)[0]


def hear_interrupts() -> None:
    """Before a command that a test interrupts: where the tests run in the background, a shell has ^C ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(is_true: Callable[[], object]) -> None:
    """Looks again and again until it is true."""
    latest = time.monotonic() + LIMIT_S
    while not is_true():
        assert time.monotonic() < latest
        time.sleep(PAUSE_S)


def bytes_there(pipe: IO[bytes]) -> bytes:
    """What can be read from a pipe without waiting."""
    return os.read(pipe.fileno(), 1 << 16) if select.select([pipe], [], [], 0)[0] else b""


def read_lines(pipe: IO[bytes], least: int) -> bytes:
    """What a pipe gives while its other end stays open, until it is so many lines."""
    got = bytearray()

    def is_enough() -> bool:
        got.extend(bytes_there(pipe))
        return got.count(b"\n") >= least

    wait_until(is_enough)
    return bytes(got)
