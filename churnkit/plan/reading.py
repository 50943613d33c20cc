"""Reads tables or a catalog, measures what churn can mean in them, and writes a plan."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from churnkit.catalog.reading import read_catalog, read_records
from churnkit.catalog.records import is_catalog
from churnkit.catalog.roles import is_leaving
from churnkit.errors import ChurnkitError
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.reading import LogRoles, end_of_log, read_log
from churnkit.plan.choices import Record, Story, choose_tables
from churnkit.plan.dates import (
    CONTRACT_DAYS,
    longest_horizon,
    monthly_dates,
    sample_rate,
    three_points,
)
from churnkit.plan.script import ChurnFacts, write_script
from churnkit.retention import return_rate
from churnkit.tables import casts, streams
from churnkit.tables.casts import TEXT
from churnkit.tables.table import Reading, Table
from churnkit.windows import DAY

MIN_CHURNED = 50  # customers who ended, below which a subscription counts as a customer of its own
MIN_CUSTOMERS = 200
MIN_DAYS = 90  # of a log in which silence can mean anything
MOST_RETURNING = 0.5


def write_plan(paths: Sequence[str], reading: Reading, seen_at: str) -> tuple[str, dict[str, str]]:
    """The script, and what could not be read: path → why. paths: tables and folders, or one catalog."""
    unread: dict[str, str] = {}
    if len(paths) == 1 and paths[0] != "-" and _is_catalog(paths[0]):
        records = read_records(paths[0])
    else:
        catalog = read_catalog(paths, reading, seen_at)
        records, unread = catalog.records, catalog.unread
    story = choose_tables(records)
    measured = _measure(story, reading)
    if story.subscriptions and measured.churned < MIN_CHURNED:
        single = story.subscriptions[0]["key"]
        if single and "," not in single and single != story.id:
            other = choose_tables(records, single)
            told = _measure(other, reading)
            if told.churned > measured.churned:
                story, measured = other, told
    files = {r["path"]: _files(r) for r in [*story.sources, *story.snapshots]}
    exact = {
        p: names
        for p, names in files.items()
        if len(names) == 1 or p not in _patterns(story) or not _is_exact(p, names)
    }
    return write_script(story, measured, exact), unread


def _patterns(story: Story) -> set[str]:
    return {record["path"] for record in story.sources if record["files"] > 1}


def _is_catalog(path: str) -> bool:
    return os.path.isfile(path) and is_catalog(streams.start(path))


def _files(record: Record) -> list[str]:
    """The files of a record, in the order of their numbers."""
    if record["files"] == 1:
        return [record["path"]]
    quoted = "*".join(glob.escape(part) for part in record["path"].split("*"))
    digits = re.compile("([0-9]+)".join(map(re.escape, record["path"].split("*"))))
    found = [(path, match) for path in glob.glob(quoted) if (match := digits.fullmatch(path))]
    if len(found) != record["files"]:
        raise ChurnkitError(
            f"{record['path']}: {len(found):,} files are there, {record['files']:,} are in the catalog; "
            "run catalog again, in the folder where plan runs"
        )
    return [path for path, _ in sorted(found, key=lambda each: [int(n) for n in each[1].groups()])]


def _is_exact(pattern: str, names: Sequence[str]) -> bool:
    """Whether a pattern of the shell stands for exactly these files."""
    quoted = "*".join(glob.escape(part) for part in pattern.split("*"))
    return len(glob.glob(quoted)) == len(names)


def _measure(story: Story, reading: Reading) -> ChurnFacts:
    if story.subscriptions:
        return _measure_subscriptions(story, reading)
    if not story.logs:
        return ChurnFacts()
    return _measure_log(story, reading)


def _measure_subscriptions(story: Story, reading: Reading) -> ChurnFacts:
    """The number of customers whose last subscription has ended, and the dates that the table covers."""
    record = story.subscriptions[0]
    roles = record["roles"]
    names = [str(story.id), roles["start"], roles["end"]]
    rows = Table(_files(record), reading).whole(dict.fromkeys(names, TEXT))[0]
    written = roles["time_format"]
    if roles["unsure"].get("time_format"):
        return ChurnFacts(why="the format of the dates must be chosen first; then run churnkit plan again")
    starts, ends = (casts.cast_times(rows[name], written).values for name in names[1:])
    last = (
        pl.DataFrame({"id": rows[names[0]], "runs": ends.is_null()}).group_by("id").agg(pl.col("runs").any())
    )
    customers, churned = last.height, int((~last["runs"]).sum())
    start, end = int(starts.min()), int(starts.max()) + DAY  # type: ignore[arg-type]
    dates = monthly_dates(start, end, CONTRACT_DAYS)
    return ChurnFacts(
        customers,
        churned,
        horizon_days=CONTRACT_DAYS,
        dates=dates,
        rate=sample_rate(customers, dates.number),
        why="the table covers too little time for a date with a horizon behind it",
    )


def _measure_log(story: Story, reading: Reading) -> ChurnFacts:
    """An event of leaving, if there is one; else the return curve, and the horizon that it allows."""
    record = max(story.logs, key=lambda r: r["rows"])
    roles = record["roles"]
    if roles["unsure"].get("time_format"):
        return ChurnFacts(why="the format of the times must be chosen first; then run churnkit plan again")
    notation = replace(reading.notation, time_format=roles["time_format"] or reading.notation.time_format)
    log = _read_log(record, str(story.id), replace(reading, skip=True, notation=notation))
    end = end_of_log(log, None, "UTC")
    if end is None:
        return ChurnFacts(why="the log has no events")
    start, customers = int(log.times.min()), len(log.customers)
    churn_event, churned = _leaving_event(log)
    curve = return_rate.return_rates(*return_rate.count_silences([log], (), end))
    longest = return_rate.longest_proposal(start, end)
    proposed = return_rate.propose_inactive(curve, longest)
    best = return_rate.best_known(curve, longest)
    horizon = (
        CONTRACT_DAYS if churn_event else proposed or longest_horizon(best["silent_days"] if best else 0)
    )
    returning = next((r["return_rate"] for r in curve if r["silent_days"] == horizon), 1.0)
    why = ""
    days = (end - start) // DAY
    if not churn_event:
        if days < MIN_DAYS or horizon is None:
            why = f"the log covers {days:,} days: too little to see who comes back after a silence"
        elif customers < MIN_CUSTOMERS:
            why = f"{customers:,} customers are too few for a model"
        elif returning > MOST_RETURNING:
            why = f"{returning:.0%} come back after {horizon} silent days: silence is not churn here"
    dates = monthly_dates(start, end, horizon or CONTRACT_DAYS)
    if not why and not dates.number:
        why = f"no date has {horizon} days of log behind it"
    return ChurnFacts(
        customers,
        churned,
        churn_event,
        None if churn_event else proposed,
        three_points(curve, horizon or min(days, 30)),
        None if why else horizon,
        dates,
        sample_rate(customers, dates.number),
        why,
    )


def _read_log(record: Record, id_: str, reading: Reading) -> EventLog:
    """The log; without names of events where they cannot be used as names of features."""
    roles = record["roles"]
    paths = _files(record)
    try:
        columns = LogRoles(id_, roles["time"], roles["event"], None)
        return read_log(Table(paths, reading), columns, {}, {}, "UTC", dedupe=False)
    except ChurnkitError:
        if roles["event"] is None:
            raise
        columns = LogRoles(id_, roles["time"], None, None)
        return read_log(Table(paths, reading), columns, {}, {}, "UTC", dedupe=False)


def _leaving_event(log: EventLog) -> tuple[str | None, int]:
    """The event of leaving that most customers have, and their number; only one that some customers lack."""
    best: tuple[str | None, int] = (None, 0)
    for event in log.slugs:
        if is_leaving(event):
            rows: Any = log.rows_of(event).rows
            number = len(np.unique(np.searchsorted(log.starts, rows, side="right")))
            if best[1] < number < len(log.customers):
                best = event, number
    return best
