"""How far what was expected missed what happened, over all dates and over the newest three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.backtest.reading import LabelledPanel
from churnkit.backtest.records import customer_ends, customer_outcome
from churnkit.backtest.walk_forward import DateScores
from churnkit.evaluation.outcomes import Ends, Outcome
from churnkit.training.test_plan import embargo

NEWEST = 3  # dates that --max-miss judges together


@dataclass(frozen=True)
class Miss:
    """The newest dates together. first, last: their days. ends: of the sum that was expected."""

    first: str
    last: str
    outcome: Outcome
    ends: Ends

    @property
    def share(self) -> float:
        """How far observed lies from expected, as a share of expected; infinite if none was expected."""
        gap = abs(self.outcome.observed - self.outcome.expected)
        return gap / self.outcome.expected if self.outcome.expected else float("inf") if gap else 0.0

    def is_beyond(self, most: float) -> bool:
        """Whether the miss is larger than a share, and observed lies outside the interval."""
        return self.share > most and not self.ends.low <= self.outcome.observed <= self.ends.high


def newest_miss(panel: LabelledPanel, scores: Sequence[DateScores]) -> Miss:
    """The sums over the newest three dates. Their interval is of the errors known at the first of them.

    A miss of one date may go on at the next, so errors of single dates are not made smaller for the sum.
    """
    newest = scores[-NEWEST:]
    until = embargo(newest[0].as_of, panel.days)
    past = [customer_outcome(panel, each) for each in scores if each.as_of <= until]
    outcomes = [customer_outcome(panel, each) for each in newest]
    total = Outcome(
        sum(each.expected for each in outcomes),
        sum(each.observed for each in outcomes),
        sum(each.chance for each in outcomes),
    )
    customers = float(sum(panel.counts[each.rows].sum() for each in newest))
    return Miss(str(newest[0].day), str(newest[-1].day), total, customer_ends(total, past, customers))


def mean_error(records: Sequence[dict[str, Any]], name: str, observed: str) -> float | None:
    """The mean distance of a column from what was observed, per mean observed; None if a date lacks it.

    observed: the name of the column with what happened.
    """
    said = [record[name] for record in records]
    truth = np.array([record[observed] for record in records], dtype=np.float64)
    if None in said or not truth.sum():
        return None
    return float(np.abs(np.array(said) - truth).sum() / abs(truth.sum()))
