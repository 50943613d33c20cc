"""What has moved between a base and new rows: a record a column.

The base is a model's own histograms, or a profile; the new rows are counted in the base's bins.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from churnkit.drift.psi import MAX_PSI
from churnkit.drift.watch import Watch, base_rows
from churnkit.groups import effective_groups
from churnkit.models.columns import CATEGORY, NUMBER, Column, check_histogram
from churnkit.profiling.records import check_profile

FIELDS = (
    "column", "kind", "psi", "psi_chance", "p", "drifted", "before", "after", "missing_before",
    "missing_after", "new_values", "vanished_values", "importance", "note",
)  # fmt: skip
TOO_FEW = "too few rows to tell"
GONE, ADDED, SCORE = "gone", "added", "score"  # kinds beside number and category
SHOWN_VALUES = 10
MOST_UNSEEN = 1_000  # different new values of a column that are counted


@dataclass(frozen=True)
class DriftBase:
    """columns: with histograms. customers: the effective ones, rows where there is no id; None where nobody
    counted them. left_out: column → why it is not compared. complete: columns whose categories are all that
    there were."""

    columns: list[Column]
    customers: float | None
    left_out: dict[str, str]
    complete: frozenset[str]


def base_of_profile(records: Sequence[Mapping[str, Any]], id_name: str) -> DriftBase:
    """A base from the records of `profile`. Raises ValueError where they are not such."""
    columns, left_out, complete = [], {}, set()
    described, table = check_profile(records)
    customers = float(table["rows"])
    for record in described:
        name, rows, nulls = record["column"], record["rows"], record["nulls"]
        flags = record["flags"]
        if name == id_name:
            customers, left_out[name] = _customers(record), "the id"
        elif record["type"] == "timestamp":
            left_out[name] = "a time moves by itself"
        elif "id-like" in flags or ("unique" in flags and record["type"] in ("text", "integer")):
            left_out[name] = "an id?"
        elif record["pii"] is not None and not record["top"] and rows > nulls:
            left_out[name] = "personal: its values are hidden"
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
    """The effective customers, by the record of the id; rows without one are those of one customer."""
    rows, nulls, effective = record["rows"], record["nulls"], record.get("distinct_effective")
    if effective is None:  # the profile of an older version
        return float(record["distinct"])
    known = rows - nulls
    effective = min(effective, record["distinct"])  # an estimate may be a little too large
    return effective_groups(rows, nulls**2 + (known**2 / effective if effective else 0))


def base_of_model(columns: Sequence[Column], trained_on: Mapping[str, Any]) -> DriftBase:
    """A base from a model's features. trained_on: of its file; an older one has no effective customers."""
    whole = [c.name for c in columns if c.is_category and not ((c.histogram or {}).get("rows") or [1])[-1]]
    watched = [c for c in columns if c.histogram is not None]
    return DriftBase(watched, trained_on.get("effective_customers"), {}, frozenset(whole))


@dataclass
class UnseenValues:
    """Values of categories that the base has not, with their rows."""

    columns: Sequence[Column]
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def see(self, rows: pl.DataFrame) -> None:
        """rows: String columns."""
        for column in self.columns:
            if column.is_category and column.name in rows.columns:
                found = rows[column.name].drop_nulls().value_counts(name="\0")
                fresh = found.filter(~found[column.name].is_in(column.categories))
                counts = self.counts.setdefault(column.name, Counter())
                for word, number in fresh.sort("\0", descending=True).head(MOST_UNSEEN).iter_rows():
                    if word in counts or len(counts) < MOST_UNSEEN:
                        counts[word] += number


def drift_records(
    base: DriftBase, watch: Watch, unseen: UnseenValues, max_psi: float = MAX_PSI
) -> list[dict[str, Any]]:
    """One record per watched column, the most moved first. watch, unseen: the new rows."""
    made = [_record(column, base, watch, unseen, max_psi) for column in watch.watched]
    weights = sum(record["importance"] or 0 for record in made)
    return sorted(
        made,
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
    before, after = _told(column, old, new, watch.totals.get(column.name, 0.0))
    fresh = unseen.counts.get(column.name, Counter())
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
        "new_values": [w for w, _ in fresh.most_common(SHOWN_VALUES)] if is_complete else [],
        "vanished_values": vanished[:SHOWN_VALUES],
        "importance": column.importance,
        "note": None if shift.is_decidable or shift.drifted else TOO_FEW,
    }


def flat_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose lists are texts, for CSV."""
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in record.items()}


def _told(column: Column, old: Any, new: Any, total: float) -> tuple[float | None, float | None]:
    """Before and after: the means, or the shares of the base's top value among what is known."""
    known = old[:-1].sum(), new[:-1].sum()
    if column.is_category:
        top = int(np.argmax(old[: column.other])) if column.other else 0
        shares = [
            float(part[top] / rows) if rows else None for part, rows in zip((old, new), known, strict=True)
        ]
        return shares[0], shares[1]
    return (column.histogram or {}).get("mean"), float(total / known[1]) if known[1] else None


def one_sided_record(column: str, kind: str) -> dict[str, Any]:
    """The record of a column that is gone from the new rows, or was not in the base."""
    return {
        **dict.fromkeys(FIELDS),
        "column": column,
        "kind": kind,
        "drifted": kind == GONE,
        "new_values": [],
        "vanished_values": [],
    }
