"""TEMPORARY stand-in (own): figures from a tally of scores, ties counted fairly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Z = 1.959963984540054
BINS = 10
CLIP = 1e-15


@dataclass(frozen=True)
class Tally:
    scores: Floats
    left: Floats
    stayed: Floats


def tally(truth: Floats, probability: Floats) -> Tally:
    scores, at = np.unique(probability, return_inverse=True)
    left = np.bincount(at, weights=truth, minlength=len(scores))
    return Tally(scores, left, np.bincount(at, minlength=len(scores)) - left)


def _auc(t: Tally) -> float:
    below = np.cumsum(t.stayed) - t.stayed / 2
    return float((t.left * below).sum() / (t.left.sum() * t.stayed.sum()))


def _pr_auc(t: Tally) -> float:
    left, stayed = np.cumsum(t.left[::-1]), np.cumsum(t.stayed[::-1])
    rows = left + stayed
    precision = np.divide(left, rows, out=np.zeros_like(left), where=rows > 0)
    return float((t.left[::-1] * precision).sum() / left[-1])


def _log_loss(t: Tally) -> float:
    p = np.clip(t.scores, CLIP, 1 - CLIP)
    return float(-(t.left * np.log(p) + t.stayed * np.log1p(-p)).sum() / (t.left.sum() + t.stayed.sum()))


def _brier(t: Tally) -> float:
    total = t.left.sum() + t.stayed.sum()
    return float((t.left * (1 - t.scores) ** 2 + t.stayed * t.scores**2).sum() / total)


def _bins(t: Tally) -> npt.NDArray[np.int64]:
    return np.minimum(np.searchsorted(np.arange(1, BINS) / BINS, t.scores, side="right"), BINS - 1)


def _ece(t: Tally) -> float:
    rows = t.left + t.stayed
    at = _bins(t)
    gap = np.bincount(at, weights=t.left - rows * t.scores, minlength=BINS)
    return float(np.abs(gap).sum() / rows.sum())


def _oe(t: Tally) -> float:
    expected = ((t.left + t.stayed) * t.scores).sum()
    return float(t.left.sum() / expected) if expected else float("nan")


def _base(t: Tally) -> float:
    return float(t.left.sum() / (t.left.sum() + t.stayed.sum()))


def _recall(t: Tally) -> float:
    rows = (t.left + t.stayed)[::-1]
    top = np.ceil(rows.sum() * 0.1 - 1e-9)
    before = np.cumsum(rows) - rows
    share = np.clip(np.divide(top - before, rows, out=np.zeros_like(rows), where=rows > 0), 0, 1)
    return float((t.left[::-1] * share).sum() / t.left.sum())


def _lift(t: Tally) -> float:
    rows = (t.left + t.stayed).sum()
    return float(_recall(t) * rows / np.ceil(rows * 0.1 - 1e-9))


_FROM_TALLY: dict[str, Callable[[Tally], float]] = {
    "auc": _auc, "pr_auc": _pr_auc, "log_loss": _log_loss, "brier": _brier, "ece": _ece,
    "observed_over_expected": _oe, "base_rate": _base, "lift_top_10pct": _lift, "recall_top_10pct": _recall,
}  # fmt: skip


def auc(truth: Floats, probability: Floats) -> float:
    return _auc(tally(truth, probability))


def log_loss(truth: Floats, probability: Floats) -> float:
    return _log_loss(tally(truth, probability))


def column_auc(values: Floats, truth: Floats) -> float:
    return auc(truth, np.where(np.isnan(values), -np.inf, values))


def figures(truth: Floats, probability: Floats) -> dict[str, float]:
    counted = tally(truth, probability)
    return {name: f(counted) for name, f in _FROM_TALLY.items()}


def intervals(
    truth: Floats,
    probability: Floats,
    groups: npt.NDArray[np.int64] | None = None,
    repeats: int = 1000,
    seed: int = 0,
) -> tuple[dict[str, tuple[float, float]], int]:
    rng = np.random.default_rng(seed)
    scores, at = np.unique(probability, return_inverse=True)
    who = np.arange(len(truth)) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(who.max()) + 1
    found: list[list[float]] = []
    for _ in range(repeats):
        weight = np.bincount(rng.integers(0, count, count), minlength=count)[who].astype(float)
        left = np.bincount(at, weights=weight * truth, minlength=len(scores))
        all_ = np.bincount(at, weights=weight, minlength=len(scores))
        t = Tally(scores, left, all_ - left)
        if t.left.sum() and t.stayed.sum():
            found.append([f(t) for f in _FROM_TALLY.values()])
    ends = np.percentile(np.array(found), [2.5, 97.5], axis=0)
    made = {n: (float(ends[0, j]), float(ends[1, j])) for j, n in enumerate(_FROM_TALLY)}
    return made, repeats - len(found)


def wilson(successes: float, rows: float, z: float = Z) -> tuple[float, float]:
    p = successes / rows
    center = (p + z * z / (2 * rows)) / (1 + z * z / rows)
    reach = z * np.sqrt(p * (1 - p) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    return float(center - reach), float(center + reach)


def calibration(truth: Floats, probability: Floats, bins: int = 10) -> list[dict[str, Any]]:
    t = tally(truth, probability)
    at = _bins(t)
    made = []
    for k in range(bins):
        inside = at == k
        rows, left = (t.left + t.stayed)[inside].sum(), t.left[inside].sum()
        said = ((t.left + t.stayed) * t.scores)[inside].sum()
        low, high = wilson(left, rows) if rows else (None, None)
        made.append(
            {"low": k / bins, "high": (k + 1) / bins, "rows": int(rows),
             "mean_probability": float(said / rows) if rows else None,
             "observed": float(left / rows) if rows else None, "observed_low": low, "observed_high": high}
        )  # fmt: skip
    return made
