"""fit, as it is typed."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli
from churnkit.models import MODELS


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_a_model_is_one_line_of_json(kind: str, folder: Path) -> None:
    text = (folder / f"{kind}.json").read_text()
    assert text.count("\n") == 1
    assert [f["name"] for f in json.loads(text)["features"]] == ["x", "plan"]


def _run_fit(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.run(["fit", *words]) == 0
    return capfd.readouterr().err


def test_all_kinds_are_compared_and_written_best_first(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = folder / "all.jsonl"
    notes = _run_fit(capfd, "--model", "all", "-o", str(out), str(folder / "t.csv"))
    models = [json.loads(line) for line in out.read_text().splitlines()]
    aucs = [model["metrics"]["auc"] for model in models]
    assert {model["kind"] for model in models} == {"logistic", "tree", "xgboost"}
    assert aucs == sorted(aucs, reverse=True)
    assert all(f"{model['kind']:<10} {model['metrics']['auc']:.3f}" in notes for model in models)
    assert "x alone" in notes
    assert cli.run(["score", str(out), str(folder / "t.csv")]) == 2  # which one is not for us to say


def test_ablation_reports_what_the_model_loses_without_each_group(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notes = _run_fit(capfd, "--ablate", "-o", str(folder / "m.json"), str(folder / "t.csv"))
    losses = re.findall(r"without (\w+) .*? ([+-][0-9.]+) \(", notes)
    assert [name for name, _ in losses] == ["x", "plan"]  # x is the cause, plan is noise
    assert float(losses[0][1]) < -0.1 < float(losses[1][1])
    assert "within chance" in notes.splitlines()[-1]


def test_a_search_reports_its_settings_and_is_reproducible(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    paths = [folder / "one.json", folder / "two.json"]
    for path in paths:
        notes = _run_fit(capfd, "--model", "tree", "--tune", "1", "-o", str(path), str(folder / "t.csv"))
        assert "best of 3 settings of tree" in notes
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_row_of_weight_three_counts_as_three_rows(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    header, *rows = (folder / "t.csv").read_text().splitlines()
    weights = [3 if row.endswith("0") else 1 for row in rows]
    (folder / "w.csv").write_text(
        "\n".join([f"{header},n", *(f"{row},{n}" for row, n in zip(rows, weights, strict=True))]) + "\n"
    )
    repeated = [row for row, n in zip(rows, weights, strict=True) for _ in range(n)]
    (folder / "r.csv").write_text("\n".join([header, *repeated]) + "\n")
    models = []
    for name, words in (("w.csv", ["--weight", "n"]), ("r.csv", [])):
        out = folder / f"{name}.json"
        _run_fit(capfd, *words, "-o", str(out), str(folder / name))
        models.append(json.loads(out.read_text()))
    assert [f["name"] for f in models[0]["features"]] == ["x", "plan"]
    for metric in ("base_rate", "auc", "brier"):
        assert models[0]["metrics"][metric] == pytest.approx(models[1]["metrics"][metric], rel=0.03), metric


@pytest.mark.parametrize("kind", MODELS)
def test_a_higher_value_of_a_falling_column_never_raises_the_probability(kind: str, folder: Path) -> None:
    out, rows = folder / "f.json", folder / "grid.csv"
    words = ["fit", "-q", "--model", kind, "--falling", "x", "-o", str(out), str(folder / "t.csv")]
    assert cli.run(words) == 0  # although x raises it
    rows.write_text("customer_id,x,plan\n" + "".join(f"{k},{k / 100},basic\n" for k in range(100)))
    assert cli.run(["score", "-q", "-o", str(folder / "grid.out"), str(out), str(rows)]) == 0
    probability = [float(line.split(",")[1]) for line in (folder / "grid.out").read_text().splitlines()[1:]]
    assert all(later <= earlier + 1e-12 for earlier, later in itertools.pairwise(probability))


def test_the_first_question_of_a_tree_can_be_chosen(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = folder / "first.json"
    run = ["fit", "-q", "--model", "tree", "--first", "plan", "-o", str(out), str(folder / "t.csv")]
    assert cli.run(run) == 0
    assert cli.run(["explain", "--overall", "--to", "text", str(out)]) == 0
    tree = capfd.readouterr().out.partition("The tree")[2].splitlines()
    assert tree[3].endswith("plan is basic") or tree[3].endswith("plan is plus")
    assert json.loads(out.read_text())["settings"]["first"] == "plan"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--model", "tree", "--rising", "plan"], "no column 'plan'"),
        (["--first", "plan"], "--first does not work with logistic; use --model tree"),
        (["--model", "tree", "--first", "y"], "--first: no column 'y'"),
        (
            ["--model", "tree", "--drop", "plan", "--first", "plan"],
            "'plan' is left out of the model (--drop)",
        ),
        (["--weight", "plan"], "not a number above 0"),
        (["--weight", "y"], "no column 'y'"),
    ],
)
def test_impossible_options_are_refused(
    words: list[str], why: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["fit", *words, str(folder / "t.csv")]) == 2
    assert why in capfd.readouterr().err


def test_the_out_of_fold_file_is_evaluated_with_its_weights_and_needs_no_option(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=4_000)
    left = rng.random(4_000) < 1 / (1 + np.exp(3 - x))
    is_kept = left | (rng.random(4_000) < 0.1)
    rows = [
        f"c{k},{x[k]:.4f},{'yes' if left[k] else 'no'},{1 if left[k] else 10},{k % 3}"
        for k in np.flatnonzero(is_kept)
    ]
    table, tested = tmp_path / "t.csv", tmp_path / "tested.csv"
    table.write_text("\n".join(["customer_id,x,gone,stands_for,region", *rows]) + "\n")
    options = ["--target", "gone", "--weight", "stands_for", "--keep", "region", "--drop", "region"]
    assert (
        cli.run(["fit", "-q", *options, "--out-of-fold", str(tested), "-o", str(tmp_path / "m"), str(table)])
        == 0
    )
    assert tested.read_text().splitlines()[0] == "customer_id,churn_probability,churned,weight,region"
    assert cli.run(["evaluate", "--by", "region", str(tested)]) == 0
    assert "weight" in capfd.readouterr().err
    assert cli.run(["evaluate", "-q", str(tested)]) == 0
    record = json.loads(capfd.readouterr().out)
    told = json.loads((tmp_path / "m").read_text())["metrics"]
    for name in ("auc", "log_loss", "observed_over_expected", "base_rate"):
        assert record[name] == pytest.approx(told[name])


def test_columns_are_kept_only_with_an_out_of_fold_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["fit", "--keep", "region", str(tmp_path / "t.csv")]) == 2
    assert "--keep needs --out-of-fold" in capfd.readouterr().err


def test_a_column_that_reveals_the_date_is_left_out_unless_it_is_allowed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    lines = ["customer_id,as_of,x,month,churned_30d"]
    for month in range(1, 5):
        for row in range(60):
            x = rng.normal()
            lines.append(
                f"c{row},2024-0{month}-01,{x:.3f},{month},{int(rng.random() < 1 / (1 + np.exp(-x)))}"
            )
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    words = ["-o", str(tmp_path / "m.json"), str(tmp_path / "t.csv")]
    notes = _run_fit(capfd, *words)
    assert "'month' left out: it reveals the date" in notes
    model = json.loads((tmp_path / "m.json").read_text())
    assert [f["name"] for f in model["features"]] == ["x"]
    assert "month" not in _run_fit(capfd, "--allow-clock", "month", *words).split("tested on")[0]
    model = json.loads((tmp_path / "m.json").read_text())
    assert [f["name"] for f in model["features"]] == ["x", "month"]
    assert model["settings"]["allow_clock"] == ["month"]


def test_no_id_and_no_word_of_one_customer_is_in_a_model(tmp_path: Path) -> None:
    """Each customer has a reference at six dates; one of them a plan of their own; another a note beside numbers."""
    rng = np.random.default_rng(3)
    lines = ["customer_id,as_of,reference,plan,score,x,churned_28d"]
    for k in range(90):
        risk = rng.random()
        for month in range(1, 7):
            plan = "boss-plan" if k == 7 else rng.choice(["basic", "plus"])
            score = "ask-jane" if k == 9 else f"{rng.random():.3f}"
            churned = int(rng.random() < risk)
            lines.append(f"id-{k:04d},2024-{month:02d}-01,ref-{k:04d},{plan},{score},{risk:.4f},{churned}")
    table, out = tmp_path / "table.csv", tmp_path / "models.jsonl"
    table.write_text("\n".join(lines) + "\n")
    assert cli.run(["fit", "-q", "--model", "all", "-o", str(out), str(table)]) == 0
    models = out.read_text()
    assert models.count("\n") == 3
    assert '"basic"' in models
    assert not re.findall(r"id-\d{4}|ref-\d{4}|boss-plan|ask-jane", models)
