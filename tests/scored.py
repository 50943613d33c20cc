"""Scored rows for the tests of metrics: any few of them, and many that are honest."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from churnkit.arrays import Floats

PAIRS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0])),
    min_size=2,
    max_size=40,
).filter(lambda pairs: 0 < sum(truth for truth, _ in pairs) < len(pairs))


def arrays(pairs: list[tuple[int, float]]) -> tuple[Floats, Floats]:
    """Truth and probability."""
    truth, probability = zip(*pairs, strict=True)
    return np.array(truth, dtype=float), np.array(probability, dtype=float)


def simulated(rows: int, seed: int) -> tuple[Floats, Floats]:
    """Truth and a probability that is right."""
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 4, rows)
    return (rng.random(rows) < probability).astype(float), probability
