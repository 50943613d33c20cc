"""Ablation: how the AUC changes when a group of columns is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from churnkit.evaluation import bootstrap, metrics
from churnkit.evaluation.splits import Split
from churnkit.models.columns import TrainingRows
from churnkit.training.fitting import Choose, TestScores, score_test_rows


@dataclass(frozen=True)
class Ablation:
    """A model without a group of columns. difference: its AUC minus that of the full model; low, high: the
    95 % interval. columns: how many columns the group has."""

    group: str
    columns: int
    difference: float
    low: float
    high: float


def ablate(
    kind: str,
    data: TrainingRows,
    date_split: Split | None,
    choose: Choose,
    seed: int,
    whole: TestScores,
    groups: Mapping[str, Sequence[str]],
    progress: Callable[[], None],
) -> list[Ablation]:
    """Trains without each group of columns and tests on the same rows as `whole`; the largest loss comes
    first.

    groups: name → its columns. whole: the test of the full model. progress: called after each group.
    """
    rows = data.part(whole.rows)
    auc = metrics.auc(rows.truth, whole.probability, rows.weights)
    ablations = []
    for group, names in groups.items():
        kept = [place for place, column in enumerate(data.columns) if column.name not in names]
        if kept:
            only = data.only(kept)
            without = score_test_rows(kind, only, date_split, choose, seed, shape=whole.shape).probability
            scores = [without, whole.probability]
            resamples = bootstrap.resample(
                rows.truth, scores, rows.groups, bootstrap.REPEATS, seed, rows.weights, ["auc"]
            )
            difference = metrics.auc(rows.truth, without, rows.weights) - auc
            ablations.append(Ablation(group, len(names), difference, *resamples.differences()["auc"]))
        progress()
    return sorted(ablations, key=lambda ablation: ablation.difference)
