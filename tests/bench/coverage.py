"""How often the intervals of diff and of measure --return-rate hold the truth: 95 of 100 are wanted.

python -m tests.bench.coverage [REPEATS]    # 400 unless said otherwise; a line of JSON each
"""

from __future__ import annotations

import json
import sys

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.diff.decomposition import MEAN, SUM, ComparedRows, decompose, find_cells
from churnkit.diff.summary import part_variances, summarize
from churnkit.intervals import Z
from churnkit.retention.return_rate import return_rates

SHARES = np.array([0.3, 0.25, 0.15, 0.1, 0.08, 0.06, 0.05, 0.01])
RATES = np.array([0.05, 0.1, 0.2, 0.15, 0.08, 0.3, 0.12, 0.1])
ROWS = 3_000
AMOUNT = 20.0  # mean of an amount, per unit of the rate
LONGEST = 100  # days of silence
SILENT = 40  # days, of those whose return rate is compared


def diff_held(rng: np.random.Generator, stat: str, rise: float) -> tuple[bool, bool, bool]:
    """Whether the intervals of the difference, of mix and of rates hold the truth; rates and shares rise."""
    later = SHARES * np.array([1, rise, 1 / rise, 1, 1, 1, 1, 1])
    shares, rates = np.stack([SHARES, later / later.sum()]), np.stack([RATES, RATES * rise])
    if stat == SUM:
        shares *= np.array([[ROWS], [ROWS * rise]])
        groups = [np.repeat(np.arange(8), rng.poisson(size)) for size in shares]
        rates *= AMOUNT
        x = np.concatenate([rng.gamma(2, r[g] / 2) for r, g in zip(rates, groups, strict=True)])
    else:
        groups = [rng.choice(8, ROWS, p=share) for share in shares]
        x = np.concatenate([(rng.random(ROWS) < r[g]) * 1.0 for r, g in zip(rates, groups, strict=True)])
    true_rates = float(shares.mean(axis=0) @ (rates[1] - rates[0]))
    truth = float(shares[1] @ rates[1] - shares[0] @ rates[0])
    return _held(x, groups, stat, truth, true_rates)


def _held(
    x: Floats, groups: list[Ints], stat: str, truth: float, true_rates: float
) -> tuple[bool, bool, bool]:
    after, group = np.repeat([False, True], [len(g) for g in groups]), np.concatenate(groups)
    rows = ComparedRows(x, after, np.arange(len(x)), stat)
    parts, cells = decompose(rows, group, 8), find_cells(rows, group, 8)
    found = summarize(rows, parts, cells, [[str(k)] for k in range(8)])
    rate_error, mix_error = np.sqrt(part_variances(rows, parts, cells))
    assert found.margin is not None
    assert found.mix is not None
    assert found.rates is not None
    return (
        abs(found.difference - truth) <= found.margin,
        bool(abs(found.mix - (truth - true_rates)) <= Z * mix_error),
        bool(abs(found.rates - true_rates) <= Z * rate_error),
    )


def return_rate_held(rng: np.random.Generator, silences: int) -> bool:
    """Whether the interval of those silent for SILENT days holds the truth: lengths are uniform, ends are unseen."""
    lasts, seen = rng.integers(1, LONGEST + 1, silences), rng.integers(5, 2 * LONGEST, silences)
    records = return_rates(
        np.bincount(lasts[lasts < seen], minlength=seen.max() + 1),
        np.bincount(seen[lasts >= seen], minlength=seen.max() + 1),
    )
    last = records[-1]["silent_days"]
    truth = 1 - (LONGEST - last) / (LONGEST - SILENT + 1)
    return bool(records[SILENT - 1]["low"] <= truth <= records[SILENT - 1]["high"])


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    for stat in (MEAN, SUM):
        for rise in (1.0, 1.3):
            held = np.mean([diff_held(np.random.default_rng(k), stat, rise) for k in range(repeats)], axis=0)
            for what, share in zip(("difference", "mix", "rates"), held.tolist(), strict=True):
                _report(f"diff: {what} of a {stat}, rates times {rise}", repeats, share)
    for silences in (200, 600, 3_000):
        share = float(np.mean([return_rate_held(np.random.default_rng(k), silences) for k in range(repeats)]))
        _report(f"return rate of {silences} silences", repeats, share)


def _report(job: str, repeats: int, share: float) -> None:
    print(json.dumps({"job": job, "tables": repeats, "share": round(share, 4), "goal": 0.95}), flush=True)


if __name__ == "__main__":
    main()
