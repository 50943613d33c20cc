"""The steps of `floors`, timed in a process that imports no more than they need.

    python tests/bench/floor_steps.py profile FOLDER 1764400000.5   # a line of JSON per step: name, s, CPU s

The last argument is the time at which the process was started.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

Steps = Iterator[str]  # the name of the step that has just ended


def sample(folder: Path) -> Steps:
    """Line ends counted; as many random numbers as kept lines; these lines read where they are."""
    import random

    yield "start of Python"
    with open(folder / "mixed.csv", "rb", buffering=0) as file:
        buffer, lines, size = bytearray(1 << 20), 0, 0
        while read := file.readinto(buffer):
            lines += buffer.count(b"\n", 0, read)
            size += read
        yield "read, line ends counted"
        places = sorted(random.Random(0).sample(range(size), 10_000))
        yield "10,000 places drawn and sorted"
        for place in places:
            os.pread(file.fileno(), 256, place)
        yield "10,000 lines read where they are"


def profile(folder: Path) -> Steps:
    """The figures of `profile` from whole columns: no blocks, no checks, no notes."""
    import hashlib
    import mmap

    import numpy as np
    import polars as pl

    yield "start of Python, numpy, polars"
    rows = pl.read_csv(folder / "mixed.csv", infer_schema=False)
    yield "polars reads all as text"
    with open(folder / "mixed.csv", "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        hashlib.sha256(data).hexdigest()
    yield "SHA-256 of the bytes"
    codes = np.frombuffer(data, dtype=np.uint8)
    for start in range(0, len(codes), 1 << 18):
        part = codes[start : start + (1 << 18)]
        _ = np.count_nonzero(part == ord("\n")), np.count_nonzero(part == ord(","))
    yield "line ends and separators counted"
    rows.select(pl.all().hash())
    yield "a hash for each text"
    hashes = np.sort(rows.hash_rows().to_numpy())
    _ = np.count_nonzero(hashes[1:] == hashes[:-1])
    yield "repeated rows: a hash for each, sorted"
    for name in ("customer_id", "event", "plan"):
        counts = rows[name].value_counts(sort=True)
        _ = counts[name].min(), counts[name].max(), counts[name].str.len_chars().max()
    yield "ids and names: values counted"
    times = rows["timestamp"].str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=True)
    _ = times.min(), times.max()
    yield "times from text"
    times.value_counts(sort=True).head(10)
    yield "times counted"
    amounts = rows["amount"].value_counts(sort=True)
    numbers = amounts["amount"].cast(pl.Float64)
    _ = (numbers * amounts["count"]).sum(), numbers.sort()
    yield "amounts counted, the distinct ones as numbers"


def diff(folder: Path) -> Steps:
    """Both tables; sums by plan and customer, and by plan."""
    import polars as pl

    yield "start of Python, numpy, polars"
    names = ["customer_id", "amount", "plan"]
    sides = [
        pl.read_csv(folder / path, columns=names, infer_schema=False)
        for path in ("mixed_0.csv", "mixed_1.csv")
    ]
    yield "polars reads three columns as text"
    sides = [side.drop_nulls("amount").with_columns(pl.col("amount").cast(pl.Float64)) for side in sides]
    yield "amounts as numbers"
    for side in sides:
        sums = side.group_by("plan", "customer_id").agg(pl.col("amount").sum())
        sums.group_by("plan").agg((pl.col("amount") ** 2).sum())
    yield "sums by plan and customer"


def drift(folder: Path) -> Steps:
    """Of both tables: values counted, customers by distinct ids, times from text."""
    import polars as pl

    yield "start of Python, numpy, polars"
    sides = [pl.read_csv(folder / path, infer_schema=False) for path in ("mixed_0.csv", "mixed_1.csv")]
    yield "polars reads all as text"
    for side in sides:
        side["customer_id"].n_unique()
    yield "distinct ids"
    for side in sides:
        times = side["timestamp"].str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=True)
        _ = times.min(), times.max()
    yield "times from text"
    for side in sides:
        for name in ("event", "plan", "amount"):
            side[name].value_counts()
    yield "values of the other columns counted"


def parquet(folder: Path) -> Steps:
    """The columns decoded; as many sums as there are features, of the rows of each customer; written as CSV."""
    from datetime import datetime, timedelta, timezone

    import polars as pl

    yield "start of Python, numpy, polars"
    log = pl.read_parquet(folder / "log.parquet", columns=["customer_id", "timestamp", "event", "amount"])
    yield "polars decodes four columns"
    at = datetime(2024, 10, 1, tzinfo=timezone.utc)
    time, amount, event = pl.col("timestamp"), pl.col("amount"), pl.col("event")
    names = log["event"].unique()
    known = log.lazy().filter(time < at).group_by("customer_id", maintain_order=True)
    sums = [time.max(), time.min(), amount.drop_nulls().last()]
    for days in (30, 90):
        inside = time >= at - timedelta(days=days)
        own = amount.filter(inside)
        sums += [inside.sum(), time.filter(inside).dt.date().n_unique()]
        sums += [own.sum(), own.mean(), own.min(), own.max(), own.std()]
        sums += [(inside & (event == name)).sum() for name in names]
    table = known.agg(each.alias(str(place)) for place, each in enumerate(sums)).collect()
    yield f"{len(sums)} sums for each customer"
    table.write_csv(folder / "floor.csv")
    yield "written as CSV"


STEPS = {"sample": sample, "profile": profile, "diff": diff, "drift": drift, "parquet": parquet}


def main(command: str, folder: str, began: str) -> None:
    last, used = float(began), 0.0
    for step in STEPS[command](Path(folder)):
        now, used_now = time.time(), time.process_time()
        print(json.dumps([step, now - last, used_now - used]))
        last, used = now, used_now


if __name__ == "__main__":
    main(*sys.argv[1:])
