"""backtest on the command line, and its history in a model."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from churnkit import cli
from tests.backtest.panels import DATES, lines, written

RUN = ["backtest", "--model", "tree", "--only", "x", "--drop", "score"]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A panel of five dates, and its backtest with money."""
    folder = tmp_path_factory.mktemp("backtest")
    path = written(folder, lines())
    out = str(folder / "backtest.csv")
    judged = ["--out-of-fold", str(folder / "judged.csv")]
    assert cli.run([*RUN, "-q", "--customer-value", "value", *judged, "-o", out, path]) == 0
    return folder


def test_a_row_per_date_with_the_totals_in_the_last_note(
    panel: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = pl.read_csv(panel / "backtest.csv")
    assert rows["as_of"].to_list() == [*DATES[1:]]
    assert rows.columns[:4] == ["as_of", "trained_until", "target", "model"]
    assert rows["target"].unique().to_list() == ["churned_28d"]
    judged = pl.read_csv(panel / "judged.csv")
    sums = judged.group_by("as_of", maintain_order=True).agg(pl.col("churn_probability", "churned_28d").sum())
    joined = rows.join(sums, on="as_of")
    assert joined["expected"].to_list() == pytest.approx(joined["churn_probability"].to_list())
    assert joined["observed"].to_list() == joined["churned_28d"].to_list()


def test_judged_rows_are_evaluated_by_date_beside_recency(
    panel: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    evaluate = [
        "evaluate",
        "-q",
        "--by",
        "as_of",
        "--baseline",
        "recency_probability",
        str(panel / "judged.csv"),
    ]
    assert cli.run(evaluate) == 0
    aucs = [json.loads(line)["auc"] for line in capfd.readouterr().out.splitlines()]
    assert aucs == pytest.approx(pl.read_csv(panel / "backtest.csv")["auc"].to_list())


def test_a_miss_inside_the_interval_is_no_failure(panel: Path) -> None:
    assert (
        cli.run([*RUN, "-q", "--max-miss", "0%", "-o", str(panel / "o.csv"), str(panel / "panel.csv")]) == 0
    )


def test_a_level_that_moves_is_status_1_and_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"{row[:-1]}1" if row.split(",")[1] >= DATES[3] and k % 3 else row for k, row in enumerate(lines())
    ]
    path = written(tmp_path, rows)
    assert cli.run([*RUN, "--max-miss", "20%", "-o", str(tmp_path / "o.csv"), path]) == 1
    *_, last = capfd.readouterr().err.splitlines()
    assert last.startswith("churnkit backtest: from 2024-03-01 to 2024-05-01 the models expected")
    assert (tmp_path / "o.csv").exists()


@pytest.mark.parametrize("to", ["text", "svg"])
def test_there_is_a_picture(panel: Path, to: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*RUN, "-q", "--to", to, str(panel / "panel.csv")]) == 0
    assert "2024-05-01" in capfd.readouterr().out


def test_ages_are_rows_or_text_and_no_slide(panel: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = str(panel / "panel.csv")
    assert cli.run([*RUN, "-q", "--age", path]) == 0
    table = pl.read_csv(capfd.readouterr().out.encode())
    assert table["age"].to_list() == [0, 1]
    assert cli.run([*RUN, "--age", "--to", "text", path]) == 0
    said = capfd.readouterr()
    assert "beside a new model" in said.out
    assert "too few dates to see how a model ages" in said.err
    assert cli.run([*RUN, "--age", "--to", "svg", path]) == 2
    assert "--age has no svg picture" in capfd.readouterr().err


def test_a_model_with_a_history_scores_the_same_with_the_interval_that_it_earned(
    panel: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    path, history = str(panel / "panel.csv"), ["--backtest", str(panel / "backtest.csv")]
    said = {}
    for name, more in (("plain", []), ("history", history)):
        model = panel / f"{name}.json"
        assert cli.run(["fit", "-q", "--model", "tree", "--only", "x", *more, "-o", str(model), path]) == 0
        assert cli.run(["score", "--customer-value", "value", str(model), path]) == 0
        said[name] = capfd.readouterr()
    assert said["plain"].out == said["history"].out
    assert "the error of the model" in said["plain"].err
    assert "the errors of the newest 4 dates of a backtest" in said["history"].err
    plain, stored = (json.loads((panel / f"{name}.json").read_text()) for name in ("plain", "history"))
    assert [date["as_of"] for date in stored.pop("backtest")] == [*DATES[1:]]
    assert stored == plain


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--model", "all", "--backtest", "{history}", "{panel}"], "not with --model all"),
        (["--model", "logistic", "--backtest", "{history}", "{panel}"], "is of the model kind 'tree'"),
        (["--model", "tree", "--backtest", "-"], "cannot both be standard input"),
        (["--model", "tree", "--backtest", "{panel}", "{panel}"], "no column 'target'"),
    ],
    ids=["several kinds", "another kind", "one input", "no history"],
)
def test_a_history_that_does_not_fit_is_refused(
    panel: Path, words: list[str], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    places = {"history": str(panel / "backtest.csv"), "panel": str(panel / "panel.csv")}
    assert cli.run(["fit", "-q", "--only", "x", *(word.format(**places) for word in words)]) == 2
    assert why in capfd.readouterr().err
