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

from churnkit.drift.psi import MAX_PSI
from churnkit.drift.watch import Watch, base_rows
from churnkit.groups import effective_groups
from churnkit.models.columns import CATEGORY, NUMBER, Column, check_histogram
from churnkit.profiling.profile import CLOCK
from churnkit.profiling.records import check_profile

FIELDS = (
    "column", "kind", "psi", "psi_chance", "p", "drifted", "before", "after", "missing_before",
    "missing_after", "new_values", "vanished_values", "importance", "note",
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
            histogram = {**record["tenths"], "missing": nulls, "mean": mean}
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
                values = rows[column.name].drop_nulls().value_counts(name="\0")
                unseen = values.filter(~values[column.name].is_in(column.categories))
                counts = self.counts.setdefault(column.name, Counter())
                for word, number in unseen.sort("\0", descending=True).head(MAX_UNSEEN).iter_rows():
                    if word in counts or len(counts) < MAX_UNSEEN:
                        counts[word] += number


def drift_records(
    base: DriftBase, watch: Watch, unseen: UnseenValues, max_psi: float = MAX_PSI
) -> list[dict[str, Any]]:
    """One record per watched column, the largest change first. watch, unseen: the new rows."""
    records = [_record(column, base, watch, unseen, max_psi) for column in watch.watched]
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
    column: Column, base: DriftBase, watch: Watch, unseen: UnseenValues, max_psi: float
) -> dict[str, Any]:
    old, new, shift = base_rows(column), watch.rows[column.name], watch.shift(column, max_psi)
    before, after = _means(column, old, new, watch.totals.get(column.name, 0.0))
    new_values = unseen.counts.get(column.name, Counter())
    vanished = [c for c, was, is_ in zip(column.categories, old, new, strict=False) if was and not is_]
    is_complete = column.name in base.complete
    return {
        "column": column.name,
        "kind": column.type,
        "psi": shift.psi,
        "psi_chance": shift.expected_psi,
        "p": shift.p,
        "drifted": shift.drifted,
        "before": before,
        "after": after,
        "missing_before": float(old[-1] / max(old.sum(), 1)),
        "missing_after": float(new[-1] / max(new.sum(), 1)),
        "new_values": [w for w, _ in new_values.most_common(SHOWN_VALUES)] if is_complete else [],
        "vanished_values": vanished[:SHOWN_VALUES],
        "importance": column.importance,
        "note": None if shift.is_decidable or shift.drifted else TOO_FEW,
    }


def flat_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its lists as JSON text, for CSV."""
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in record.items()}


def _means(column: Column, old: Any, new: Any, total: float) -> tuple[float | None, float | None]:
    """Before and after: the mean, or the share of the base's most frequent value among the known values."""
    known = old[:-1].sum(), new[:-1].sum()
    if column.is_category:
        top = int(np.argmax(old[: column.other])) if column.other else 0
        shares = [
            float(part[top] / rows) if rows else None for part, rows in zip((old, new), known, strict=True)
        ]
        return shares[0], shares[1]
    return (column.histogram or {}).get("mean"), float(total / known[1]) if known[1] else None


def one_sided_record(column: str, kind: str) -> dict[str, Any]:
    """The record of a column that only one side has: GONE (only the base) or ADDED (only the new rows)."""
    return {
        **dict.fromkeys(FIELDS),
        "column": column,
        "kind": kind,
        "drifted": kind == GONE,
        "new_values": [],
        "vanished_values": [],
    }
