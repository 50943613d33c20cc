"""Sorts rows by an id and a time: what does not fit in memory is sorted in runs, which are then merged.

A run is sorted and cut into pieces. The merge takes a range of ids at a time: of each run the pieces that may
hold one of them. So the rows of an id are always together, and those at one time keep their order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from churnkit.arrays import Indices, Ints
from churnkit.groups import rank_texts, stable_order
from churnkit.tables.spool import Spool

RUN_BYTES = 64 << 20  # of the rows that are sorted at once
PIECE_ROWS = 1 << 14  # of a run
RANGE_PIECES = 32  # pieces' worth of rows that are merged at once


@dataclass(frozen=True)
class _Run:
    """A sorted run: the first id of each of its pieces, and the number of its first piece."""

    firsts: list[str]
    number: int


def sort_rows(
    frames: Iterable[pl.DataFrame], id_: str, time: str, run_bytes: int = RUN_BYTES
) -> Iterator[pl.DataFrame]:
    """The rows sorted by id (String, in the order of its bytes), then time, then as they came.

    All rows of an id are in one part. Needs several times run_bytes of memory, and the rows of one id; what
    does not fit is in a temporary file.
    """
    waiting: list[pl.DataFrame] = []
    runs: list[_Run] = []
    spool = Spool(0)
    try:
        size = 0
        for frame in frames:
            waiting.append(frame)
            size += int(frame.estimated_size())
            if size >= run_bytes:
                runs.append(_add_run(spool, _sorted(waiting, id_, time), id_))
                waiting, size = [], 0
        if not runs:
            if waiting:
                yield _sorted(waiting, id_, time)
            return
        if waiting:
            runs.append(_add_run(spool, _sorted(waiting, id_, time), id_))
            waiting = []
        yield from _merged(spool, runs, id_, time)
    finally:
        spool.close()


def _sorted(frames: list[pl.DataFrame], id_: str, time: str) -> pl.DataFrame:
    rows = pl.concat(frames, rechunk=True)
    frames.clear()
    _, ranks = rank_texts(rows[id_])
    order = sorted_order(ranks.to_numpy(), rows[time].to_numpy())
    return rows if order is None else rows[order]


def _add_run(spool: Spool, rows: pl.DataFrame, id_: str) -> _Run:
    run = _Run(rows[id_].gather_every(PIECE_ROWS).to_list(), len(spool))
    for piece in rows.iter_slices(PIECE_ROWS):
        spool.add(piece)
    return run


def _merged(spool: Spool, runs: list[_Run], id_: str, time: str) -> Iterator[pl.DataFrame]:
    firsts = sorted(first for run in runs for first in run.firsts)
    borders = [*dict.fromkeys(firsts[RANGE_PIECES::RANGE_PIECES])]
    for start, end in zip([None, *borders], [*borders, None], strict=True):
        parts = []
        for run in runs:
            low = 0 if start is None else max(0, bisect_left(run.firsts, start) - 1)
            high = len(run.firsts) if end is None else bisect_left(run.firsts, end)
            for piece in range(low, high):
                parts.append(_between(spool.read(run.number + piece), id_, start, end))
        if any(part.height for part in parts):
            yield _sorted(parts, id_, time)


def _between(rows: pl.DataFrame, id_: str, start: str | None, end: str | None) -> pl.DataFrame:
    """The rows of the ids from start to before end; None: no border."""
    if start is not None:
        rows = rows.filter(pl.col(id_) >= start)
    return rows if end is None else rows.filter(pl.col(id_) < end)


def sorted_order(codes: Indices, times: Ints) -> npt.NDArray[np.uint32] | None:
    """The rows sorted by code, then time, then place; None if they are already in this order."""
    if _are_sorted(codes, times):
        return None
    order = stable_order(codes)
    if not _are_sorted(codes[order], times[order]):
        keys = pl.DataFrame(_packed(codes, times) or {"code": codes, "time": times})
        return keys.select(pl.arg_sort_by(keys.columns, maintain_order=True)).to_series().to_numpy()
    return order.astype(np.uint32)


def _are_sorted(codes: Indices, times: Ints) -> bool:
    is_later = (codes[1:] == codes[:-1]) & (times[1:] >= times[:-1])
    return bool(((codes[1:] > codes[:-1]) | is_later).all())


def _packed(codes: Indices, times: Ints) -> dict[str, Ints] | None:
    """Code and time as one number, which sorts five times as fast; None if it does not fit in 64 bits."""
    unit = next(unit for unit in (1_000_000, 1_000, 1) if not (times % unit).any())
    key = times // unit  # one array at a time: there may be very many rows
    key -= key.min()
    span = int(key.max()) + 1
    if (int(codes.max()) + 1) * span >= 2**63:
        return None
    first = codes.astype(np.int64)
    first *= span
    key += first
    return {"key": key}
