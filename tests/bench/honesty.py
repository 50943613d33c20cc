"""Are the numbers of a fit right? Simulated populations whose true probabilities are known.

    python -m tests.bench.honesty [weights|null|forecast|auc|ece|profit ...] [POPULATIONS]
    python -m tests.bench.honesty slope FOLDER [ROWS]     # of public tables, at most 3,000 rows of each

One line of JSON per kind and case, with what is right beside it.
- weights: stayers undersampled and weighted by what they stand for: observed over expected on new rows (1).
- null: columns that say nothing: log loss on new rows above that of the base rate (0), told AUC (.50).
- forecast: how often the interval of "expected to leave" holds the number that left (at least .90).
- auc: how often the told interval of the AUC holds the AUC on new rows (.95).
- ece: how often the interval of the corrected calibration error holds the true one (at least .90).
- profit: what the best cut promises in hindsight, when rated, and earns; its interval (at least .90).
- slope: that of a logistic regression of truth on the log-odds of rows that a model had not seen (.95 to 1.1).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from churnkit.arrays import Floats
from churnkit.evaluation import metrics
from churnkit.evaluation.calibration_error import calibration_error
from churnkit.evaluation.expected_loss import ExpectedLoss, model_error
from churnkit.evaluation.profit import Campaign, profit_record
from churnkit.models import MODELS, Fitted
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import NUMBER, Column, TrainingRows
from churnkit.target import parse_target
from churnkit.training.baselines import report_test
from churnkit.training.fitting import FOLDS, TestScores, refit, score_test_rows
from churnkit.training.preparation import prepare
from churnkit.training.repeats import first_equal_rows
from tests.bench.models import TABLES

COLUMNS = 6
NEW_ROWS = 50_000
Draw = Callable[[int], tuple[Floats, Floats]]  # rows → matrix, truth


def _population(rng: np.random.Generator, base: float, pull: float) -> Draw:
    """Rows whose log-odds depend on three of six columns. pull: how strongly; 0 not at all."""
    weights = rng.normal(size=3) * pull

    def draw(rows: int) -> tuple[Floats, Floats]:
        matrix = rng.normal(size=(rows, COLUMNS))
        said = np.log(base / (1 - base)) + matrix[:, :3] @ weights + pull * (matrix[:, 0] * matrix[:, 1])
        return matrix, (rng.random(rows) < sigmoid(said)).astype(float)

    return draw


def _rows(matrix: Floats, truth: Floats, weights: Floats | None = None) -> TrainingRows:
    columns = [Column(f"x{k}", NUMBER) for k in range(COLUMNS)]
    even = np.ones(len(truth)) if weights is None else weights / weights.mean()
    return TrainingRows(columns, matrix, truth, np.arange(len(truth)), even)


def _fit(kind: str, rows: TrainingRows, seed: int) -> tuple[TestScores, Fitted]:
    test = score_test_rows(kind, rows, None, lambda _: {}, seed)
    return test, refit(kind, rows, test, {}, seed)


def weights(populations: int) -> Iterator[dict[str, Any]]:
    for kind in MODELS:
        for leavers in (80, 300, 900):
            ratios, gaps = [], []
            for seed in range(populations):
                rng = np.random.default_rng(seed)
                draw = _population(rng, 0.02, 0.7)
                matrix, truth = draw(leavers * 100)
                left, stayed = np.flatnonzero(truth)[:leavers], np.flatnonzero(truth == 0)
                kept = rng.choice(stayed, round(leavers * 1.3), replace=False)
                rows = np.concatenate([left, kept])
                share = len(stayed) / len(kept) * len(left) / truth.sum()
                sample = _rows(matrix[rows], truth[rows], np.where(truth[rows] > 0, 1.0, share))
                _, fitted = _fit(kind, sample, seed)
                _, even = _fit(kind, _rows(matrix[rows], truth[rows]), seed)
                new, happened = draw(NEW_ROWS)
                ratios.append(happened.sum() / fitted.probability(new).sum())
                aucs = [metrics.auc(happened, model.log_odds(new)) for model in (fitted, even)]
                gaps.append(aucs[0] - aucs[1])
            yield {
                "case": "weights", "kind": kind, "leavers": leavers,
                "observed_over_expected": np.mean(ratios), "right": 1.0,
                "auc_beyond_even_sample": np.mean(gaps), "least": -0.01,
            }  # fmt: skip


def null(populations: int) -> Iterator[dict[str, Any]]:
    for kind in MODELS:
        for rows, base in ((150, 0.2), (400, 0.1), (2_000, 0.05)):
            above, told, slopes = [], [], []
            for seed in range(populations):
                draw = _population(np.random.default_rng(seed), base, 0.0)
                matrix, truth = draw(rows)
                if not 5 < truth.sum() < rows - 5:
                    continue
                sample = _rows(matrix, truth)
                test, fitted = _fit(kind, sample, seed)
                new, happened = draw(NEW_ROWS)
                loss = metrics.log_loss(happened, fitted.probability(new))
                above.append(loss - metrics.log_loss(happened, np.full(NEW_ROWS, truth.mean())))
                told.append(metrics.auc(truth, test.probability))
                slopes.append(fitted.calibration.slope)
            yield {
                "case": "null", "kind": kind, "rows": rows, "log_loss_above_base_rate": np.mean(above),
                "auc": np.mean(told), "right": 0.5, "least_slope": min(slopes), "populations": len(above),
            }  # fmt: skip


def forecast(populations: int) -> Iterator[dict[str, Any]]:
    for kind in MODELS:
        held = []
        for seed in range(populations):
            draw = _population(np.random.default_rng(seed), 0.05, 0.6)
            sample = _rows(*draw(1_500))
            test, fitted = _fit(kind, sample, seed)
            new, happened = draw(2_000)
            losses = ExpectedLoss(model_error(report_test(test, sample, seed).plain))
            losses.add(fitted.probability(new), np.ones(len(new)))
            low, high = (
                float(x.replace(",", "")) for x in re.findall(r"\((\S+) to (\S+)\)", losses.sentence)[0]
            )
            held.append(low <= happened.sum() <= high)
        yield {
            "case": "forecast",
            "kind": kind,
            "held": np.mean(held),
            "least": 0.9,
            "populations": populations,
        }


def auc(populations: int) -> Iterator[dict[str, Any]]:
    for kind in MODELS:
        held = []
        for seed in range(populations):
            draw = _population(np.random.default_rng(seed), 0.1, 0.6)
            sample = _rows(*draw(1_500))
            test, fitted = _fit(kind, sample, seed)
            new, happened = draw(NEW_ROWS)
            low, high = report_test(test, sample, seed).intervals["auc"]
            held.append(low <= metrics.auc(happened, fitted.log_odds(new)) <= high)
        yield {"case": "auc", "kind": kind, "held": np.mean(held), "right": 0.95, "populations": populations}


def _public(path: Path, id_: str | None, target: str) -> TrainingRows:
    table = pl.read_csv(path, infer_schema=False).with_columns(pl.all().replace({"": None, " ": None}))
    truth = parse_target(table[target]).to_numpy().astype(float)
    chosen = prepare(table, truth, {target: "the target", **({id_: "the id"} if id_ else {})})
    equal = first_equal_rows(chosen.matrix, truth)
    return TrainingRows(
        chosen.columns, chosen.matrix, truth, np.arange(len(truth)), np.ones(len(truth)), equal
    )


def slope(folder: Path, most_rows: int) -> Iterator[dict[str, Any]]:
    for kind in MODELS:
        slopes = []
        for name, (id_, target) in TABLES.items():
            path = folder / name / f"{name}.csv"
            if not path.exists():
                continue
            data = _public(path, id_, target).sample(most_rows, 1)
            log_odds = np.zeros(len(data.truth))
            for split in data.folds(FOLDS, 1):
                _, fitted = _fit(kind, data.part(split.train), 0)
                log_odds[split.test] = fitted.log_odds(data.matrix[split.test])
            line = LogisticRegression(C=1e9).fit(log_odds[:, None], data.truth)
            slopes.append(float(line.coef_[0, 0]))
            yield {"case": "slope", "kind": kind, "table": name, "slope": slopes[-1]}
        if slopes:
            yield {"case": "slope", "kind": kind, "mean": np.mean(slopes), "right": "0.95 to 1.1"}


def ece(populations: int) -> Iterator[dict[str, Any]]:
    for off in (0.0, 0.05):
        for rows in (300, 2_000):
            held, told = [], []
            for seed in range(5 * populations):
                rng = np.random.default_rng(seed)
                said = rng.beta(1, 4, rows) * 0.95
                found = calibration_error((rng.random(rows) < said + off).astype(float), said)
                held.append(found.low - 1e-6 <= off <= found.high)
                told.append(found.corrected)
            yield {
                "case": "ece", "off": off, "rows": rows, "held": np.mean(held), "least": 0.9,
                "corrected": np.mean(told), "right": off, "populations": len(held),
            }  # fmt: skip


def profit(populations: int) -> Iterator[dict[str, Any]]:
    for pull in (0.0, 1.0):
        for incentive in (3.0, 8.0):
            campaign, held, sums = Campaign(1, incentive, 0.3), [], []
            for seed in range(5 * populations):
                rng = np.random.default_rng(seed)
                best = profit_record(*_scored(rng, 1_000, pull), campaign, seed=seed)["best"]
                truth, said, value = _scored(rng, 20_000, pull)
                chosen = said >= (best["least_probability"] if best["rows"] else 2)
                really = float(campaign.gains(truth, value)[chosen].sum()) / 20
                held.append(best["profit_low"] <= really <= best["profit_high"])
                sums.append((best["profit_in_hindsight"], best["profit"], really))
            hindsight, told, happened = np.mean(sums, axis=0)
            yield {
                "case": "profit", "score": "signal" if pull else "noise", "incentive": incentive,
                "in_hindsight": hindsight, "told": told, "happened": happened, "held": np.mean(held),
                "least": 0.9, "populations": len(held),
            }  # fmt: skip


def _scored(rng: np.random.Generator, rows: int, pull: float) -> tuple[Floats, Floats, Floats]:
    """Truth, probability and value."""
    x = rng.normal(size=rows)
    return (
        (rng.random(rows) < sigmoid(pull * x - 1.5)).astype(float),
        sigmoid(x - 1.5),
        rng.gamma(2, 20, rows),
    )


CASES = {
    "weights": weights,
    "null": null,
    "forecast": forecast,
    "auc": auc,
    "ece": ece,
    "profit": profit,
}


def main() -> None:
    chosen = [word for word in sys.argv[1:] if word in CASES] or [*CASES]
    folder = next((Path(word) for word in sys.argv[1:] if Path(word).is_dir()), None)
    populations = next((int(word) for word in sys.argv[1:] if word.isdigit()), 20)
    if folder is not None:
        number = next((int(word) for word in sys.argv[1:] if word.isdigit()), 3_000)
        show(slope(folder, number))
        return
    for name in chosen:
        show(CASES[name](populations))


def show(records: Iterator[dict[str, Any]]) -> None:
    for record in records:
        plain = {key: round(float(v), 4) if isinstance(v, float) else v for key, v in record.items()}
        print(json.dumps(plain), flush=True)


if __name__ == "__main__":
    main()
