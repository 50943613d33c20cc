"""Profiles FILEs: a part of the table is added to the profile while the next one is read."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import polars as pl

from churnkit import messages
from churnkit.errors import ChurnkitError, quote
from churnkit.profiling.profile import Profile, StepName
from churnkit.tables import memory
from churnkit.tables.table import Frame, Reading, Table, column_text, place_of
from churnkit.target import (
    TargetError,
    count_values,
    missing_positive,
    other_values,
    parse_target,
    positive_choices,
)

BLOCK_BYTES = 4 << 20
PART_ROWS = 1 << 17
PART_CELLS = 1 << 22
THREADS = 2
PARTS_AHEAD = 2  # parts whose steps are not all done while the next part is read
SWITCH_INTERVAL_S = 0.0005  # Python's 5 ms would delay each short call into a library


def read_profile(
    paths: Sequence[str],
    reading: Reading,
    target: str | None,
    positive: str | None,
    show_pii: bool,
    is_target_required: bool = True,
    *,
    has_table_facts: bool = True,
) -> list[dict[str, Any]]:
    """The records of a table. target: its column, or None. positive: the value that means churned.

    is_target_required: without it, a table that lacks the target is read without one. has_table_facts: the
    record of the table needs its checksum and its repeated rows.

    Raises ChurnkitError if a file cannot be read, or if a value of the target is neither yes nor no.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    memory.keep_freed_memory()
    table = Table(list(paths), reading, piece=BLOCK_BYTES, is_digested=has_table_facts)
    if target is not None and table.is_fixed and (is_target_required or target in table.names):
        table.require(target)
    elif table.is_fixed:
        target = None
    rows = max(256, min(PART_ROWS, PART_CELLS // max(1, len(table.names)))) if table.is_fixed else PART_ROWS
    counts: Counter[str] = Counter()  # of the target's values
    error: TargetError | None = None
    where = ""
    profile = Profile(target, show_pii, reading.notation.decimal, has_table_facts)
    with ThreadPoolExecutor(THREADS) as pool:  # the libraries release the interpreter lock while they work
        latest: dict[StepName, Future[None]] = {}
        running: deque[list[Future[None]]] = deque()
        for part, places in row_parts(table.frames(), rows):
            truth = None
            if target is not None:
                counts.update(count_values(column_text(part, target)))
                try:
                    truth = _truth(part, target, positive)
                except TargetError as wrong:
                    if error is None:
                        error, where = wrong, place_of(places, wrong.row)
            if error is not None:
                continue  # the rest is read for the counts in the message
            steps = profile.steps(part, truth)
            while len(running) >= PARTS_AHEAD:
                _finish(running.popleft())
            latest |= {name: pool.submit(_run_after, latest.get(name), step) for name, step in steps.items()}
            running.append([latest[name] for name in steps])
        while running:
            _finish(running.popleft())
    if target is not None:
        table.require(target)
        if error is not None:
            raise ChurnkitError(f"{where}: column {quote(target)}: {error.claim}; {positive_choices(counts)}")
        if positive is not None and not profile.weighed[2]:
            raise missing_positive(target, positive, counts)
        if told := other_values(counts, positive):
            messages.note("target-values", told[0], count=told[1])
    for name in table.names:
        if name not in profile.columns:  # a header without rows
            profile.steps(pl.DataFrame(schema={name: pl.String}))
    return profile.records(table.bytes, table.sha256)


def _run_after(before: Future[None] | None, step: Callable[[], None]) -> None:
    """Runs a step when the one before it is done, which began earlier: so threads never wait in a circle."""
    if before is not None:
        before.result()
    step()


def _finish(steps: Sequence[Future[None]]) -> None:
    for step in steps:
        step.result()


def row_parts(frames: Iterator[Frame], rows: int) -> Iterator[tuple[pl.DataFrame, list[Frame]]]:
    """Parts of exactly `rows` rows (the last may be smaller), and the frames that they come from."""
    held: list[Frame] = []
    count = 0
    for frame in frames:
        held.append(frame)
        count += frame.rows.height
        while count >= rows:
            joined = pl.concat([f.rows for f in held], how="diagonal")
            yield joined.head(rows), held
            rest, skip = joined.slice(rows), held[-1].rows.height - (count - rows)
            last = held[-1]
            held = [Frame(rest, last.path, last.lines[skip:])]
            count -= rows
    if count:
        yield pl.concat([f.rows for f in held], how="diagonal"), held


def _truth(part: pl.DataFrame, target: str, positive: str | None) -> pl.Series:
    """Raises TargetError for a value that is neither yes nor no."""
    texts = column_text(part, target)
    return parse_target(texts) if positive is None else (texts == positive).cast(pl.Int8)
