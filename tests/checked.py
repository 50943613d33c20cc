"""Rows checked without files: a base and new rows in, what is judged of them out."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from churnkit import windows
from churnkit.checks.blocks import RecordBlock
from churnkit.checks.checker import Checker, JudgedBlock, rule_types
from churnkit.checks.expectations import Expectations, of_profile
from churnkit.checks.findings import TableFinding, TableLimits, find
from churnkit.checks.rules import parse_rules
from churnkit.profiling.profile import Profile
from churnkit.tables.column_casts import Notation
from churnkit.tables.formats import Layout
from churnkit.tables.records import Block
from tests import deliveries

NOW = windows.midnight(windows.parse_date(deliveries.NOW))


def expectations(rows: pl.DataFrame) -> Expectations:
    """What a base expects. rows: String columns."""
    profile = Profile(show_pii=True)
    for step in profile.steps(rows).values():
        step()
    return of_profile(profile.records(1, "sha"), "customer_id", "timestamp", NOW)


def checker(expected: Expectations, names: tuple[str, ...] = deliveries.NAMES, rules: str = "") -> Checker:
    parsed = parse_rules(rules, "rules", rule_types(expected, names))
    return Checker(expected, parsed, {}, Notation(), (), "customer_id", expected.time, NOW, list(names))


def block(data: list[bytes], names: tuple[str, ...] = deliveries.NAMES) -> RecordBlock:
    text = b"".join(line + b"\n" for line in data)
    return RecordBlock(Block(text, 2), Layout("csv", b","), ",".join(names).encode(), names)


def judged(
    expected: Expectations,
    data: list[bytes],
    names: tuple[str, ...] = deliveries.NAMES,
    rules: str = "",
    limits: TableLimits = TableLimits(NOW),  # noqa: B008
) -> tuple[JudgedBlock, list[TableFinding]]:
    """The rows judged one by one, and the findings about them all."""
    of = checker(expected, names, rules)
    found = of.judge(block(data, names))
    return found, find(of.facts, limits)


def base(rows: int = 1_200, seed: int = 0) -> pl.DataFrame:
    made = deliveries.delivery(np.random.default_rng(seed), rows, deliveries.MONTHS[0])
    frame = pl.DataFrame(made, schema=list(deliveries.NAMES), orient="row")
    return frame.with_columns(pl.all().replace("", None))


def delivered(rows: int = 1_200, seed: int = 1) -> deliveries.Rows:
    """An honest delivery after the base."""
    return [list(row) for row in _delivered(rows, seed)]


@cache
def _delivered(rows: int, seed: int) -> deliveries.Rows:
    return deliveries.delivery(np.random.default_rng(seed), rows, deliveries.MONTHS[1], 10**6)


def of_any_size(expected: Expectations) -> Expectations:
    return replace(expected, rows=None)
