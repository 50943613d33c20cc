"""What a model loses without a group of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from churnkit.evaluation import bootstrap, metrics
from churnkit.evaluation.splits import Split
from churnkit.models.columns import TrainingRows
from churnkit.training.fitting import Choose, TestScores, score_test_rows


# ------------------------------------------------------------------------ what each group of columns adds
@dataclass(frozen=True)
class Ablation:
    """A model without a group of columns: its AUC less that of the model with them, and the interval."""

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
    went_on: Callable[[], None],
) -> list[Ablation]:
    """Trains without each group of columns, tested on the same rows as `whole`; what is missed most is first.

    groups: name → its columns. went_on: called after each.
    """
    rows = data.part(whole.rows)
    auc = metrics.auc(rows.truth, whole.probability, rows.weights)
    made = []
    for group, names in groups.items():
        kept = [place for place, column in enumerate(data.columns) if column.name not in names]
        if kept:
            without = score_test_rows(kind, data.only(kept), date_split, choose, seed).probability
            scores = [without, whole.probability]
            resamples = bootstrap.resample(
                rows.truth, scores, rows.groups, bootstrap.REPEATS, seed, rows.weights
            )
            difference = metrics.auc(rows.truth, without, rows.weights) - auc
            made.append(Ablation(group, len(names), difference, *resamples.differences()["auc"]))
        went_on()
    return sorted(made, key=lambda ablation: ablation.difference)
