"""drift on the command line."""

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
    assert status in (0, 1)
    records = [json.loads(line) for line in out.read_text().splitlines()]
    return status, {record["column"]: record for record in records}


@pytest.mark.parametrize("base", ["base.csv", "base.jsonl", "model.json"])
def test_status_1_means_that_a_column_has_drifted(folder: Path, base: str) -> None:
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
    assert 0.5 < moved["churn_probability"]["auc_promised"] < 1
    assert 0.5 < moved["churn_probability"]["auc_test"] < 1
    assert "auc_promised" not in moved["x"]
    assert next(iter(moved)) == "x"
    assert "churned" not in moved


@pytest.mark.parametrize(("kind", "rows"), [("logistic", 1_000), ("tree", 600), ("xgboost", 300)])
def test_new_rows_of_the_same_make_raise_no_alarm_against_any_model(
    kind: str, rows: int, tmp_path: Path
) -> None:
    table, model = _written(tmp_path / "table.csv", rows, 1), tmp_path / "m.json"
    _written(tmp_path / "new.csv", rows, 101)
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
    assert _drift(folder, "base.csv", "moved.csv", "--max-psi", "99", "--max-outside", "1")[0] == 0
    status, records = _drift(folder, "base.csv", "moved.csv", "--only", "y")
    assert (status, set(records)) == (0, {"y"})
    status, records = _drift(folder, "base.csv", "moved.csv", "--drop", "x,plan,churned")
    assert (status, set(records)) == (0, {"y"})


