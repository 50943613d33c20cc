"""Drift records: one per column, from a base and new rows that are counted in the bins of the base.

The base is a profile, or the histograms in a model.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from churnkit.drift import promised
from churnkit.drift.changes import largest_changes
from churnkit.drift.outside import MAX_OUTSIDE
from churnkit.drift.psi import MAX_PSI
from churnkit.drift.watch import Watch, WordCounts, base_rows, outside_in_words
from churnkit.groups import effective_groups
from churnkit.models.columns import CATEGORY, NUMBER, Column, check_histogram
from churnkit.personal_text import hide
from churnkit.profiling.profile import CLOCK
from churnkit.profiling.records import check_profile

FIELDS = (
    "column", "kind", "psi", "psi_chance", "p", "drifted", "moved", "outside", "outside_chance", "outside_p",
    "change", "top_value", "before", "after", "missing_before", "missing_after", "new_values",
    "vanished_values", "importance", "note", *promised.FIELDS,
)  # fmt: skip
TOO_FEW = "too few rows to decide"
A_CLOCK = "it reveals the date, so it always moves"
GONE, ADDED, SCORE = "gone", "added", "score"  # kinds besides number and category
SHOWN_VALUES = 10
MAX_UNSEEN = 1_000  # different new values that are counted per column


@dataclass(frozen=True)
class DriftBase:
    """What the new rows are compared with.

    columns: with histograms. customers: the effective number, rows if there is no id, None if unknown.
    left_out: column → the reason why it is not compared. complete: columns whose list of categories is
    complete.
    """

    columns: list[Column]
    customers: float | None
    left_out: dict[str, str]
    complete: frozenset[str]


def base_of_profile(records: Sequence[Mapping[str, Any]], id_name: str) -> DriftBase:
    """A base from the records of `profile`. Raises ValueError if they are not a profile."""
    columns, left_out, complete = [], {}, set()
    described, table = check_profile(records)
    customers = float(table["rows"])
    for record in described:
        name, rows, nulls = record["column"], record["rows"], record["nulls"]
        flags = record["flags"]
        if name == id_name:
            customers, left_out[name] = _customers(record), "the id"
        elif record["type"] == "timestamp":
            left_out[name] = "a time, which always moves"
        elif "id-like" in flags or ("unique" in flags and record["type"] in ("text", "integer")):
            left_out[name] = "looks like an id"
        elif CLOCK in flags:
            left_out[name] = A_CLOCK
        elif record["pii"] is not None and not record["top"] and rows > nulls:
            left_out[name] = "personal data: the profile hides its values"
        elif record["type"] in ("integer", "float"):
            mean = record["mean"] if record["mean"] is not None and abs(record["mean"]) < np.inf else None
            ends = [float(record[end]) for end in ("min", "max") if record.get(end) is not None]
            limits = ends if len(ends) == 2 else None
            histogram = {**record["tenths"], "missing": nulls, "mean": mean, "limits": limits}
            columns.append(Column(name, NUMBER, histogram=check_histogram(histogram, None)))
        else:
            top = sorted((str(item["value"]), int(item["rows"])) for item in record["top"])
            others = rows - nulls - sum(n for _, n in top)
            histogram = {"rows": [*(n for _, n in top), others], "missing": nulls}
            names = tuple(value for value, _ in top)
            columns.append(Column(name, CATEGORY, names, histogram=check_histogram(histogram, len(names))))
            if not others:
                complete.add(name)
    return DriftBase(columns, customers, left_out, frozenset(complete))


def _customers(record: Mapping[str, Any]) -> float:
    """The effective customers, from the record of the id; rows without an id count as one customer."""
    rows, nulls, effective = record["rows"], record["nulls"], record.get("distinct_effective")
    if effective is None:  # a profile of an older version
        return float(record["distinct"])
    known = rows - nulls
    effective = min(effective, record["distinct"])  # an estimate can be slightly too large
    return effective_groups(rows, nulls**2 + (known**2 / effective if effective else 0))


def base_of_model(
    columns: Sequence[Column], trained_on: Mapping[str, Any], clocks: Collection[str] = ()
) -> DriftBase:
    """A base from the features of a model. trained_on: of the model file; older files lack the customers.

    clocks: features that reveal the date, which the user allowed in the model.
    """
    complete = [c.name for c in columns if c.is_category and not ((c.histogram or {}).get("rows") or [1])[-1]]
    watched = [c for c in columns if c.histogram is not None and c.name not in clocks]
    left_out = {c.name: A_CLOCK for c in columns if c.name in clocks}
    return DriftBase(watched, trained_on.get("effective_customers"), left_out, frozenset(complete))


@dataclass
class UnseenValues:
    """Categories that the base does not have, with their number of rows."""

    columns: Sequence[Column]
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def see(self, rows: pl.DataFrame) -> None:
        """Adds rows. rows: String columns."""
        for column in self.columns:
            if column.is_category and column.name in rows.columns:
                self.add(column, WordCounts.of(rows[column.name]))

    def add(self, column: Column, found: WordCounts) -> None:
        """Adds the words of a block."""
        values = pl.DataFrame({"word": found.words, "rows": found.rows})
        unseen = values.filter(~found.words.is_in(column.categories))
        counts = self.counts.setdefault(column.name, Counter())
        ordered = unseen.sort("rows", "word", descending=[True, False])  # equal counts come in any order
        for word, number in ordered.head(MAX_UNSEEN).iter_rows():
            if word in counts or len(counts) < MAX_UNSEEN:
                counts[word] += number

    def most(self, column: Column, number: int) -> list[str]:
        """The values with the most rows, the most frequent one first, equally frequent ones by their text."""
        counts = self.counts.get(column.name, Counter())
        return sorted(counts, key=lambda word: (-counts[word], word))[:number]


def drift_records(
    base: DriftBase,
    watch: Watch,
    unseen: UnseenValues,
    max_psi: float = MAX_PSI,
    max_outside: float = MAX_OUTSIDE,
) -> list[dict[str, Any]]:
    """One record per watched column, the largest change first. watch, unseen: the new rows."""
    limits = max_psi, max_outside
    records = [_record(column, base, watch, unseen, limits) for column in watch.watched]
    weights = sum(record["importance"] or 0 for record in records)
    return sorted(
        records,
        key=lambda r: (
            -(r["psi"] * ((r["importance"] or 0) / weights if weights else 1)),
            -r["psi"],
            r["column"],
        ),
    )


def _record(
    column: Column, base: DriftBase, watch: Watch, unseen: UnseenValues, limits: tuple[float, float]
) -> dict[str, Any]:
    """limits: of the PSI, and of the share outside the base's range."""
    shift, outside = watch.shift(column, limits[0]), watch.outside(column, limits[1])
    drifted = shift.drifted or bool(outside and outside.drifted)
    is_decidable = shift.is_decidable and (outside is None or outside.is_decidable)
    return {
        "column": column.name,
        "kind": column.type,
        "psi": shift.psi,
        "psi_chance": shift.expected_psi,
        "p": shift.p,
        "drifted": drifted,
        "moved": shift.moved or drifted,
        "outside": outside and outside.share,
        "outside_chance": outside and outside.expected,
        "outside_p": outside and outside.p,
        **_value_fields(column, base, watch, unseen),
        "note": None if is_decidable or drifted else TOO_FEW,
    }


