"""Whatever fails, and whenever: each command is stopped at a random moment, or runs out of disk or memory, or finds
its descriptors closed. Whole lines or no file, the old file untouched, at most a line of error, nothing left behind.

    python -m tests.fuzz.faults            # one minute
    python -m tests.fuzz.faults 600 --seed 7
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.fuzz import asked
from tests.shell import LIMIT_S

COMMANDS = {
    "sample": "sample --rate 1 -o out log.csv",
    "profile": "profile -o out log.csv",
    "catalog": "catalog -q -o out log.csv",
    "plan": "plan -q -o out train.csv",
    "events": "events --name seen -o out log.csv",
    "measure": "measure -q --inactive 30d --every 1w -o out log.csv",
    "featurize": "featurize -q --as-of 2024-06-01 -o out log.csv",
    "fit": "fit -q --model tree -o out train.csv",
    "score": "score -q -o out model.json train.csv",
    "explain": "explain -q -o out model.json train.csv",
    "export": "export -q -o out --verify train.csv model.json",
    "diff": "diff -q --metric churned_30d --by plan_last --period as_of -o out train.csv",
    "forecast": "forecast -q -o out months.csv",
    "drift": "drift -q -o out train.csv train.csv",
    "evaluate": "evaluate -q -o out scored.csv",
    "backtest": "backtest -q --model tree --only recency_days -o out train.csv",
    "check": "check -q -o out train.csv train.csv",
}
MAKE = """
  churnkit simulate --customers 300 > log.csv
  churnkit measure -q --inactive 30d log.csv > months.csv
  churnkit featurize -q --as-of 2024-06-01,2024-08-01 --horizon 30d \\
    --features recency_days,event_count_30d,plan_last log.csv > train.csv
  churnkit fit -q --model tree --out-of-fold scored.csv train.csv > model.json
"""
OLD = "what was there before\n"
LONGEST = 3.0  # seconds within which a command is stopped
AWAKE = (
    "import os; os.write(1, b'\\n'); from churnkit.__main__ import main; main()"  # Python itself has started
)
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
LEAST, MOST = 2 << 30, 5 << 30  # bytes of addresses: a little is refused at once, and tested by itself


class Fault(NamedTuple):
    """What befalls a command. before: runs in the process; delay, kind: when it is stopped, from its first line of code on, and how."""

    name: str
    statuses: set[int]
    before: Callable[[], None] | None = None
    delay: float | None = None
    kind: signal.Signals | None = None


def made(folder: Path, env: dict[str, str]) -> None:
    """The files that the commands read."""
    subprocess.run(["bash", "-euc", MAKE], cwd=folder, env=env, check=True)


def fault(rng: random.Random) -> Fault:
    """One of them, by chance."""
    choice = rng.randrange(4)
    if choice == 0:
        size = rng.choice([0, 1, 100, rng.randrange(1 << 16)])
        return Fault(f"files of {size} bytes", {0, 2}, _limit(resource.RLIMIT_FSIZE, size))
    if choice == 1:
        size = rng.randrange(LEAST, MOST)
        return Fault(
            f"addresses of {size >> 20} MiB", {0, 2, -signal.SIGABRT}, _limit(resource.RLIMIT_AS, size)
        )
    if choice == 2:
        closed = [descriptor for descriptor in (0, 1, 2) if rng.random() < 0.5]
        return Fault(f"closed {closed}", {0}, _closing(closed))
    kind, delay = rng.choice(SIGNALS), rng.random() * LONGEST
    return Fault(f"{kind.name} after {delay:.2f} s", {0, 128 + kind, -kind}, None, delay, kind)


def _limit(kind: int, size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (size, size))


def _closing(descriptors: list[int]) -> Callable[[], None]:
    def close() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return close


def finding(line: str, fault: Fault, folder: Path, right: bytes, env: dict[str, str]) -> str | None:
    """What is wrong with how a command ended, or None. right: what stands in `out` when nothing fails."""
    there = {path.name for path in folder.iterdir()}
    (folder / "out").write_text(OLD)
    with subprocess.Popen(
        [sys.executable, *(["-m", "churnkit"] if fault.kind is None else ["-c", AWAKE]), *line.split()],
        cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=fault.before,
    ) as process:  # fmt: skip
        if fault.kind is not None and fault.delay is not None:
            assert process.stdout
            process.stdout.readline()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(fault.delay)
            process.send_signal(fault.kind)
        said = process.communicate(timeout=LIMIT_S)[1].decode()
    status, out = process.returncode, (folder / "out").read_bytes()
    left = {path.name for path in folder.iterdir()} - there - {"out"}
    if status not in fault.statuses:
        return f"status {status}: {said}"
    if left and status != -signal.SIGKILL:
        return f"left behind: {left}"
    may = {right} if status == 0 else {OLD.encode()} if fault.kind is None else {OLD.encode(), right}
    if out not in may:
        return f"status {status}, and out holds {out[:60]!r}"
    if (status == 2 and said.count("\n") != 1) or (status in (130, 143) and said):
        return f"status {status}, and said:\n{said}"
    return None


def run(
    seconds: float, seed: int, most: int | None = None, maker_env: dict[str, str] | None = None
) -> list[str]:
    """Provokes faults so long, or so many; returns the findings."""
    rng, found, counts = random.Random(seed), [], Counter[str]()
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        "SOURCE_DATE_EPOCH": "1",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(folder, maker_env or env)

        @cache
        def right(line: str) -> bytes:
            subprocess.run(["churnkit", *line.split()], cwd=folder, env=maker_env or env, check=True)
            return (folder / "out").read_bytes()

        end = time.monotonic() + seconds
        while time.monotonic() < end and (most is None or counts.total() < most):
            line, befallen = rng.choice([*COMMANDS.values()]), fault(rng)
            counts[befallen.name.split()[0]] += 1
            if why := finding(line, befallen, folder, right(line), env):
                found.append(f"{line}: {befallen.name}: {why}")
    print(f"{counts.total():,} faults {dict(counts)}, {len(found)} findings", file=sys.stderr)
    return found


def main() -> None:
    given = asked("python -m tests.fuzz.faults", __doc__)
    found = run(given.seconds, given.seed)
    print("\n".join(found))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
