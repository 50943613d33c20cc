"""score, as it is typed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from churnkit import cli
from churnkit.explanation.reason_words import reason_with_direction
from churnkit.explanation.reasons import Reason
from churnkit.models import model_rows
from churnkit.models.model_rows import open_model_rows
from churnkit.tables import streams


def test_each_row_gets_a_probability_in_order(folder: Path) -> None:
    out = folder / "s.csv"
    assert cli.run(["score", "-q", "-o", str(out), str(folder / "tree.json"), str(folder / "t.csv")]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [f"{k:04d}" for k in range(400)]
    assert all(0 < float(row[1]) < 1 for row in rows)
    assert json.loads((folder / "tree.json").read_text())["kind"] == "tree"


def _changed(folder: Path, to: Path, kind: str, **fields: Any) -> str:
    """The path of a model with some other fields; of fields that are objects, some keys are changed."""
    model = json.loads((folder / f"{kind}.json").read_text())
    for name, value in fields.items():
        model[name] = {**model[name], **value} if isinstance(value, dict) else value
    path = to / f"{kind}.json"
    path.write_text(json.dumps(model))
    return str(path)


@pytest.mark.parametrize(("customers", "warned"), [(400.0, [True]), (3.0, [])])
def test_score_warns_of_exactly_the_columns_that_drift_finds(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], customers: float, warned: list[bool]
) -> None:
    rows = [line.split(",") for line in (folder / "t.csv").read_text().splitlines()]
    moved = [rows[0], *([f"n{k % 300}", "0.99", *row[2:]] for k, row in enumerate(rows[1:]))]
    new, out = tmp_path / "new.csv", tmp_path / "out"
    model = _changed(folder, tmp_path, "logistic", trained_on={"effective_customers": customers})
    new.write_text("\n".join(map(",".join, moved)) + "\n")
    assert cli.run(["score", "-o", str(out), model, str(new)]) == 0
    warnings = [line for line in capfd.readouterr().err.splitlines() if "PSI" in line]
    assert cli.run(["drift", "-q", "-o", str(out), model, str(new)]) == len(warned)
    records = [json.loads(line) for line in out.read_text().splitlines()]
    drifted = [r for r in records if r["drifted"] and r["kind"] != "score"]
    assert [f"(PSI {r['psi']:.2f})" in line for r, line in zip(drifted, warnings, strict=True)] == warned


def _scored(folder: Path, *words: str) -> pl.DataFrame:
    out = folder / "scored.csv"
    assert cli.run(["score", "-q", *words, "-o", str(out), str(folder / "t.csv")]) == 0
    return pl.read_csv(out, infer_schema=False)


def _explained(folder: Path, kind: str, *words: str) -> list[list[Reason]]:
    out, model = folder / "explained.jsonl", str(folder / f"{kind}.json")
    assert cli.run(["explain", "-q", *words, "-o", str(out), model, str(folder / "t.csv")]) == 0
    return [json.loads(line)["reasons"] for line in out.read_text().splitlines()]


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_reasons_are_those_that_explain_gives_the_same_row(folder: Path, kind: str) -> None:
    model = str(folder / f"{kind}.json")
    told = _scored(folder, "--reasons", "2", "--keep", "all", model)
    assert told.columns == [
        "customer_id",
        "churn_probability",
        "reason_1",
        "reason_2",
        "x",
        "plan",
        "churned",
    ]
    explained = _explained(folder, kind, "--reasons", "2")
    said = [[reason_with_direction(reason) for reason in row] for row in explained]
    assert [list(row) for row in told.select("reason_1", "reason_2").iter_rows()] == said
    assert told["churn_probability"].to_list() == _scored(folder, model)["churn_probability"].to_list()
    assert _scored(folder, "--reasons", "0", model).columns == told.columns[:4]


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_actionable_reasons_are_the_largest_among_these_columns(folder: Path, kind: str) -> None:
    told = _scored(folder, "--reasons", "2", "--actionable", "p*", str(folder / f"{kind}.json"))
    plans = [
        next(r for r in row if r["feature"] == "plan") for row in _explained(folder, kind, "--reasons", "0")
    ]
    assert told["reason_1"].to_list() == [reason_with_direction(reason) for reason in plans]
    assert told["reason_2"].null_count() == told.height


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--actionable", "p*"], "--actionable chooses reasons: add --reasons N"),
        (["--reasons", "1", "--actionable", "z*"], "no column of the model matches 'z*'; they are: x, plan"),
        (["--reasons", "-1"], "--reasons"),
    ],
)
def test_reasons_that_cannot_be_given_are_one_line(
    folder: Path, words: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["score", *words, str(folder / "tree.json"), str(folder / "t.csv")]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_a_stamp_is_the_sha256_of_the_model_file(folder: Path, tmp_path: Path) -> None:
    model, out = folder / "tree.json", tmp_path / "s.csv"
    assert cli.run(["score", "-q", "--stamp", "-o", str(out), str(model), str(folder / "t.csv")]) == 0
    header, *rows = out.read_text().splitlines()
    assert header.endswith("churn_probability,model_sha256")
    assert {row.rsplit(",", 1)[1] for row in rows} == {hashlib.sha256(model.read_bytes()).hexdigest()}


def test_the_expected_loss_of_a_value_that_is_not_known_is_not_known_and_the_sums_say_so(
    folder: Path, tmp_path: Path
) -> None:
    rows = [line.split(",") for line in (folder / "t.csv").read_text().splitlines()[1:]]
    values = ["" if k % 4 == 0 else str(k % 50) for k in range(len(rows))]
    (tmp_path / "v.csv").write_text(
        "customer_id,x,plan,amount_sum_90d\n"
        + "".join(f"{row[0]},{row[1]},{row[2]},{value}\n" for row, value in zip(rows, values, strict=True))
    )
    dates = [
        {"as_of": f"2024-0{k}-01", "expected": 100.0, "observed": 80.0 + 9 * k, "chance_sd": 8.0, "rows": 400}
        for k in range(1, 5)
    ]
    model = _changed(folder, tmp_path, "tree", label={"horizon_days": 30}, backtest=dates)
    notes, out = tmp_path / "notes.jsonl", tmp_path / "s.csv"
    words = ["--customer-value", "amount_sum_90d", "--keep", "all", "--notes", str(notes), "-o", str(out)]
    assert cli.run(["score", "-q", *words, model, str(tmp_path / "v.csv")]) == 0
    said = pl.read_csv(out, infer_schema=False)
    assert said.columns == [
        "customer_id", "churn_probability", "expected_loss", "x", "plan", "amount_sum_90d",
    ]  # fmt: skip
    p, loss = (said[name].cast(pl.Float64) for name in ("churn_probability", "expected_loss"))
    expected = [q * float(value) if value else None for q, value in zip(p, values, strict=True)]
    assert loss.to_list() == pytest.approx(expected)
    found = {note["code"]: note["text"] for note in map(json.loads, notes.read_text().splitlines())}
    assert found["value-window"].startswith("amount_sum_90d covers 90 days, the label 30")
    assert f"expected loss: {sum(filter(None, expected)):,.2f} (" in found["expected-loss"]
    assert "the errors of the newest 4 dates of a backtest" in found["expected-loss"]
    assert found["expected-loss"].endswith("; 100 without a value")


@pytest.mark.parametrize("words", [[], ["--by-line"]])
def test_by_line_waits_for_no_more_rows(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    waited = []

    def opened(*args: Any) -> Any:
        waited.append(args[-1])
        return open_model_rows(*args)

    monkeypatch.setattr(model_rows, "open_model_rows", opened)
    run = ["score", "-q", *words, "-o", str(tmp_path / "s.csv"), str(folder / "tree.json")]
    assert cli.run([*run, str(folder / "t.csv")]) == 0
    assert waited == [0.0 if words else streams.PATIENCE]