def _value_fields(column: Column, base: DriftBase, watch: Watch, unseen: UnseenValues) -> dict[str, Any]:
    """What the column's values were and are: the means, or the shares of the base's top value, and so on."""
    old, new = base_rows(column), watch.rows[column.name]
    before, after = _top_shares(column, old, new) if column.is_category else watch.means(column)
    vanished = [c for c, was, is_ in zip(column.categories, old, new, strict=False) if was and not is_]
    is_complete = column.name in base.complete
    return {
        "change": change_in_words(column, watch),
        "top_value": hide(column.categories[_top(column, old)]) if column.categories else None,
        "before": before,
        "after": after,
        "missing_before": float(old[-1] / max(old.sum(), 1)),
        "missing_after": float(new[-1] / max(new.sum(), 1)),
        "new_values": [*map(hide, unseen.most(column, SHOWN_VALUES))] if is_complete else [],
        "vanished_values": [*map(hide, vanished[:SHOWN_VALUES])],
        "importance": column.importance,
    }


def change_in_words(column: Column, watch: Watch) -> str:
    """The largest changes and the values beyond the limits, as `mean 3 → 4.5; 9 and above 10% → 20%`."""
    changes = largest_changes(column, base_rows(column), watch.rows[column.name], watch.means(column))
    words = [f"{c.what} {c.before} → {c.after}" for c in changes]
    outside = watch.outside(column)
    if outside is not None and outside.share > 0:
        words.append(outside_in_words(column, outside.share))
    return "; ".join(words)


def flat_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with all FIELDS, its lists as JSON text, for CSV."""
    plain = {name: json.dumps(value) if isinstance(value, list) else value for name, value in record.items()}
    return {**dict.fromkeys(FIELDS), **plain}


def _top(column: Column, old: Any) -> int:
    """The place of the base's most frequent value."""
    return int(np.argmax(old[: column.other])) if column.other else 0


def _top_shares(column: Column, old: Any, new: Any) -> tuple[float | None, float | None]:
    """The share of the base's most frequent value among the known values, before and after."""
    top = _top(column, old)
    before, after = (float(rows[top] / known) if (known := rows[:-1].sum()) else None for rows in (old, new))
    return before, after


def one_sided_record(column: str, kind: str) -> dict[str, Any]:
    """The record of a column that only one side has: GONE (only the base) or ADDED (only the new rows)."""
    return {
        **dict.fromkeys(FIELDS),
        "column": column,
        "kind": kind,
        "drifted": kind == GONE,
        "moved": kind == GONE,
        "new_values": [],
        "vanished_values": [],
    }