@pytest.mark.parametrize("base", ["base.csv", "base.jsonl", "model.json"])
def test_values_beyond_the_limits_of_the_base_are_drift_though_no_bin_moves_much(
    base: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Five of a hundred values are now 1,000; the base ends below 10."""
    lines = (folder / "same.csv").read_text().splitlines()
    far = [line.split(",") for line in lines[1:]]
    rows = [",".join([*r[:2], "1000" if k % 20 == 0 else r[2], *r[3:]]) for k, r in enumerate(far)]
    (folder / "far.csv").write_text("\n".join([lines[0], *rows]) + "\n")
    status, records = _drift(folder, base, "far.csv")
    assert (status, records["y"]["drifted"], records["x"]["drifted"]) == (1, True, False)
    assert records["y"]["outside"] == pytest.approx(0.05, abs=0.005)
    assert records["y"]["psi"] < 0.25
    assert "y (PSI 0." in capfd.readouterr().err
    assert _drift(folder, base, "far.csv", "--max-outside", "10%")[1]["y"]["drifted"] is False
    assert cli.run(["score", "-o", os.devnull, str(folder / "model.json"), str(folder / "far.csv")]) == 0
    assert "y: 5.1% outside 0 to " in capfd.readouterr().err


def test_a_base_without_limits_is_judged_by_its_bins_alone(folder: Path) -> None:
    fields = json.loads((folder / "model.json").read_text())
    for feature in fields["features"]:
        feature["histogram"].pop("limits", None)
    fields["metrics"]["scores"].pop("limits")
    (folder / "old.json").write_text(json.dumps(fields))
    _, records = _drift(folder, "old.json", "moved.csv")
    assert (records["x"]["outside"], records["x"]["drifted"]) == (None, True)


def test_a_small_but_certain_change_is_named_and_no_alarm(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, share in (("base.csv", 20), ("new.csv", 8)):
        rows = [f"c{k},{'' if k % share == 0 else k % 7}\n" for k in range(4_000)]
        (tmp_path / name).write_text("customer_id,x\n" + "".join(rows))
    status, records = _drift(tmp_path, "base.csv", "new.csv")
    assert (status, records["x"]["moved"], records["x"]["drifted"]) == (0, True, False)
    assert records["x"]["change"] == "missing 5.0% → 12%"
    assert cli.run(["drift", "--to", "text", *(str(tmp_path / n) for n in ("base.csv", "new.csv"))]) == 0
    assert "moved, but little  missing 5.0% → 12%" in capfd.readouterr().out


def test_added_and_missing_columns_are_reported(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
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


@pytest.mark.parametrize(
    "line", ["drift base.csv", "drift base.jsonl", "drift model.json", "score model.json"]
)
def test_a_bad_number_is_the_same_error_for_drift_and_score_and_can_be_skipped(
    line: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [f"c{k},{'?' if k % 4 == 1 else k / 100},1,a,0\n" for k in range(400)]
    (folder / "words.csv").write_text("customer_id,x,y,plan,churned\n" + "".join(rows))
    command, known = line.split()
    words = [command, str(folder / known), str(folder / "words.csv")]
    assert cli.run(words) == 2
    assert "words.csv:3: column 'x': '?' is not a number" in capfd.readouterr().err
    assert cli.run([*words, "--on-error", "skip"]) in (0, 1)
    assert "100 bad rows skipped" in capfd.readouterr().err
    assert cli.run([*words, "--null", "?"]) in (0, 1)


def test_null_words_of_a_model_count_for_drift_as_for_score(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [
        f"c{k},{'?' if k % 5 == 0 else round(x, 3)},{int(rng.random() < x)}\n"
        for k, x in enumerate(rng.random(500))
    ]
    table, model = tmp_path / "t.csv", tmp_path / "m.json"
    table.write_text("customer_id,x,churned\n" + "".join(rows))
    assert cli.run(["fit", "-q", "--model", "tree", "--null", "?", "-o", str(model), str(table)]) == 0
    status, records = _drift(tmp_path, "m.json", "t.csv")
    assert (status, records["x"]["missing_after"]) == (0, pytest.approx(0.2))


def _panel(path: Path, customers: int, rows: int, seed: int) -> Path:
    """Customers whose rows are equal but for the target."""
    rng = np.random.default_rng(seed)
    lines = ["customer_id,a,b,c,d,plan,churned"]
    for k in range(customers):
        values = ",".join(f"{value:.3f}" for value in rng.normal(size=4))
        plan = rng.choice(list("xyz"))
        lines += [f"c{k},{values},{plan},{(k + row) % 3 == 0:d}" for row in range(rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_sixty_unchanged_customers_of_twelve_rows_raise_no_alarm(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Against a table, its profile and a model, and in score: in one of a hundred it might, in these it does not."""
    warnings = 0
    for seed in range(2):
        base, new = (
            _panel(tmp_path / "base.csv", 60, 12, seed),
            _panel(tmp_path / "new.csv", 60, 12, seed + 100),
        )
        model, profile_ = tmp_path / "m.json", tmp_path / "base.jsonl"
        assert cli.run(["fit", "-q", "--model", "tree", "-o", str(model), str(base)]) == 0
        assert cli.run(["profile", "-o", str(profile_), str(base)]) == 0
        found = [_drift(tmp_path, name, "new.csv")[1] for name in ("base.csv", "base.jsonl", "m.json")]
        assert found[0] == found[1]
        assert min(found[0]["a"]["p"], found[2]["a"]["p"]) > 0.05  # a model's edges are nobody's values
        capfd.readouterr()
        assert cli.run(["score", "-o", str(tmp_path / "s.csv"), str(model), str(new)]) == 0
        warnings += "PSI" in capfd.readouterr().err
        assert not any(r["drifted"] for records in found for r in records.values())
    assert not warnings


def test_an_older_model_without_effective_customers_is_judged_by_rows(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base, new = _panel(tmp_path / "base.csv", 60, 12, 1), _panel(tmp_path / "new.csv", 60, 12, 101)
    assert cli.run(["fit", "-q", "--model", "tree", "-o", str(tmp_path / "m.json"), str(base)]) == 0
    fields = json.loads((tmp_path / "m.json").read_text())
    assert fields["trained_on"].pop("effective_customers") == 60
    (tmp_path / "old.json").write_text(json.dumps(fields))
    _, records = _drift(tmp_path, "old.json", "new.csv")
    bins = len(fields["features"][0]["histogram"]["rows"])  # none is missing
    assert records["a"]["psi_chance"] == pytest.approx((bins - 1) * (1 / 720 + 1 / 720))
    assert cli.run(["score", "-o", str(tmp_path / "s.csv"), str(tmp_path / "old.json"), str(new)]) == 0
    assert ("PSI" in capfd.readouterr().err) == any(
        r["drifted"] for n, r in records.items() if n != "churn_probability"
    )


@pytest.mark.parametrize("to", ["csv", "text"])
def test_other_formats(folder: Path, to: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["drift", "-q", "--to", to, str(folder / "base.csv"), str(folder / "moved.csv")]) == 1
    assert "x" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.csv", "same.csv"], "nowhere.csv"),
        (["base.csv", "nowhere.csv"], "nowhere.csv"),
        (["base.csv", "same.csv", "--drop", "plam"], "did you mean 'plan'"),
        (["base.csv", "same.csv", "--max-outside", "1 in 10"], "'1 in 10' is not a share: type 1% or 0.01"),
        (["-", "-"], "cannot both be standard input"),
        (["torn.jsonl", "same.csv"], "not a complete profile"),
        (["odd.jsonl", "same.csv"], "wrong number of bins"),
        (["fewer.jsonl", "same.csv"], "line 1: distinct: should be a whole number >= 0"),
    ],
)
def test_an_error_is_one_line(
    folder: Path,
    words: list[str],
    message: str,
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
    assert (out, message in err) == ("", True)
