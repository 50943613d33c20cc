"""What has moved between a base and new rows: a record a column, and whether it is more than chance.

The base is a model's own histograms, or a profile; the new rows are counted in the base's bins. Chance is
counted in customers, for the rows of one customer move together.
Source: Yurdakul (2018), Statistical properties of the population stability index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from churnkit.drift.psi import SIGNIFICANCE, chance_limit, column_psi, expected_psi, significance
from churnkit.drift.watch import Watch
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
    """columns: with histograms. size: customers, or rows where there is no id. left_out: column → why it is
    not compared. complete: columns whose categories are all that there were."""

    columns: list[Column]
    size: float
    left_out: dict[str, str]
    complete: frozenset[str]


def base_of_profile(records: Sequence[Mapping[str, Any]], id_name: str) -> DriftBase:
    """A base from the records of `profile`. Raises ValueError where they are not such."""
    columns, left_out, complete = [], {}, set()
    described, table = check_profile(records)
    size = float(table["rows"])
    for record in described:
        name, rows, nulls = record["column"], record["rows"], record["nulls"]
        flags = record["flags"]
        if name == id_name:
            size, left_out[name] = float(record["distinct"]), "the id"
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
    if not 0 <= size < np.inf:
        raise ValueError("a count of rows or customers is none")
    return DriftBase(columns, size, left_out, frozenset(complete))


def base_of_model(columns: Sequence[Column], customers: float) -> DriftBase:
    """A base from a model's features."""
    whole = [c.name for c in columns if c.is_category and not ((c.histogram or {}).get("rows") or [1])[-1]]
    return DriftBase([c for c in columns if c.histogram is not None], customers, {}, frozenset(whole))


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
    base: DriftBase,
    watch: Watch,
    unseen: UnseenValues,
    size: float,
    max_psi: float,
    score: Watch | None = None,
) -> list[dict[str, Any]]:
    """A record a column that both have, the most moved first.

    watch, unseen: the new rows. size: their customers, or rows. score: those of a model's probability.
    """
    watched = [(column, watch, column.type) for column in base.columns if column.name in watch.rows]
    watched += (
        [(column, score, SCORE) for column in score.columns if column.name in score.rows] if score else []
    )
    made = [
        _record(column, seen, kind, base, unseen, size, max_psi, len(watched))
        for column, seen, kind in watched
    ]
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
    column: Column,
    watch: Watch,
    kind: str,
    base: DriftBase,
    unseen: UnseenValues,
    size: float,
    max_psi: float,
    columns: int,
) -> dict[str, Any]:
    histogram = column.histogram or {}
    old = np.array([*histogram["rows"], histogram["missing"]], dtype=float)
    new = watch.rows[column.name]
    psi, bins = column_psi(column, old, new)
    p = significance(psi, bins, base.size, size)
    cannot_tell = chance_limit(bins, base.size, size, SIGNIFICANCE / columns) > max_psi
    drifted = psi > max_psi and p < SIGNIFICANCE / columns
    before, after = _told(column, old, new, watch.totals.get(column.name, 0.0))
    fresh = unseen.counts.get(column.name, Counter())
    vanished = [c for c, was, is_ in zip(column.categories, old, new, strict=False) if was and not is_]
    is_complete = column.name in base.complete
    return {
        "column": column.name,
        "kind": kind,
        "psi": psi,
        "psi_chance": expected_psi(bins, base.size, size),
        "p": p,
        "drifted": drifted,
        "before": before,
        "after": after,
        "missing_before": float(old[-1] / max(old.sum(), 1)),
        "missing_after": float(new[-1] / max(new.sum(), 1)),
        "new_values": [w for w, _ in fresh.most_common(SHOWN_VALUES)] if is_complete else [],
        "vanished_values": vanished[:SHOWN_VALUES],
        "importance": column.importance,
        "note": TOO_FEW if bins > 1 and cannot_tell and not drifted else None,
    }


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
