"""Model kinds side by side: each tested, its settings searched, the best one first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from churnkit.columns import missing_column
from churnkit.errors import ChurnkitError
from churnkit.evaluation import splits
from churnkit.models import MODELS, kind_of
from churnkit.models.columns import TrainingRows
from churnkit.training.baselines import TestReport, report_test
from churnkit.training.fitting import TestScores, score_test_rows, search_settings
from churnkit.training.test_plan import TestPlan

ALL = "all"
DIRECTIONS = ("rising", "falling")
Progress = Callable[[int, int, str], None]  # (done, of, what)


@dataclass(frozen=True)
class FitChoice:
    """What a user chooses of a fit. kind: a key of MODELS, or all. rising, falling: names of number columns.

    tune: settings tried at random, 0 for none.
    """

    kind: str
    max_leaves: int
    rising: tuple[str, ...]
    falling: tuple[str, ...]
    tune: int
    seed: int

    @property
    def kinds(self) -> list[str]:
        """The kinds to fit."""
        return list(MODELS) if self.kind == ALL else [self.kind]


@dataclass(frozen=True)
class Candidate:
    """One kind of model, tested. searched: the settings that a search found, or None without a search."""

    kind: str
    settings: dict[str, Any]
    scores: TestScores
    report: TestReport
    searched: dict[str, Any] | None


def fit_candidates(
    data: TrainingRows, plan: TestPlan, choice: FitChoice, progress: Progress
) -> list[Candidate]:
    """Each chosen kind, tested; the largest AUC first. progress: is called after each setting that was tried.

    Raises ChurnkitError for a direction that a kind does not take, or of a column that is not a number.
    """
    found = [_fit_candidate(kind, data, plan, choice, progress) for kind in choice.kinds]
    return sorted(found, key=lambda candidate: -candidate.report.figures["auc"])


def _fit_candidate(
    kind: str, data: TrainingRows, plan: TestPlan, choice: FitChoice, progress: Progress
) -> Candidate:
    fixed = _settings(kind, data, choice)
    total = (1 if plan.split else splits.FOLDS + 1) * (choice.tune + 1)
    steps = itertools.count(1)

    def choose(train: TrainingRows) -> dict[str, Any]:
        if not choice.tune:
            return fixed
        return search_settings(
            kind, train, fixed, choice.tune, choice.seed,
            lambda: progress(next(steps), total, f"settings of {kind} tried"),
        )  # fmt: skip

    if plan.split:  # one part trains: its settings are searched once
        settings = choose(data.part(plan.split.train))
        scores = score_test_rows(kind, data, plan.split, lambda _: settings, choice.seed)
    else:
        scores = score_test_rows(kind, data, None, choose, choice.seed)
        settings = choose(data)
    searched = {name: value for name, value in settings.items() if name not in fixed} if choice.tune else None
    return Candidate(kind, settings, scores, report_test(scores, data, choice.seed), searched)


def _settings(kind: str, data: TrainingRows, choice: FitChoice) -> dict[str, Any]:
    """What the user sets of a kind."""
    taken = kind_of(kind).OPTIONS
    settings: dict[str, Any] = {"max_leaves": choice.max_leaves} if "max_leaves" in taken else {}
    numbers = [column.name for column in data.columns if not column.is_category]
    for word in DIRECTIONS:
        names: tuple[str, ...] = getattr(choice, word)
        if names and word not in taken and choice.kind != ALL:
            others = " and ".join(other for other in MODELS if word in kind_of(other).OPTIONS)
            raise ChurnkitError(f"--{word} is for {others}: {kind} takes no direction")
        for name in names:
            if name not in numbers:
                raise ChurnkitError(f"--{word}: {missing_column(name, numbers)}")
        if names and word in taken:
            settings[word] = list(names)
    return settings
