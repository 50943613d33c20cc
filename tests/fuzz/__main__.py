"""Damaged inputs for every reader: tables, logs, compressed files, models. Whatever comes, a command ends with a
status and at most a line of error; anything else is a finding, and its input is kept.

    python -m tests.fuzz                 # one minute
    python -m tests.fuzz 3600 --seed 7   # an hour, from another start
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz import asked
from tests.fuzz.damage import damaged, damaged_model, seeds

SLOWEST_CPU_S = 20.0  # of a case: of this processor's time, whatever else it does
LINES = 40  # of standard error: notes and warnings besides the error


class Case(NamedTuple):
    """A command line, and the damaged file that it reads, `in`."""

    words: list[str]
    data: bytes


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Without end: a seed, damaged, and a command that reads such a thing."""
    known = seeds(folder)
    while True:
        seed = rng.choice(known)
        data = (
            damaged_model(rng, seed.data)
            if seed.is_model and rng.random() < 0.8
            else damaged(rng, seed.data, known)
        )
        yield Case(list(rng.choice(seed.lines)), data)


def finding(case: Case, folder: Path) -> str | None:
    """What is wrong with how the command ended, or None. The input stands in folder / in."""
    from churnkit import cli

    (folder / "in").write_bytes(case.data)
    began = time.process_time()
    try:
        with _silent(folder / "err"):
            status = cli.run([word.replace("@", f"{folder}/") for word in case.words])
    except BaseException:
        return traceback.format_exc()
    said = (folder / "err").read_text(errors="replace")
    if status not in (0, 1, 2):
        return f"status {status}"
    if (
        "Traceback" in said
        or "Warning: " in said
        or said.count("\n") > LINES
        or (status == 2 and not said.strip())
    ):
        return f"status {status}, and said:\n{said}"
    if (spent := time.process_time() - began) > SLOWEST_CPU_S:
        return f"took {spent:.0f} s"
    return None


@contextlib.contextmanager
def _silent(err: Path) -> Iterator[None]:
    """Standard output to nowhere, standard error to a file."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    with open(os.devnull, "wb") as nowhere, err.open("wb") as file:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            for descriptor, old in zip((1, 2), kept, strict=True):
                os.dup2(old, descriptor)
                os.close(old)


def run(seconds: float, seed: int, most: int | None = None) -> list[dict[str, Any]]:
    """Fuzzes so long, or so many cases; returns the findings."""
    rng, found = random.Random(seed), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        end = time.monotonic() + seconds
        for number, case in enumerate(cases(rng, folder)):
            if time.monotonic() > end or (most is not None and number >= most):
                break
            if why := finding(case, folder):
                found.append({"words": case.words, "data": case.data.hex(), "why": why})
    print(f"{number:,} cases, {len(found)} findings", file=sys.stderr)
    return found


def main() -> None:
    given = asked("python -m tests.fuzz", __doc__)
    found = run(given.seconds, given.seed)
    for record in found:
        print(json.dumps(record))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
