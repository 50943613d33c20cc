"""Rows that repeat: equal in every column that the model learns from, and in the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.evaluation import metrics
from churnkit.intervals import standard_error
from churnkit.models.columns import TrainingRows
from churnkit.training.baselines import TestReport
from churnkit.training.fitting import TestScores

MAX_SHARE_OF_ONE_ROW = 0.01  # more equal rows than this share of the table: a table of few values
LEAST_DISAGREEMENT = 0.1  # public tables with copies: 0.00; tables of few values: 0.4 to 1.3
MAX_SHARE = 0.05  # of rows that repeat; if there are more, they may make the test look good
STANDARD_ERRORS = 2.0


@dataclass(frozen=True)
class Repeats:
    """rows: how many repeat an earlier row. share: of all rows. auc: of the test with one row of each, if
    many rows repeat and it is lower by more than two standard errors; else None."""

    rows: int
    share: float
    auc: float | None


def first_equal_rows(matrix: Floats, truth: Floats) -> Ints:
    """(n,) the number of the first row that is equal to each row: its own number if it repeats no other row.

    A table of few values has equal rows that are no copies: there, customers whose columns are equal differ
    in the target, as others do. Then no row repeats. Nor do sets of equal rows larger than 1 % of the table.
    matrix: (n, k), NaN for missing. truth: (n,).
    """
    numbers = np.arange(len(truth))
    values = pl.DataFrame(matrix + 0.0).fill_nan(None)  # -0.0 becomes 0.0
    rows = pl.DataFrame({"values": values.hash_rows(), "truth": truth, "number": numbers})
    if _disagreement(rows) >= LEAST_DISAGREEMENT:
        return numbers
    sets = rows.select(
        first=pl.col("number").first().over("values", "truth"), rows=pl.len().over("values", "truth")
    )
    is_counted = sets["rows"].to_numpy() <= MAX_SHARE_OF_ONE_ROW * len(truth)
    return np.where(is_counted, sets["first"].to_numpy(), numbers)


def _disagreement(rows: pl.DataFrame) -> float:
    """How often two rows with equal columns differ in the target, per what chance gives; 0 for copies.

    rows: values, truth (0 and 1).
    """
    share = float(rows["truth"].mean())  # type: ignore[arg-type]
    alike = rows.group_by("values").agg(pl.len().alias("rows"), pl.col("truth").sum().alias("churned"))
    alike = alike.filter(pl.col("rows") > 1)
    count, churned = (alike[name].to_numpy().astype(float) for name in ("rows", "churned"))
    if not len(count):
        return 0.0
    differ = 2 * churned * (count - churned) / (count * (count - 1))  # of two rows of a group
    return float(count @ differ / count.sum() / (2 * share * (1 - share)))


def find_repeats(data: TrainingRows, test: TestScores, report: TestReport) -> Repeats | None:
    """How many rows repeat, and what that does to the test; None if no row repeats."""
    if data.first_equal is None:
        return None
    is_first = data.first_equal == np.arange(len(data.truth))
    count = int((~is_first).sum())
    if not count:
        return None
    share = count / len(is_first)
    kept = is_first[test.rows]
    rows = data.part(test.rows[kept])
    auc = metrics.auc(rows.truth, test.probability[kept], rows.weights)
    low, high = report.intervals["auc"]
    gap = report.figures["auc"] - auc
    is_worse = share > MAX_SHARE and gap > STANDARD_ERRORS * standard_error(low, high)
    return Repeats(count, share, auc if is_worse else None)
