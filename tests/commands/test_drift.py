"""drift, as it is typed."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from churnkit import cli
from churnkit.profiling import profile


def _written(path: Path, rows: int, seed: int, shift: float = 0, plans: str = "ab", more: str = "") -> Path:
    rng = np.random.default_rng(seed)
    lines = [f"customer_id,x,y,plan,churned{',' + more if more else ''}"]
    for k in range(rows):
        x, y = rng.normal() + shift, rng.poisson(2)
        left = int(rng.random() < 1 / (1 + np.exp(2 - x)))
        lines.append(f"c{k},{x:.4f},{y},{rng.choice(list(plans))},{left}{',1' if more else ''}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drift")
    base = _written(folder / "base.csv", 1_500, 0)
    _written(folder / "same.csv", 1_500, 1)
    _written(folder / "moved.csv", 1_500, 2, shift=1.5, plans="abc")
    assert cli.run(["fit", "-q", "--model", "logistic", "-o", str(folder / "model.json"), str(base)]) == 0
    assert cli.run(["profile", "-o", str(folder / "base.jsonl"), str(base)]) == 0
    return folder


def _drift(folder: Path, base: str, new: str, *words: str) -> tuple[int, dict[str, dict[str, object]]]:
    out = folder / "out.jsonl"
    status = cli.run(["drift", "-q", *words, "-o", str(out), str(folder / base), str(folder / new)])
    records = [json.loads(line) for line in out.read_text().splitlines()]
    return status, {record["column"]: record for record in records}


@pytest.mark.parametrize("base", ["base.csv", "base.jsonl", "model.json"])
def test_status_1_says_that_something_has_moved(folder: Path, base: str) -> None:
    status, same = _drift(folder, base, "same.csv")
    assert status == 0
    assert not any(record["drifted"] for record in same.values())
    status, moved = _drift(folder, base, "moved.csv")
    assert status == 1
    assert moved["x"]["drifted"]
    assert not moved["y"]["drifted"]
    assert moved["plan"]["new_values"] == ["c"]
    assert moved["x"]["after"] == pytest.approx(1.5, abs=0.1)
    assert (folder / "out.jsonl").read_text().count("\n") == len(moved)


def test_a_table_and_its_profile_say_the_same(folder: Path) -> None:
    assert _drift(folder, "base.csv", "moved.csv") == _drift(folder, "base.jsonl", "moved.csv")


def test_against_a_model_the_score_has_a_record_and_importance_leads(folder: Path) -> None:
    _, moved = _drift(folder, "model.json", "moved.csv")
    assert moved["churn_probability"]["kind"] == "score"
    assert moved["churn_probability"]["drifted"]
    assert next(iter(moved)) == "x"
    assert "churned" not in moved


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
@pytest.mark.parametrize("rows", [300, 1_000])
def test_new_rows_of_the_same_make_raise_no_alarm_against_any_model(
    kind: str, rows: int, tmp_path: Path
) -> None:
    for seed in (1, 2):
        table = _written(tmp_path / "table.csv", rows, seed)
        _written(tmp_path / "new.csv", rows, seed + 100)
        model = tmp_path / "m.json"
        assert cli.run(["fit", "-q", "--model", kind, "-o", str(model), str(table)]) == 0
        status, records = _drift(tmp_path, "m.json", "new.csv")
        assert (status, records["churn_probability"]["drifted"]) == (0, False)


def test_a_base_may_come_through_a_pipe(folder: Path) -> None:
    for base in ("base.csv", "base.jsonl", "model.json"):
        direct = _drift(folder, base, "moved.csv")
        reader, writer = os.pipe()
        fill = threading.Thread(target=_fill, args=(writer, (folder / base).read_bytes()))
        fill.start()
        assert _drift(folder, f"/dev/fd/{reader}", "moved.csv") == direct
        fill.join()
        os.close(reader)


def test_a_table_of_very_many_different_values_has_not_moved_from_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "MOST_COUNTED", 50)
    rng = np.random.default_rng(4)
    paid = np.where(rng.random(3_000) < 0.4, 0, rng.gamma(1, 30, 3_000)).round(2)
    rows = [f"c{k},{p},{p - 7:.3f},{1e6 + p}\n" for k, p in enumerate(paid.tolist())]
    (tmp_path / "table.csv").write_text("customer_id,paid,below,far\n" + "".join(rows))
    status, records = _drift(tmp_path, "table.csv", "table.csv")
    assert status == 0
    assert {name: record["psi"] for name, record in records.items()} == {"paid": 0, "below": 0, "far": 0}


def _fill(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)


@pytest.mark.parametrize("pair", ["base.csv head.csv", "model.json head.csv", "head.csv base.csv"])
def test_no_rows_are_not_the_same_as_no_drift(
    pair: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "head.csv").write_text("customer_id,x,y,plan,churned\n")
    assert cli.run(["drift", *(str(folder / name) for name in pair.split())]) == 2
    assert "head.csv has no rows to compare" in capfd.readouterr().err


def test_a_column_that_is_not_compared_still_counts_for_the_score(folder: Path) -> None:
    _, whole = _drift(folder, "model.json", "moved.csv")
    status, records = _drift(folder, "model.json", "moved.csv", "--drop", "x")
    assert status == 1
    assert "x" not in records
    assert records["churn_probability"]["after"] == whole["churn_probability"]["after"]


def test_columns_can_be_chosen_and_the_limit_set(folder: Path) -> None:
    assert _drift(folder, "base.csv", "moved.csv", "--max-psi", "99")[0] == 0
    status, records = _drift(folder, "base.csv", "moved.csv", "--only", "y")
    assert (status, set(records)) == (0, {"y"})
    status, records = _drift(folder, "base.csv", "moved.csv", "--drop", "x,plan,churned")
    assert (status, set(records)) == (0, {"y"})


def test_columns_that_came_and_went_are_told(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _written(folder / "more.csv", 500, 3, more="z")
    (folder / "less.csv").write_text(
        "customer_id,y,plan\n" + "".join(f"c{k},{k % 5},a\n" for k in range(500))
    )
    status, records = _drift(folder, "base.csv", "more.csv")
    assert records["z"]["kind"] == "added"
    assert status == 0
    status, records = _drift(folder, "base.csv", "less.csv")
    assert (status, records["x"]["kind"]) == (1, "gone")
    assert "churned" not in records  # new rows cannot have it yet
    assert "x is gone" in capfd.readouterr().err


def test_words_in_a_column_of_numbers_are_counted_and_told(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "words.csv").write_text(
        "customer_id,x,y,plan,churned\n" + "".join(f"c{k},?,1,a,0\n" for k in range(400))
    )
    _, records = _drift(folder, "base.csv", "words.csv")
    assert records["x"]["missing_after"] == 1
    assert cli.run(["drift", str(folder / "base.csv"), str(folder / "words.csv")]) == 1
    assert "400 values no number" in capfd.readouterr().err


@pytest.mark.parametrize("to", ["csv", "text"])
def test_other_formats(folder: Path, to: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["drift", "-q", "--to", to, str(folder / "base.csv"), str(folder / "moved.csv")]) == 1
    assert "x" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.csv", "same.csv"], "nowhere.csv"),
        (["base.csv", "nowhere.csv"], "nowhere.csv"),
        (["base.csv", "same.csv", "--drop", "plam"], "did you mean 'plan'"),
        (["-", "-"], "cannot both be standard input"),
        (["torn.jsonl", "same.csv"], "no whole profile"),
        (["odd.jsonl", "same.csv"], "bins that do not fit"),
        (["fewer.jsonl", "same.csv"], "line 1: distinct: should be a whole number >= 0"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_line(
    folder: Path,
    words: list[str],
    said: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    (folder / "odd.jsonl").write_text(
        (folder / "base.jsonl").read_text().replace('"tenths":{"edges":[', '"tenths":{"edges":[-99.0,')
    )
    (folder / "fewer.jsonl").write_text(
        (folder / "base.jsonl").read_text().replace('"distinct":1500', '"distinct":-1500')
    )
    (folder / "torn.jsonl").write_text((folder / "base.jsonl").read_text().splitlines()[0] + "\n")
    assert cli.run(["drift", *words]) == 2
    out, err = capfd.readouterr()
    assert (out, said in err) == ("", True)
