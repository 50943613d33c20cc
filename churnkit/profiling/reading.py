"""FILEs as a profile: the table in parts of so many rows, each told to `profiling` while the next is read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import polars as pl

from churnkit.errors import ChurnkitError, quote
from churnkit.profiling.profile import Profile
from churnkit.tables.table import Frame, Reading, Table, place_of
from churnkit.target import TargetError, missing_positive, parse_target

PIECE = 2 << 20  # bytes of a block
PART_ROWS = 1 << 16
PART_CELLS = 1 << 22
THREADS = 2
TURN = 0.0005  # seconds after which a thread gives way: at 5 ms each short call into a library waits for long


def read_profile(
    paths: Sequence[str], reading: Reading, target: str | None, positive: str | None, show_pii: bool
) -> list[dict[str, Any]]:
    """The records of a table. target: the column that says who left, positive: the value that means it.

    Raises ChurnkitError as reading does, and where a value of the target is neither yes nor no.
    """
    sys.setswitchinterval(TURN)
    table = Table(list(paths), reading, piece=PIECE, is_digested=True)
    if target is not None and table.is_fixed:
        table.require(target)
    rows = max(256, min(PART_ROWS, PART_CELLS // max(1, len(table.names)))) if table.is_fixed else PART_ROWS
    profile = Profile(target, show_pii)
    with ThreadPoolExecutor(THREADS) as pool:  # the libraries let go of the interpreter while they work
        under_way: list[Future[None]] = []
        for part, places in _parts(table.frames(), rows):
            truth = None if target is None else _truth(part, target, positive, places)
            for step in under_way:
                step.result()
            under_way = [pool.submit(step) for step in profile.steps(part, truth)]
        for step in under_way:
            step.result()
    if target is not None:
        table.require(target)
        if positive is not None and not profile.weighed[2]:
            raise missing_positive(target, positive)
    for name in table.names:
        if name not in profile.columns:  # a header without rows
            profile.steps(pl.DataFrame(schema={name: pl.String}))
    return profile.records(table.bytes, table.sha256)


def _parts(read: Iterator[Frame], rows: int) -> Iterator[tuple[pl.DataFrame, list[Frame]]]:
    """Exactly so many rows each (the last fewer), wherever blocks were cut; and the frames they are in."""
    held: list[Frame] = []
    count = 0
    for frame in read:
        held.append(frame)
        count += frame.rows.height
        while count >= rows:
            whole = pl.concat([f.rows for f in held], how="diagonal")
            yield whole.head(rows), held
            rest, skip = whole.slice(rows), held[-1].rows.height - (count - rows)
            last = held[-1]
            held = [Frame(rest, last.path, last.lines[skip:])]
            count -= rows
    if count:
        yield pl.concat([f.rows for f in held], how="diagonal"), held


def _truth(part: pl.DataFrame, target: str, positive: str | None, places: list[Frame]) -> pl.Series:
    if target not in part.columns:
        return pl.Series([None] * part.height, dtype=pl.Int8)
    if positive is not None:
        return (part[target] == positive).cast(pl.Int8)
    try:
        return parse_target(part[target])
    except TargetError as error:
        place = place_of(places, error.row)
        raise ChurnkitError(f"{place}: column {quote(target)}: {error}") from None
