"""Honest deliveries of one source, and faults planted in them, for the tests and the bench of check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

NAMES = (
    "customer_id", "timestamp", "plan", "country", "age", "tenure_days", "amount", "calls", "balance", "discount",
    "is_active",
)  # fmt: skip
MONTHS = (datetime(2024, 5, 1), datetime(2024, 6, 1))  # of the base, and of the delivery
NOW = "2024-07-02"
PLANS, COUNTRIES = ("basic", "plus", "premium"), [f"country {k}" for k in range(40)]
Rows = list[list[str]]


class Planted(NamedTuple):
    """lines: of a delivery, without the header. rejects: places of the lines that must be rejected; None: all may
    be. codes: findings of which one must be there; empty: none may be. header: of the delivery."""

    lines: list[bytes]
    rejects: set[int] | None
    codes: set[str]
    header: tuple[str, ...] = NAMES


def delivery(rng: np.random.Generator, rows: int, month: datetime, first_id: int = 0) -> Rows:
    """Rows of one month: a key, a time, words of few and of many kinds, numbers with short and long tails."""
    weights = 1 / np.arange(1, len(COUNTRIES) + 1)
    columns = [
        [f"c{first_id + k:07d}" for k in rng.permutation(rows)],
        (np.datetime64(month, "s") + rng.integers(0, 29 * 86_400, rows).astype("m8[s]")).astype(str),
        rng.choice(PLANS, rows, p=(0.5, 0.3, 0.2)),
        rng.choice(COUNTRIES, rows, p=weights / weights.sum()),
        rng.integers(18, 91, rows),
        np.minimum(rng.exponential(400, rows), 3_000).astype(int),
        [f"{x:.2f}" for x in rng.lognormal(3, 1, rows)],
        rng.poisson(0.4, rows),
        [f"{x:.2f}" for x in rng.normal(20, 50, rows)],
        np.where(rng.random(rows) < 0.1, "", [f"{x:.3f}" for x in rng.beta(2, 5, rows)]),
        rng.choice(["true", "false"], rows, p=(0.8, 0.2)),
    ]
    return [list(map(str, row)) for row in zip(*columns, strict=True)]


def lines(rows: Rows) -> list[bytes]:
    return [",".join(row).encode() for row in rows]


def table(of: list[bytes], header: tuple[str, ...] = NAMES) -> bytes:
    return b"\n".join([",".join(header).encode(), *of]) + b"\n"


def _places(rng: np.random.Generator, rows: Rows, number: int) -> list[int]:
    return sorted(rng.choice(len(rows), number, replace=False).tolist())


def _set(rng: np.random.Generator, rows: Rows, column: str, number: int, value: Callable[[], str]) -> Planted:
    """A value at random places of a column."""
    at, places = NAMES.index(column), _places(rng, rows, number)
    for place in places:
        rows[place][at] = value()
    return Planted(lines(rows), {*places}, set())


def type_change(rng: np.random.Generator, rows: Rows) -> Planted:
    return _set(rng, rows, "age", 5, lambda: "unknown")


def out_of_range(rng: np.random.Generator, rows: Rows) -> Planted:
    return _set(rng, rows, "age", 4, lambda: str(rng.choice(["999", "-5", "1e9"])))


def new_category(rng: np.random.Generator, rows: Rows) -> Planted:
    return _set(rng, rows, "plan", len(rows) // 100, lambda: "platinum")


def empty(rng: np.random.Generator, rows: Rows) -> Planted:
    return _set(rng, rows, "plan", 3, lambda: "")


def future(rng: np.random.Generator, rows: Rows) -> Planted:
    return _set(rng, rows, "timestamp", 3, lambda: f"20{rng.integers(25, 99)}-01-01T00:00:00")


def wrong_encoding(rng: np.random.Generator, rows: Rows) -> Planted:
    places, made = _places(rng, rows, 3), lines(rows)
    for place in places:
        made[place] = made[place].replace(b"country", b"pa\xefs", 1)
    return Planted(made, {*places}, set())


def torn_line(rng: np.random.Generator, rows: Rows) -> Planted:
    place, made = int(rng.integers(len(rows))), lines(rows)
    made[place] = made[place][: int(rng.integers(9, made[place].rindex(b",")))]
    return Planted(made, {place}, set())


def duplicate_key(rng: np.random.Generator, rows: Rows) -> Planted:
    firsts, made = _places(rng, rows[: len(rows) // 2], 4), lines(rows)
    return Planted([*made, *(made[place] for place in firsts)], {len(made) + k for k in range(4)}, set())


def null_share(rng: np.random.Generator, rows: Rows) -> Planted:
    return _set(rng, rows, "discount", len(rows) // 3, lambda: "")._replace(
        rejects=set(), codes={"null-share"}
    )


def stale(rng: np.random.Generator, rows: Rows) -> Planted:
    shift = MONTHS[1] - MONTHS[0]
    for row in rows:
        row[1] = f"{datetime.fromisoformat(row[1]) - shift - timedelta(days=3):%Y-%m-%dT%H:%M:%S}"
    return Planted(lines(rows), set(), {"stale"})


def swapped(rng: np.random.Generator, rows: Rows) -> Planted:
    a, b = (NAMES.index(name) for name in ("age", "tenure_days"))
    for row in rows:
        row[a], row[b] = row[b], row[a]
    return Planted(lines(rows), None, {"swapped"})


def swapped_kinds(rng: np.random.Generator, rows: Rows) -> Planted:
    a, b = (NAMES.index(name) for name in ("plan", "calls"))
    for row in rows:
        row[a], row[b] = row[b], row[a]
    return Planted(lines(rows), None, {"swapped"})


def _unit(rows: Rows, column: str, factor: float) -> Planted:
    at = NAMES.index(column)
    for row in rows:
        row[at] = f"{float(row[at]) * factor:.4f}"
    return Planted(lines(rows), None, {"changed-unit"})


def unit_100(rng: np.random.Generator, rows: Rows) -> Planted:
    return _unit(rows, "amount", 100)


def unit_miles(rng: np.random.Generator, rows: Rows) -> Planted:
    return _unit(rows, "amount", 1.609344)


def sign(rng: np.random.Generator, rows: Rows) -> Planted:
    return _unit(rows, "amount", -1)


def row_count(rng: np.random.Generator, rows: Rows) -> Planted:
    return Planted(lines(rows[: len(rows) // 3]), set(), {"row-count"})


def renamed(rng: np.random.Generator, rows: Rows) -> Planted:
    header = tuple("premium" if name == "amount" else name for name in NAMES)
    return Planted(lines(rows), set(), {"columns-renamed"}, header)


def gone(rng: np.random.Generator, rows: Rows) -> Planted:
    return Planted(lines([row[:-1] for row in rows]), set(), {"columns-gone"}, NAMES[:-1])


def reordered(rng: np.random.Generator, rows: Rows) -> Planted:
    header = (NAMES[1], NAMES[0], *NAMES[2:])
    return Planted(lines([[row[1], row[0], *row[2:]] for row in rows]), set(), {"columns-reordered"}, header)


def numeric_ids(rng: np.random.Generator, rows: Rows) -> Planted:
    return Planted(lines([[row[0].lstrip("c0") or "0", *row[1:]] for row in rows]), set(), {"changed-ids"})


def twice(rng: np.random.Generator, rows: Rows) -> Planted:
    day = rows[int(rng.integers(len(rows)))][1][:10]
    again = [row for row in rows if row[1][:10] == day]
    rejects = {len(rows) + k for k in range(len(again))}
    return Planted(lines([*rows, *again]), rejects, {"delivered-twice"} if len(again) >= 10 else set())


FAULTS: dict[str, Callable[[np.random.Generator, Rows], Planted]] = {
    fault.__name__: fault
    for fault in (
        type_change, out_of_range, new_category, empty, future, wrong_encoding, torn_line, duplicate_key, null_share,
        stale, swapped, swapped_kinds, unit_100, unit_miles, sign, row_count, renamed, gone, reordered, numeric_ids,
        twice,
    )
}  # fmt: skip
