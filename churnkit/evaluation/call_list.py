"""A list of customers to contact, as last month's, beside scores: both contact the same number."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation import bootstrap
from churnkit.evaluation.metrics import Scores, Tally, recall_of_top, tally
from churnkit.intervals import TAILS


def is_list(baseline: Floats) -> bool:
    """Whether a baseline is a yes/no list rather than a score: only 0 and 1. baseline: (n,)."""
    return bool(np.isin(baseline, (0.0, 1.0)).all())


def compare_list(
    truth: Floats,
    probability: Floats,
    listed: Floats,
    groups: Ints | None,
    weights: Floats | None,
    seed: int,
) -> dict[str, float]:
    """The churned customers that the list reaches, and that as many contacts by falling probability reach.

    truth, listed: (n,) 0 and 1. probability: (n,). groups: (n,) the number of each row's customer, or None.
    weights: (n,) of the rows. Returns baseline_contacts (rows), baseline_recall, recall_same_contacts, and
    the recall_difference with its interval, from the bootstraps of the metrics; nan without churned rows.
    """
    each = np.ones(len(truth)) if weights is None else weights
    customer = None if groups is None else np.unique(groups, return_inverse=True)[1]
    scores = tally(truth, probability).scores

    ours, theirs = _recalls(scores, truth, listed, each)
    drawn = [
        _recalls(scores, truth, listed, bootstrap.draw_weights(each, customer, [seed, number]))
        for number in range(bootstrap.REPEATS)
    ]
    differences = np.array([a - b for a, b in drawn if a == a])
    low, high = np.percentile(differences, TAILS) if len(differences) else (np.nan, np.nan)
    return {
        "baseline_contacts": float(listed.sum()),
        "baseline_recall": theirs,
        "recall_same_contacts": ours,
        "recall_difference": ours - theirs,
        "recall_difference_low": float(low),
        "recall_difference_high": float(high),
    }


def _recalls(scores: Scores, truth: Floats, listed: Floats, weights: Floats) -> tuple[float, float]:
    """The recall of the scores with the contacts of the list, and that of the list; nan if none churned."""
    churned, contacts = truth * weights, float(listed @ weights)
    if not churned.any():
        return np.nan, np.nan
    tallied = Tally(scores, scores.sums(churned), scores.sums(weights - churned))
    ours = recall_of_top(tallied, contacts) if contacts else 0.0
    return ours, float(listed @ churned / churned.sum())
