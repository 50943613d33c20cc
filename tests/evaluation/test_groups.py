"""Scored rows evaluated by group: each group separately, whole customers resampled together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from churnkit.errors import ChurnkitError
from churnkit.evaluation import bootstrap
from churnkit.evaluation.groups import evaluate_groups
from churnkit.evaluation.profit import Campaign
from churnkit.evaluation.reading import ID, TRUTH, ScoredColumns

FREE = Campaign(contact_cost=0.0, incentive=0.0, save_rate=0.3)
WANTED = ScoredColumns("customer_id", None, None, None, None, None, ())


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "REPEATS", 100)


def _rows(number: int = 300) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    probability = rng.beta(1, 3, number)
    return pl.DataFrame(
        {
            ID: [f"c{k}" for k in range(number)],
            "churn_probability": probability,
            TRUTH: (rng.random(number) < probability).astype(np.int8),
            "plan": rng.choice(["plus", "basic"], number).tolist(),
            "mrr": rng.uniform(10, 90, number),
            "noise": rng.normal(size=number),
        }
    ).with_columns(pl.when(pl.int_range(pl.len()) % 5 != 0).then("plan").alias("plan"))


def test_groups_are_evaluated_separately_in_the_order_of_their_values() -> None:
    rows = _rows()
    records = evaluate_groups(rows, replace(WANTED, by=("plan",)), FREE, 0)
    assert [record["plan"] for record in records] == ["basic", "plus", None]
    groups = dict(iter(pd.DataFrame(rows.to_dict(as_series=False)).groupby("plan", dropna=False)))
    assert len(groups) == 3
    for name, group in groups.items():
        record = next(r for r in records if r["plan"] == (name if isinstance(name, str) else None))
        assert record["rows"] == len(group)
        assert record["auc"] == pytest.approx(roc_auc_score(group[TRUTH], group["churn_probability"]))
        assert record["brier"] == pytest.approx(brier_score_loss(group[TRUTH], group["churn_probability"]))


def test_without_groups_there_is_one_record_of_all_rows() -> None:
    rows = _rows()
    (record,) = evaluate_groups(rows, WANTED, FREE, 0)
    assert record["rows"] == rows.height
    assert not {"plan", "baseline", "profit"} & record.keys()


def test_the_rows_of_one_customer_are_resampled_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "REPEATS", 500)
    rows = _rows(150)
    often = pl.concat([rows] * 4)
    widths = []
    for part in (rows, often, often.drop(ID)):
        (record,) = evaluate_groups(part, WANTED, FREE, 0)
        widths.append(record["auc_high"] - record["auc_low"])
    assert widths[1] == pytest.approx(widths[0], rel=0.15)  # four rows of a customer tell no more than one
    assert widths[2] == pytest.approx(widths[0] / 2, rel=0.15)  # of four customers: the root of four


def test_a_group_may_have_one_class_but_all_rows_together_may_not() -> None:
    rows = _rows().with_columns(pl.when(pl.col("plan") == "plus").then(0).otherwise(TRUTH).alias(TRUTH))
    by_plan = replace(WANTED, by=("plan",))
    auc = {record["plan"]: record["auc"] for record in evaluate_groups(rows, by_plan, FREE, 0)}
    assert np.isnan(auc["plus"])
    assert 0 < auc["basic"] < 1
    with pytest.raises(ChurnkitError, match="rows stayed"):
        evaluate_groups(rows.filter(plan="plus"), by_plan, FREE, 0)


def test_a_group_has_its_own_baseline_and_profit() -> None:
    rows = _rows()
    wanted = replace(WANTED, by=("plan",), baseline="noise", customer_value="mrr")
    campaign = Campaign(contact_cost=1.0, incentive=5.0, save_rate=0.4)
    record = evaluate_groups(rows, wanted, campaign, 0)[0]
    basic = pd.DataFrame(rows.filter(plan="basic").to_dict(as_series=False))
    basic = basic.sort_values("churn_probability", ascending=False)
    noise = roc_auc_score(basic[TRUTH], basic["noise"])
    assert record["baseline"] == "noise"
    assert record["auc_difference"] == pytest.approx(record["auc"] - noise)
    gain = basic[TRUTH] * 0.4 * (basic["mrr"] - 5) - (1 - basic[TRUTH]) * 5 - 1
    assert record["profit"]["best"]["profit_in_hindsight"] == pytest.approx(max(0, gain.cumsum().max()))
