"""simulate on the command line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from churnkit import cli


def _simulated(folder: Path, *options: str) -> pl.DataFrame:
    path = folder / "events.csv"
    assert cli.run(["simulate", "-q", "-o", str(path), *options]) == 0
    return pl.read_csv(path, infer_schema=False)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    assert _simulated(tmp_path, "--customers", "30").equals(
        _simulated(tmp_path, "--customers", "30", "--seed", "0")
    )


def test_another_seed_gives_another_log(tmp_path: Path) -> None:
    assert not _simulated(tmp_path, "--customers", "30").equals(
        _simulated(tmp_path, "--customers", "30", "--seed", "1")
    )


def test_the_log_has_the_requested_number_of_customers(tmp_path: Path) -> None:
    assert _simulated(tmp_path, "--customers", "57")["customer_id"].n_unique() == 57


def test_zero_customers_give_only_a_header(tmp_path: Path) -> None:
    log = _simulated(tmp_path, "--customers", "0")
    assert log.height == 0
    assert log.columns == ["customer_id", "timestamp", "event", "amount", "plan"]


def test_the_log_covers_the_requested_months(tmp_path: Path) -> None:
    times = _simulated(tmp_path, "--customers", "200", "--months", "2", "--start", "2023-11-15")["timestamp"]
    assert str(times.min()) >= "2023-11-15"
    assert str(times.max()) < "2024-01-15"


def test_truth_has_the_churn_probability_of_each_customer_and_month(tmp_path: Path) -> None:
    _simulated(tmp_path, "--customers", "100", "--truth", str(tmp_path / "truth.csv"))
    truth = pl.read_csv(tmp_path / "truth.csv")
    assert truth.columns == ["customer_id", "month", "churn_probability", "churned"]
    assert truth.select(pl.struct("customer_id", "month").n_unique()).item() == truth.height
    assert truth["churn_probability"].is_between(0, 1, closed="none").all()


def test_messy_logs_have_the_events_of_clean_ones_and_more(tmp_path: Path) -> None:
    clean = _simulated(tmp_path, "--customers", "300")
    messy = _simulated(tmp_path, "--customers", "300", "--messy")
    assert messy.height > clean.height
    assert messy["event"].n_unique() > clean["event"].n_unique()
    assert set(messy["customer_id"]) == set(clean["customer_id"])


def test_a_model_comes_close_to_the_truth(tmp_path: Path) -> None:
    """Features by name, and a logistic model of cancellations, against the true probabilities."""
    events, truth, train, model, now, scores = (
        str(tmp_path / n) for n in ("e.csv", "t.csv", "train.csv", "m.json", "now.csv", "s.csv")
    )
    features = ["--features", "recency_days,tenure_days,support_call_count_30d,login_count_30d,plan_last"]
    label = ["--horizon", "30d", "--churn-event", "cancel", "--active-within", "30d"]
    runs = [
        ["simulate", "--customers", "1000", "--truth", truth, "-o", events],
        ["featurize", "-q", "--as-of", "2024-08-01..2024-10-01/1mo", *features, *label, "-o", train, events],
        ["fit", "-q", "-o", model, train],
        ["featurize", "-q", "--as-of", "2024-11-01", "--like", model, "-o", now, events],
        ["score", "-q", "-o", scores, model, now],
    ]
    assert [cli.run(run) for run in runs] == [0] * len(runs)
    scores_table = pl.read_csv(scores)
    true = pl.read_csv(truth).filter(pl.col("month") == "2024-11-01")
    both = scores_table.join(true, on="customer_id", suffix="_true")
    agreement = both.select(pl.corr("churn_probability", "churn_probability_true", method="spearman")).item()
    assert agreement > 0.8


@pytest.mark.parametrize("given", [["--months", "0"], ["--customers", "-1"], ["--start", "1/1/2024"]])
def test_a_bad_value_is_refused(given: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["simulate", *given]) == 2
    assert capfd.readouterr().err.count("\n") == 1
