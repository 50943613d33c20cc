"""Evaluates scored rows, all together or by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from churnkit.arrays import Ints
from churnkit.columns import PROBABILITY
from churnkit.evaluation.profit import Campaign, profit_record
from churnkit.evaluation.reading import ID, TRUTH, WEIGHT, ScoredColumns
from churnkit.evaluation.record import check_both_classes, evaluate_scores


def evaluate_groups(
    rows: pl.DataFrame, wanted: ScoredColumns, campaign: Campaign, seed: int
) -> list[dict[str, Any]]:
    """One record per group of the columns `by`, in the order of their values; one record without `by`.

    rows: of `read_scored`. Raises ChurnkitError if all rows together churned, or all stayed.
    """
    check_both_classes(rows[TRUTH].to_numpy())
    return [{**group, **_evaluate(part, wanted, campaign, seed)} for group, part in _groups(rows, wanted.by)]


def _groups(rows: pl.DataFrame, by: Sequence[str]) -> list[tuple[dict[str, Any], pl.DataFrame]]:
    if not by:
        return [({}, rows)]
    ordered = rows.sort(by, maintain_order=True, nulls_last=True).partition_by(by, maintain_order=True)
    return [(part.select(by).row(0, named=True), part) for part in ordered]


def _evaluate(rows: pl.DataFrame, wanted: ScoredColumns, campaign: Campaign, seed: int) -> dict[str, Any]:
    """The metrics of some rows, and the profit of a campaign if there is a customer value."""
    truth, probability = rows[TRUTH].to_numpy().astype(float), rows[PROBABILITY].to_numpy()
    baseline = rows[wanted.baseline].to_numpy() if wanted.baseline else None
    weights = rows[WEIGHT].to_numpy() if WEIGHT in rows.columns else None
    even = None if weights is None else weights / weights.mean()
    customers = _customers(rows)
    record = evaluate_scores(truth, probability, customers, seed, baseline, even)
    if wanted.baseline:
        record["baseline"] = wanted.baseline
    if wanted.customer_value:
        value = rows[wanted.customer_value].to_numpy()
        record["profit"] = profit_record(truth, probability, value, campaign, weights, customers, seed)
    return record


def _customers(rows: pl.DataFrame) -> Ints | None:
    """The number of each row's customer (n,), or None without an id."""
    if ID not in rows.columns:
        return None
    ranks = rows[ID].rank("dense").cast(pl.Int64) - (0 if rows[ID].has_nulls() else 1)
    return ranks.fill_null(0).to_numpy()
