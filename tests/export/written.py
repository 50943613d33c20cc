"""Models of each kind in memory, rows around their thresholds and knots, and both ways of scoring them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import duckdb
import numpy as np

from churnkit.arrays import Floats
from churnkit.export import syntax
from churnkit.export.dialects import DIALECTS
from churnkit.export.model_sql import Wanted, model_select
from churnkit.models import Fitted
from churnkit.models.calibration import Calibration
from churnkit.models.columns import Column
from churnkit.models.curves import LOG, Curve
from churnkit.models.encoding import EncodedColumn, one_hot
from churnkit.models.forest import Forest, border_of
from churnkit.models.logistic import LogisticParameters
from churnkit.models.model_file import Model
from churnkit.models.tree import NodeCounts, TreeParameters
from churnkit.models.xgboost import BoostedParameters
from tests.models.fitted import COLUMNS
from tests.models.trees_by_hand import grown

FACTS = {
    "label": {"definition": "no event in 30 days from as_of", "horizon_days": 30},
    "trained_on": {"rows": 400, "customers": 400, "churned": 100, "dates": []},
    "metrics": {"tested": "5 folds"},
    "settings": {},
    "notes": {},
    "versions": {},
    "created_at": "2024-01-01T00:00:00Z",
}
BENT = Curve(points=((-1.5, 0.0, 0.1, 2.0), (0.3, -0.2, 0.5, -1.0)), missing=0.7)
WORDS = Curve(levels=(0.4, -0.3, 0.2), missing=-0.1)
LOGARITHM = Curve(LOG, -0.5, 3.0, 1.0, 0.7, -0.6, 0.25)
BY_RATE = (EncodedColumn(0), EncodedColumn(1, (1.0, 0.0, 2.0)), EncodedColumn(2))
CALIBRATION = Calibration(0.8, -0.3)
ODD = (np.nan, 1e300, -1e300, -0.0, 0.0, 2.0**53 + 1, 5e-324, 1e-46, 3.4028235677973366e38)


def model_of(
    kind: str, columns: Sequence[Column] = COLUMNS, null: tuple[str, ...] = (), seed: int = 1
) -> Model:
    """A calibrated model of three columns: a number, a category of two words, a number. seed: of its trees."""
    fitted = Fitted(kind, PARAMETERS[kind](seed), CALIBRATION)
    return Model(fitted, list(columns), "churned_30d", "id", null, FACTS)


def _logistic(seed: int) -> LogisticParameters:
    return LogisticParameters(-1.0, (BENT, WORDS, LOGARITHM), 1.0)


def _tree(seed: int) -> TreeParameters:
    forest = _off_whole(grown(seed, trees=1, columns=3))
    rows = np.arange(len(forest.column)) + 5
    return TreeParameters(BY_RATE, forest, NodeCounts(rows, rows // 3, (rows // 3) / rows))


def _boosted(seed: int) -> BoostedParameters:
    return BoostedParameters(-2.0, one_hot(COLUMNS), _off_whole(grown(seed, trees=11)))


def _off_whole(forest: Forest) -> Forest:
    """The forest with thresholds that no double is equal to, nor half-way to."""
    return replace(forest, threshold=forest.threshold * np.float32(0.7))


PARAMETERS = {"logistic": _logistic, "tree": _tree, "xgboost": _boosted}


def borders(model: Model) -> Floats:
    """Every threshold and knot of a model."""
    formula = model.fitted.formula
    found = [
        number for curve in formula.curves for number in (*(curve.points or ((),))[0], curve.low, curve.high)
    ]
    if formula.forest is not None:
        found += [border_of(t) for t in formula.forest.threshold[formula.forest.column >= 0].tolist()]
        found += formula.forest.threshold.astype(float).tolist()
    return np.unique(found)


def rows_of(model: Model, most: int = 60) -> dict[str, Any]:
    """Rows with each value on, beside, and half a step of float32 from each border; all words; odd values."""
    near = borders(model)[:most]
    single = np.spacing(near.astype(np.float32)).astype(float)
    steps = [
        near,
        np.nextafter(near, np.inf),
        np.nextafter(near, -np.inf),
        near + single / 2,
        near - single / 2,
    ]
    values = np.concatenate([*steps, near + single, near - single, ODD, [5.5, -3.0]])
    rng = np.random.default_rng(0)
    words = np.array([*model.columns[1].categories, None, "new", "it's", 'a "b" \\', "A"], dtype=object)
    size = 3 * len(values)
    numbers = [
        np.concatenate([values, rng.permutation(values), rng.choice(values, len(values))]) for _ in "xy"
    ]
    table = {"id": np.array([f"{k:06}" for k in range(size)], dtype=object)}
    return {
        **table,
        model.columns[0].name: numbers[0],
        model.columns[1].name: words[rng.integers(0, len(words), size)],
        model.columns[2].name: rng.permutation(numbers[1]),
    }


def matrix_of(model: Model, rows: dict[str, Any]) -> Floats:
    """The rows as `score` reads them."""
    parts = [[column.code(value) for value in rows[column.name].tolist()] for column in model.columns]
    return np.array(parts, dtype=float).T


def sql_of(
    model: Model, dialect: str = "duckdb", head: Sequence[str] = (), table: str = "rows", **wanted: Any
) -> str:
    """The SQL of a model. wanted: more of what it returns."""
    select = model_select(model, syntax.table(table), Wanted("id", False, **wanted))
    return syntax.render(select, DIALECTS[dialect], head)


def run(sql: str, rows: dict[str, Any], table: str = "rows") -> dict[str, list[Any]]:
    """The columns that DuckDB returns. rows: the columns of the table, equally long."""
    database = _database()
    database.register(table, rows)
    found = database.execute(sql)
    names = [column[0] for column in found.description]
    columns = dict(zip(names, map(list, zip(*found.fetchall(), strict=True)), strict=True))
    database.unregister(table)
    return columns


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
