"""evaluate, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from churnkit import cli


def test_out_of_fold_rows_are_evaluated_better_than_chance(folder: Path) -> None:
    out = folder / "e.jsonl"
    assert cli.run(["evaluate", "-o", str(out), str(folder / "oof.csv")]) == 0
    record = json.loads(out.read_text())
    assert record["auc_low"] > 0.5
    assert record["rows"] == 400


def test_an_auc_below_min_auc_exits_with_status_1(folder: Path) -> None:
    out = folder / "e2.jsonl"
    assert cli.run(["evaluate", "--min-auc", "0.999", "-o", str(out), str(folder / "oof.csv")]) == 1


@pytest.fixture(scope="module")
def scored(folder: Path) -> Path:
    """Scores of two groups, with a value, another score that is noise, and rows with an empty value."""
    rng = np.random.default_rng(1)
    rows = ["customer_id,churn_probability,plan,mrr,noise,churned"]
    for k in range(600):
        probability = rng.beta(1, 3)
        truth = int(rng.random() < probability)
        rows.append(f"{k},{probability:.4f},{'ab'[k % 2]},{50 + k % 7},{rng.normal():.4f},{truth}")
    rows += ["900,0.5,a,,0.1,1", "901,0.5,a,60,,1", "902,0.5,a,60,0.1,"]
    path = folder / "scored.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def _records(*words: str) -> list[dict[str, Any]]:
    out = Path(words[-1]).with_suffix(".out")
    assert cli.run(["evaluate", "-q", "-o", str(out), "--to", "jsonl", *words]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_another_score_is_compared_on_the_same_rows_and_resamples(scored: Path) -> None:
    (record,) = _records("--baseline", "noise", str(scored))
    rows = pl.read_csv(scored).filter(pl.all_horizontal(pl.col("noise", "churned").is_not_null()))
    by_hand = roc_auc_score(rows["churned"], rows["churn_probability"]) - roc_auc_score(
        rows["churned"], rows["noise"]
    )
    assert record["rows"] == rows.height
    assert record["auc_difference"] == pytest.approx(by_hand)
    assert 0 < record["auc_difference_low"] < by_hand < record["auc_difference_high"]
    assert "log_loss_difference" not in record  # noise is no probability


def test_a_yes_no_list_is_compared_at_its_own_number_of_contacts(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = folder / "called.csv"
    rows = [f"{0.9 - k / 50},{k % 4 == 0:d},{'yes' if k % 2 else 'no'}" for k in range(40)]
    path.write_text("churn_probability,churned,called\n" + "\n".join(rows) + "\n")
    (record,) = _records("--baseline", "called", str(path))
    assert (record["baseline_contacts"], record["baseline_recall"], record["recall_same_contacts"]) == (
        20,
        0,
        0.5,
    )
    assert "baseline_auc" not in record
    assert cli.run(["evaluate", "-q", "--to", "text", "--baseline", "called", str(path)]) == 0
    assert "called contacts 20 rows and reaches 0.0%" in capfd.readouterr().out
    path.write_text("churn_probability,churned,called\n.1,0,yes\n.2,1,perhaps\n")
    assert cli.run(["evaluate", "--baseline", "called", str(path)]) == 2
    assert (
        "called.csv:3: column 'called': 'perhaps' is not a number; a list has yes" in capfd.readouterr().err
    )


def test_each_group_has_its_record(scored: Path) -> None:
    records = _records("--by", "plan", str(scored))
    rows = pl.read_csv(scored).drop_nulls("churned")
    assert [record["plan"] for record in records] == ["a", "b"]
    for record in records:
        group = rows.filter(plan=record["plan"])
        assert record["rows"] == group.height
        assert record["auc"] == pytest.approx(roc_auc_score(group["churned"], group["churn_probability"]))


def test_a_group_with_one_class_has_no_auc_and_is_not_an_error(folder: Path) -> None:
    path = folder / "kinds.csv"
    path.write_text("churn_probability,plan,churned\n.2,a,0\n.4,a,1\n.1,b,0\n.3,b,0\n")
    first, second = _records("--by", "plan", str(path))
    assert first["auc"] == 1
    assert second["auc"] is None
    assert second["brier"] == pytest.approx((0.01 + 0.09) / 2)


def test_a_campaign_has_its_profit_at_the_values_given(scored: Path) -> None:
    money = ("--customer-value", "mrr", "--contact-cost", "2", "--incentive", "5", "--save-rate", "0.4")
    (record,) = _records(*money, str(scored))
    rows = pl.read_csv(scored).drop_nulls(["churned", "mrr"]).sort("churn_probability", descending=True)
    gain = pl.when(pl.col("churned") == 1).then(0.4 * (pl.col("mrr") - 5) - 2).otherwise(-7.0)
    by_cut = rows.group_by("churn_probability", maintain_order=True).agg(gain.sum().alias("gain"))
    assert record["profit"]["best"]["profit_in_hindsight"] == pytest.approx(
        max(0, by_cut["gain"].cum_sum().max())
    )
    assert record["profit"]["mean_value"] == pytest.approx(rows["mrr"].mean())


@pytest.mark.parametrize("words", [["--baseline", "nois"], ["--by", "pla"], ["--customer-value", "mr"]])
def test_a_missing_column_is_named(words: list[str], scored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["evaluate", *words, str(scored)]) == 2
    assert "did you mean" in capfd.readouterr().err


def test_the_slide_is_well_formed_and_shows_the_record(scored: Path) -> None:
    out = scored.with_suffix(".svg")
    assert cli.run(["evaluate", "-q", "-o", str(out), "--to", "svg", str(scored)]) == 0
    (record,) = _records(str(scored))
    words = [element.text for element in ElementTree.fromstring(out.read_text()).iter() if element.text]
    assert f"{record['auc']:.3f}" in words
    assert cli.run(["evaluate", "--to", "svg", "--by", "plan", str(scored)]) == 2


def test_the_screen_shows_figures_gains_and_money(scored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["--to", "text", "--customer-value", "mrr", "--baseline", "noise", "--by", "plan"]
    assert cli.run(["evaluate", "-q", *words, str(scored)]) == 0
    screen = capfd.readouterr().out
    for text in ("plan a: ", "difference from noise", "top 10%", "contact the top", "empc"):
        assert text in screen


def test_a_campaign_that_no_cut_makes_worth_its_cost_is_not_recommended(
    scored: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--to", "text", "--customer-value", "mrr", "--contact-cost", "9", "--incentive", "30"]
    assert cli.run(["evaluate", "-q", *words, "--margin", "60%", str(scored)]) == 0
    screen = capfd.readouterr().out
    assert "do not run this campaign" in screen
    assert "contact the top" not in screen
    assert "the margin is 60%" in screen
