"""explain, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_base_and_contributions_add_up_to_the_log_odds(kind: str, folder: Path) -> None:
    out = folder / "x.jsonl"
    run = ["explain", "-q", "--reasons", "0", "-o", str(out), str(folder / f"{kind}.json")]
    assert cli.run([*run, str(folder / "t.csv")]) == 0
    for line in out.read_text().splitlines():
        record = json.loads(line)
        total = record["base"] + sum(r["contribution"] for r in record["reasons"])
        p = record["churn_probability"]
        assert total == pytest.approx(np.log(p / (1 - p)), abs=1e-6)


@pytest.mark.parametrize("to", ["svg", "mermaid", "dot"])
def test_a_tree_is_drawn_and_rows_are_not(to: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = folder / f"tree.{to}"
    assert cli.run(["explain", "--overall", "--to", to, "-o", str(out), str(folder / "tree.json")]) == 0
    assert "x" in out.read_text()
    assert cli.run(["explain", "--to", to, str(folder / "tree.json"), str(folder / "t.csv")]) == 2
    assert "--overall" in capfd.readouterr().err


def test_other_kinds_have_a_slide_but_no_tree(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "--overall", "--to", "svg", str(folder / "xgboost.json")]) == 0
    assert capfd.readouterr().out.startswith("<svg")
    for words in (["--overall", "--to", "dot"], ["--rules"]):
        assert cli.run(["explain", *words, str(folder / "xgboost.json")]) == 2
        assert "has no tree to show" in capfd.readouterr().err


@pytest.mark.parametrize("to", ["jsonl", "csv", "text"])
def test_rules_are_written_in_every_format(to: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "--rules", "--to", to, str(folder / "tree.json")]) == 0
    assert "or more" in capfd.readouterr().out


def _curves(folder: Path, kind: str, *rest: str) -> list[dict[str, object]]:
    out = folder / "curves.jsonl"
    assert (
        cli.run(
            [
                "explain",
                "-q",
                "--curves",
                *rest,
                "-o",
                str(out),
                str(folder / f"{kind}.json"),
                str(folder / "t.csv"),
            ]
        )
        == 0
    )
    return [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_a_curve_is_the_mean_contribution_of_the_rows_of_a_bin(kind: str, folder: Path) -> None:
    out = folder / "all.jsonl"
    run = ["explain", "-q", "--reasons", "0", "-o", str(out), str(folder / f"{kind}.json")]
    assert cli.run([*run, str(folder / "t.csv")]) == 0
    reasons = [reason for line in out.read_text().splitlines() for reason in json.loads(line)["reasons"]]
    bins = _curves(folder, kind)
    assert {b["feature"] for b in bins} == {"x", "plan"}
    for b in bins:
        of_feature = [r for r in reasons if r["feature"] == b["feature"]]
        if b["feature"] == "plan":
            inside = [r["contribution"] for r in of_feature if r["value"] == b["value"]]
        else:
            low, high = b["from"] or -9, b["below"] or 9
            inside = [r["contribution"] for r in of_feature if low <= r["value"] < high]
        assert b["rows"] == len(inside)
        assert b["contribution"] == pytest.approx(np.mean(inside))


def test_the_importance_of_rows_is_their_mean_absolute_contribution(folder: Path) -> None:
    out = folder / "overall.jsonl"
    run = ["explain", "-q", "--overall", "-o", str(out), str(folder / "xgboost.json"), str(folder / "t.csv")]
    assert cli.run(run) == 0
    records = {r["feature"]: r for r in map(json.loads, out.read_text().splitlines())}
    bins = [b for b in _curves(folder, "xgboost") if b["feature"] == "plan"]
    mean = sum(abs(b["contribution"]) * b["rows"] for b in bins) / 400
    assert records["plan"]["importance"] >= mean - 1e-12
    assert records["x"]["direction"] == "more raises the risk"


def test_curves_are_drawn_and_rows_are_not(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = ["explain", "-q", "--curves", "--to", "svg", str(folder / "logistic.json"), str(folder / "t.csv")]
    assert cli.run(run) == 0
    assert capfd.readouterr().out.startswith("<svg")
    assert cli.run(["explain", "--curves", "--to", "dot", *run[5:]]) == 2
    assert "--overall" in capfd.readouterr().err
    assert cli.run(["explain", "--to", "svg", *run[5:]]) == 2
    assert "add --overall or --curves" in capfd.readouterr().err


def test_curves_without_rows_are_an_empty_table(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "none.csv").write_text("customer_id,x,plan\n")
    run = ["explain", "-q", "--curves", "--to", "csv", str(folder / "tree.json"), str(folder / "none.csv")]
    assert cli.run(run) == 0
    assert capfd.readouterr().out == "feature,from,below,value,rows,contribution\n"


def test_overall_rules_and_curves_exclude_each_other(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "--overall", "--rules", str(folder / "tree.json")]) == 2
    assert "use only one of --overall, --rules and --curves" in capfd.readouterr().err


def test_the_text_has_the_model_card(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "--overall", "--to", "text", str(folder / "xgboost.json")]) == 0
    card = capfd.readouterr().out
    for words in ("400 rows of 400 customers", "2 used", "5 folds", "auc of one column", "What to keep in mind",
                  "no dates", "not a cause"):  # fmt: skip
        assert words in card
    assert max(map(len, card.splitlines())) <= 110


def test_damaged_facts_are_an_error_of_one_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = json.loads((folder / "tree.json").read_text())
    model["trained_on"] = {"rows": "many"}
    (folder / "damaged.json").write_text(json.dumps(model))
    assert cli.run(["explain", "--overall", "--to", "text", str(folder / "damaged.json")]) == 2
    assert capfd.readouterr().err.count("\n") == 1
