"""What a readable tree costs: the AUC that a larger tree would have in the same test."""

from __future__ import annotations

from churnkit.evaluation import metrics
from churnkit.models import kind_of
from churnkit.models.columns import TrainingRows
from churnkit.training.candidates import Candidate
from churnkit.training.fitting import Progress, score_test_rows
from churnkit.training.test_plan import TestPlan

LARGE_LEAVES = 60  # more than a person reads; on public tables more leaves gain little


def try_larger_tree(
    candidate: Candidate, data: TrainingRows, plan: TestPlan, seed: int, progress: Progress
) -> float | None:
    """The AUC with at most 60 leaves; None if the kind has no --max-leaves, or as many are allowed anyway.

    progress: called after each fold.
    """
    kind = kind_of(candidate.kind)
    if "max_leaves" not in kind.OPTIONS or candidate.settings["max_leaves"] >= LARGE_LEAVES:
        return None
    settings = {name: value for name, value in candidate.settings.items() if name != kind.SIZE}
    settings["max_leaves"] = LARGE_LEAVES
    scores = score_test_rows(
        candidate.kind, data, plan.split, lambda _: settings, seed, progress, candidate.scores.shape
    )
    rows = data.part(scores.rows)
    return metrics.auc(rows.truth, scores.probability, rows.weights)
