"""Drift between files: shares and means as in pandas, the PSI by hand; and which columns are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from churnkit import cli
from churnkit.drift.reading import Comparison, DriftOptions, compare_files, read_base
from churnkit.errors import ChurnkitError
from churnkit.tables.table import Reading


def _table(path: Path, seed: int, basic: float, shift: float = 0.0) -> pd.DataFrame:
    """300 customers; of 1 in 10 no x is known."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer_id": [f"c{k}" for k in range(300)],
            "x": np.where(rng.random(300) < 0.1, np.nan, rng.normal(shift, 1, 300).round(3)),
            "plan": np.where(rng.random(300) < basic, "basic", "plus"),
        }
    )
    table["churned"] = (rng.random(300) < 1 / (1 + np.exp(-table["x"].fillna(0)))).astype(int)
    table.to_csv(path, index=False)
    return table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base as a table, a profile and a model; new rows that have moved, without the label."""
    folder = tmp_path_factory.mktemp("drift")
    base = folder / "base.csv"
    _table(base, 1, 0.7)
    _table(folder / "new.csv", 2, 0.2, shift=2).drop(columns="churned").to_csv(
        folder / "new.csv", index=False
    )
    assert cli.run(["profile", "-q", "-o", str(folder / "base.jsonl"), str(base)]) == 0
    assert cli.run(["fit", "-q", "--model", "tree", "-o", str(folder / "model.json"), str(base)]) == 0
    return folder


def _compare(base: Path, new: Path, **options: Any) -> Comparison:
    return compare_files(str(base), [str(new)], Reading(), DriftOptions(**options))


def _by_column(found: Comparison) -> dict[str, dict[str, Any]]:
    return {record["column"]: record for record in found.records}


@pytest.mark.parametrize("base", ["base.csv", "base.jsonl", "model.json"])
def test_shares_and_means_are_those_of_pandas_and_the_psi_is_that_by_hand(folder: Path, base: str) -> None:
    found = _by_column(_compare(folder / base, folder / "new.csv"))
    old, new = (pd.read_csv(folder / name) for name in ("base.csv", "new.csv"))
    for when, rows in (("before", old), ("after", new)):
        assert found["plan"][when] == pytest.approx((rows["plan"] == "basic").mean())
        assert found["x"][when] == pytest.approx(rows["x"].mean())
        assert found["x"][f"missing_{when}"] == pytest.approx(rows["x"].isna().mean())
    # half a customer is added to basic and to plus; all else is empty on both sides, and does not count
    p, q = (rows["plan"].value_counts().sort_index().to_numpy() + 0.5 for rows in (old, new))
    p, q = p / p.sum(), q / q.sum()
    assert found["plan"]["psi"] == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert found["plan"]["drifted"]
    assert "churned" not in found  # the new rows have no label yet: it is not gone


def test_the_kind_of_a_base_is_recognised_by_its_first_bytes(folder: Path) -> None:
    sources = [
        read_base(str(folder / name), "customer_id", Reading())
        for name in ("base.csv", "base.jsonl", "model.json")
    ]
    assert [model is not None for _, model in sources] == [False, False, True]
    assert sources[0][0] == sources[1][0]
    assert [base.customers for base, _ in sources] == pytest.approx([300] * 3, rel=0.01)


def test_columns_of_only_one_side_are_gone_or_added(folder: Path, tmp_path: Path) -> None:
    new = pd.read_csv(folder / "new.csv").drop(columns="plan").assign(fresh=1)
    new.to_csv(tmp_path / "new.csv", index=False)
    found = _by_column(_compare(folder / "base.csv", tmp_path / "new.csv"))
    assert {name: (r["kind"], r["drifted"]) for name, r in found.items() if name != "x"} == {
        "plan": ("gone", True), "fresh": ("added", False),
    }  # fmt: skip
    of_model = _by_column(_compare(folder / "model.json", tmp_path / "new.csv"))
    assert set(of_model) == {
        "x",
        "plan",
    }  # no score without a column of the model, and other columns do not matter


def test_a_model_scores_the_new_rows(folder: Path, tmp_path: Path) -> None:
    found = _by_column(_compare(folder / "model.json", folder / "new.csv", only=("plan", "x")))
    scored = tmp_path / "scored.csv"
    assert (
        cli.run(["score", "-q", "-o", str(scored), str(folder / "model.json"), str(folder / "new.csv")]) == 0
    )
    assert found["churn_probability"]["kind"] == "score"
    mean = pd.read_csv(scored)["churn_probability"].mean()
    assert found["churn_probability"]["after"] == pytest.approx(mean, rel=1e-3)


def test_columns_left_out_are_reported_unless_the_user_chose_them(folder: Path, tmp_path: Path) -> None:
    for name in ("base.csv", "new.csv"):
        table = pd.read_csv(folder / name)
        table.assign(day="2024-05-01", fresh=1).to_csv(tmp_path / name, index=False)
    found = _compare(tmp_path / "base.csv", tmp_path / "new.csv", drop=("x", "fresh"))
    assert found.left_out == {"day": "a time, which always moves"}
    assert {record["column"] for record in found.records} == {"plan"}


def test_the_larger_change_comes_first_and_the_limit_decides(folder: Path) -> None:
    found = _compare(folder / "base.csv", folder / "new.csv")
    psi = [record["psi"] for record in found.records]
    assert psi == sorted(psi, reverse=True)
    limit = sum(psi) / 2
    records = _compare(folder / "base.csv", folder / "new.csv", max_psi=limit).records
    assert [record["drifted"] for record in records] == [True, False]


@pytest.mark.parametrize(
    ("new", "options", "words"),
    [
        ("customer_id,x,plan\n", {}, r"new\.csv has no rows to compare"),
        ("other\n1\n", {}, r"new\.csv has none of the columns of the base"),
        ("customer_id,x,plan\na,1,basic\nb,one,plus\n", {}, r"new\.csv:3: column 'x': 'one'"),
        ("customer_id,x,plan\na,1,basic\n", {"only": ("plam",)}, "no column 'plam'.* did you mean 'plan'"),
    ],
    ids=["no rows", "no column", "a word", "a name"],
)
def test_what_cannot_be_compared_is_refused(
    folder: Path, tmp_path: Path, new: str, options: dict[str, Any], words: str
) -> None:
    (tmp_path / "new.csv").write_text(new)
    for base in ("base.csv", "model.json"):
        with pytest.raises(ChurnkitError, match=words):
            _compare(folder / base, tmp_path / "new.csv", **options)


def test_an_incomplete_profile_is_refused(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "base.jsonl").read_text().splitlines()
    (tmp_path / "torn.jsonl").write_text("\n".join(lines[:-1]) + "\n")
    assert json.loads(lines[-1])["column"] is None  # the record of the table
    with pytest.raises(ChurnkitError, match="is not a complete profile"):
        _compare(tmp_path / "torn.jsonl", folder / "new.csv")
