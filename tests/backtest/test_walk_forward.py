"""The model of a date is what fit would have written then, and nothing that became known later changes it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from churnkit import cli
from churnkit.backtest.records import date_records
from churnkit.errors import ChurnkitError
from tests.backtest.panels import DATES, HEAD, lines, walked

ALL = {"customer_value": "value", "baseline": "score"}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return _records(tmp_path_factory.mktemp("panel"), lines())


def _records(folder: Path, rows: list[str], **given: Any) -> list[dict[str, Any]]:
    panel, walk = walked(folder, rows, **{**ALL, **given})
    return date_records(panel, walk.scores)


@pytest.mark.parametrize(("kind", "seed"), [("logistic", 0), ("tree", 5)])
def test_expected_is_the_sum_of_what_fit_and_score_say_at_the_embargo(
    kind: str, seed: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows, day = sorted(lines(DATES[:4])), DATES[3]  # by customer, as featurize writes them
    found = _records(tmp_path, rows, kind=kind, seed=seed)[-1]
    for name, dates in (("train", DATES[:3]), ("now", DATES[3:4])):
        table = "\n".join([HEAD, *(row for row in rows if row.split(",")[1] in dates)])
        (tmp_path / f"{name}.csv").write_text(f"{table}\n")
    fit = ["fit", "-q", "--model", kind, "--seed", str(seed), "--only", "x", "--drop", "score"]
    assert cli.run([*fit, "-o", f"{tmp_path}/model.json", f"{tmp_path}/train.csv"]) == 0
    assert (
        cli.run(
            ["score", "-q", "-o", f"{tmp_path}/scores.csv", f"{tmp_path}/model.json", f"{tmp_path}/now.csv"]
        )
        == 0
    )
    said, now = pl.read_csv(tmp_path / "scores.csv"), pl.read_csv(tmp_path / "now.csv")
    p, value, truth = (
        said["churn_probability"].to_numpy(),
        now["value"].to_numpy(),
        now["churned_28d"].to_numpy(),
    )
    assert (found["as_of"], found["trained_until"], found["rows_trained"]) == (day, DATES[2], 120)
    assert found["expected"] == pytest.approx(p.sum(), rel=1e-9)
    assert found["expected_loss"] == pytest.approx(p @ value, rel=1e-9)
    assert (found["observed"], found["observed_loss"]) == (truth.sum(), pytest.approx(truth @ value))
    assert found["chance_sd"] == pytest.approx(np.sqrt((p * (1 - p)).sum()))
    assert found["chance_sd_loss"] == pytest.approx(np.sqrt((p * (1 - p) * value**2).sum()))
    capfd.readouterr()


def test_labels_inside_the_embargo_may_be_noise_and_change_nothing_that_was_said(
    records: list[dict[str, Any]], tmp_path: Path
) -> None:
    rng = random.Random(0)
    noisy = [row if row.split(",")[1] < DATES[3] else f"{row[:-1]}{rng.randrange(2)}" for row in lines()]
    said = [
        name for name in records[0] if name.startswith("expected") or name in ("interval", "auc_baseline")
    ]
    said = [name for name in said if not name.startswith("auc")]
    for before, after in zip(records[:3], _records(tmp_path, noisy)[:3], strict=True):
        assert {name: before[name] for name in said} == {name: after[name] for name in said}


def test_a_later_date_changes_no_earlier_row(records: list[dict[str, Any]], tmp_path: Path) -> None:
    assert _records(tmp_path, lines(DATES[:4])) == records[:3]


def test_the_order_of_the_rows_changes_no_byte(records: list[dict[str, Any]], tmp_path: Path) -> None:
    rows = lines()
    random.Random(3).shuffle(rows)
    assert _records(tmp_path, rows) == records


def test_recency_alone_is_a_logistic_regression_of_the_rows_known_then(
    records: list[dict[str, Any]],
) -> None:
    rows = pl.read_csv("\n".join([HEAD, *lines()]).encode(), try_parse_dates=False)
    train, now = rows.filter(pl.col("as_of") < DATES[3]), rows.filter(pl.col("as_of") == DATES[3])
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    oracle.fit(train.select("recency_days").to_numpy(), train["churned_28d"].to_numpy())
    p = oracle.predict_proba(now.select("recency_days").to_numpy())[:, 1]
    assert records[2]["expected_recency"] == pytest.approx(p.sum(), rel=1e-4)


def test_the_last_rate_is_that_of_the_latest_date_of_training(records: list[dict[str, Any]]) -> None:
    rows = pl.read_csv("\n".join([HEAD, *lines()]).encode(), try_parse_dates=False)
    last, now = (rows.filter(pl.col("as_of") == day) for day in DATES[2:4])
    rate = last["churned_28d"].mean()
    share = (last["churned_28d"] * last["value"]).sum() / last["value"].sum()
    assert records[2]["expected_last_rate"] == pytest.approx(rate * now.height)  # type: ignore[operator]
    assert records[2]["expected_loss_last_rate"] == pytest.approx(share * now["value"].sum())


def test_a_label_window_that_is_open_keeps_a_date_out_of_the_training_rows(tmp_path: Path) -> None:
    panel, walk = walked(tmp_path, lines(DATES[:4]), HEAD.replace("_28d", "_30d"))
    trained = {record["as_of"]: record["trained_until"] for record in date_records(panel, walk.scores)}
    assert trained == {"2024-02-01": "2024-01-01", "2024-03-01": "2024-01-01", "2024-04-01": "2024-03-01"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda day, row: row, "no label window has ended by then"),
        (lambda day, row: f"{row[:-1]}0" if day == DATES[0] else row, "all rows known by then stayed"),
        (lambda day, row: row.replace(row.split(",")[2], "1.5", 1) if day == DATES[0] else row, "no column is left"),
    ],
    ids=["first date", "one class", "constant column"],
)  # fmt: skip
def test_a_date_without_a_model_has_no_row_but_a_reason(change: Any, why: str, tmp_path: Path) -> None:
    rows = [change(row.split(",")[1], row) for row in lines(DATES[:3])]
    _, walk = walked(tmp_path, rows)
    assert any(why in reason for reason in walk.not_judged.values())
    assert str(walk.scores[-1].day) == DATES[2]


def test_a_text_in_a_column_of_numbers_is_an_error_with_its_line_the_customer_and_the_way_out(
    tmp_path: Path,
) -> None:
    rows = lines(DATES[:3])
    rows[-1] = rows[-1].replace(rows[-1].split(",")[2], "many")
    with pytest.raises(
        ChurnkitError,
        match=r"panel.csv:121: column 'x': 'many' of 'c039' at 2024-03-01 is not a number.*--drop x",
    ):
        walked(tmp_path, rows)


def test_weights_count_customers(tmp_path: Path) -> None:
    found = _records(tmp_path, lines(DATES[:2]), weight="w")[0]
    now = pl.read_csv("\n".join([HEAD, *lines(DATES[1:2])]).encode())
    assert found["customers"] == now["w"].sum()
    assert (
        found["observed"]
        == pl.read_csv("\n".join([HEAD, *lines(DATES[:2])]).encode())
        .filter(pl.col("as_of") == DATES[1])
        .select((pl.col("w") * pl.col("churned_28d")).sum())
        .item()
    )


def test_a_label_window_that_ends_with_the_date_is_known_then(tmp_path: Path) -> None:
    days = ("2024-01-01", "2024-01-29", "2024-02-26")  # 28 days apart, as the label window is long
    panel, walk = walked(tmp_path, lines(days))
    trained = {record["as_of"]: record["trained_until"] for record in date_records(panel, walk.scores)}
    assert trained == {days[1]: days[0], days[2]: days[1]}


def test_recency_alone_learns_with_the_weights(tmp_path: Path) -> None:
    found = _records(tmp_path, lines(DATES[:2]), weight="w")[0]
    rows = pl.read_csv("\n".join([HEAD, *lines(DATES[:2])]).encode())
    train, now = (rows.filter(pl.col("as_of") == day) for day in DATES[:2])
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    oracle.fit(
        train.select("recency_days").to_numpy(), train["churned_28d"].to_numpy(), train["w"].to_numpy()
    )
    p = oracle.predict_proba(now.select("recency_days").to_numpy())[:, 1]
    assert found["expected_recency"] == pytest.approx(p @ now["w"].to_numpy(), rel=1e-4)


def test_the_baseline_is_no_column_of_the_model(tmp_path: Path) -> None:
    _, walk = walked(tmp_path, lines(DATES[:2]), only=(), baseline="score")
    assert {column.name for column in walk.scores[0].model.columns} >= {"x", "value"}
    assert "score" not in {column.name for column in walk.scores[0].model.columns}
