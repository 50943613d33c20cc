"""Half a pair in SQL, twice, is what the pair adds."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from churnkit.export.curves_sql import half_pair_sql
from churnkit.models import pairs
from churnkit.models.columns import CATEGORY, NUMBER, Column
from churnkit.models.pairs import Pair

PLAN = Column("plan", CATEGORY, ("a", "b"))
COLUMNS = {"x": Column("x", NUMBER), "y": Column("y", NUMBER), "plan": PLAN, "other": PLAN}
PLACES = {"x": (-2.0, 1.0, 3.0), "y": (-1.0, 0.0, 4.0), "plan": (), "other": ()}
TABLE = ((0.5, -1.0, 2.0), (0.0, 0.25, -0.5), (1.0, -3.0, 0.125))


@pytest.mark.parametrize(("first", "second"), [("x", "y"), ("plan", "y"), ("x", "plan"), ("other", "plan")])
def test_half_a_pair_in_sql_is_half_of_what_it_adds(first: str, second: str) -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({name: rng.uniform(-4, 6, 300) for name in "xy"})
    rows["x"] = np.where(rng.random(300) < 0.2, rng.choice(PLACES["x"], 300), rows["x"])
    rows.loc[:20, "x"] = rows.loc[10:30, "y"] = np.nan
    for name in ("plan", "other"):
        rows[name] = rng.choice(["a", "b", "unseen", None], 300)
    columns = [COLUMNS[first], COLUMNS[second]]
    pair = Pair(0, 1, PLACES[first], PLACES[second], TABLE, 0.375)
    half = half_pair_sql(pair, *columns).sql("duckdb")
    doubles = rows.astype(object).where(rows.notna(), None).astype({"x": "Float64", "y": "Float64"})
    table = duckdb.from_df(doubles)
    ours = table.project(f"({half})::DOUBLE").fetchnumpy().popitem()[1]
    codes = [
        [column.code(None if pd.isna(value) else value) for value in rows[column.name]] for column in columns
    ]
    assert ours * 2 == pytest.approx(pairs.contribution(pair, np.array(codes).T), abs=1e-12)
