"""What probabilities promise, against outcomes drawn from them."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.drift.promised import FIELDS, Promised
from churnkit.evaluation import metrics


def test_the_promise_is_the_mean_over_outcomes_drawn_from_the_probabilities() -> None:
    rng = np.random.default_rng(0)
    said = rng.beta(1, 4, 3_000)
    promised = Promised()
    for part in np.array_split(said, 7):
        promised.see(part)
    found = promised.fields({"auc": 0.8, "log_loss": 0.4})
    drawn = [metrics.figures((rng.random(3_000) < said).astype(float), said) for _ in range(60)]
    for name in ("auc", "log_loss"):
        assert found[f"{name}_promised"] == pytest.approx(np.mean([d[name] for d in drawn]), abs=0.004)
    assert (found["auc_test"], found["log_loss_test"]) == (0.8, 0.4)


def test_certain_probabilities_and_no_rows_have_no_auc_that_is_wrong() -> None:
    assert set(Promised().fields({}).values()) == {None}
    promised = Promised()
    promised.see(np.array([0.0, 1.0]))
    assert [promised.fields({})[name] for name in FIELDS] == [1.0, pytest.approx(0, abs=1e-9), None, None]
