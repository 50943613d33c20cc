"""The rows of a table for a model are the same for every block size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churnkit.errors import ChurnkitError
from churnkit.models import Fitted, model_rows
from churnkit.models.calibration import Calibration
from churnkit.models.columns import CATEGORY, NUMBER, Column
from churnkit.models.model_file import Model
from churnkit.models.model_rows import kept_columns, number_column, open_model_rows, read_blocks
from churnkit.tables.table import Reading

COLUMNS = [Column("plan", CATEGORY, ("basic", "plus")), Column("x", NUMBER)]
MODEL = Model(Fitted("tree", None, Calibration(1, 0)), COLUMNS, "churned", "customer_id", ("n/a",), {})


def _write(folder: Path, head: str, rows: list[str]) -> str:
    path = folder / "t.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return str(path)


@pytest.mark.parametrize("piece", [40, 1 << 20])
def test_the_matrix_is_what_pandas_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(model_rows, "BLOCK_BYTES", piece)
    rows = [f"{k:03d},2024-05-01,{k / 7},{['basic', 'plus', 'new', 'n/a'][k % 4]}" for k in range(60)]
    path = _write(tmp_path, "customer_id,as_of,x,plan", rows)
    blocks = list(read_blocks(MODEL, open_model_rows(MODEL, [path], Reading(), None), None, ["x"], ["plan"]))
    table = pd.read_csv(path, dtype={"customer_id": str}, na_values="n/a")
    codes = table["plan"].map({"basic": 0.0, "plus": 1.0, "new": 2.0})
    matrix = np.vstack([block.matrix for block in blocks])
    assert np.array_equal(matrix, np.column_stack([codes, table["x"]]), equal_nan=True)
    assert [v for b in blocks for v in b.heads[0]] == table["customer_id"].tolist()
    assert [v for b in blocks for v in b.heads[1]] == table["as_of"].tolist()
    assert [v for b in blocks for v in b.values["x"]] == table["x"].tolist()
    kept = [v for b in blocks for v in kept_columns(b.texts, ["plan"])[0]]
    assert kept == [row.split(",")[3] if not row.endswith("n/a") else None for row in rows]
    assert sum(block.count for block in blocks) == 60


def test_rows_without_an_id_are_numbered_from_1_over_all_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(model_rows, "BLOCK_BYTES", 40)
    path = _write(tmp_path, "x,plan", [f"{k},basic" for k in range(30)])
    blocks = list(read_blocks(MODEL, open_model_rows(MODEL, [path], Reading(), None), None))
    assert len(blocks) > 1
    assert [number for block in blocks for number in block.heads[0]] == list(range(1, 31))
    assert "customer_id" in capfd.readouterr().err


def test_a_table_without_rows_is_one_block_without_rows(tmp_path: Path) -> None:
    path = _write(tmp_path, "customer_id,x,plan", [])
    (block,) = read_blocks(MODEL, open_model_rows(MODEL, [path], Reading(), None), None)
    assert block.matrix.shape == (0, 2)


def test_all_missing_columns_are_named_at_once(tmp_path: Path) -> None:
    path = _write(tmp_path, "customer_id,y", ["a,1"])
    with pytest.raises(ChurnkitError, match="plan, x"):
        open_model_rows(MODEL, [path], Reading(), None)


@pytest.mark.parametrize(("name", "is_feature"), [("recency_days", True), ("x", False)])
def test_a_table_that_lacks_features_is_pointed_to_featurize(
    tmp_path: Path, name: str, is_feature: bool
) -> None:
    model = replace(MODEL, columns=[Column(name, NUMBER)])
    with pytest.raises(ChurnkitError, match=f"no column {name}, which the model needs") as raised:
        open_model_rows(model, [_write(tmp_path, "customer_id", ["a"])], Reading(), None)
    assert ("featurize --like MODEL" in str(raised.value)) == is_feature


def test_few_numbers_and_many_become_the_same_column() -> None:
    values = np.array([0.1, -0.0, np.nan, 1e300])
    many = number_column("p", np.resize(values, 2 * model_rows.FEW_ROWS))
    assert many.head(4).equals(number_column("p", values))
    assert many.to_list()[:2] == [0.1, 0.0]
