"""What a row shows itself."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.checks.expectations import ExpectedColumn
from churnkit.checks.row_checks import Caster, check_columns, rule_frame
from churnkit.checks.rule_types import ColumnOfRule
from churnkit.tables.column_casts import Notation
from tests.checked import NOW


def _reasons(column: ExpectedColumn, values: list[str | None]) -> dict[int, list[str]]:
    texts = pl.Series("x", values, dtype=pl.String)
    typed = {"x": Caster(Notation()).cast(texts, column)}
    return dict(check_columns(typed, {"x": column}, NOW))


CASES = {
    "integer": (ExpectedColumn("x", "integer", 500, 0), ["1", " 2", "3.0", "a", ""], {3: "'a' is not a number", 4: "'' is not a number; if it means an empty value, use --null ''"}),
    "empty": (ExpectedColumn("x", "text", 300, 0), ["a", None], {1: "is empty"}),
    "may be empty": (ExpectedColumn("x", "text", 299, 0), ["a", None], {}),
    "boolean": (ExpectedColumn("x", "boolean", 9, 1, words=frozenset({"True", "False"})), ["true", "FALSE", "yes", None], {2: "'yes' is neither true nor false"}),
    "far": (ExpectedColumn("x", "float", 9, 1, low=1, high=9, limits=(-5.0, 20.0)), ["-6", "-5", "20", "21", None], {0: "-6 is far outside 1 to 9", 3: "21 is far outside 1 to 9"}),
    "negative": (ExpectedColumn("x", "float", 9, 1, low=0, high=9, limits=(-5.0, 20.0), is_never_negative=True), ["-0.5", "0"], {0: "-0.5 is below 0"}),
    "future": (ExpectedColumn("x", "timestamp", 9, 1, is_past=True), ["2024-07-02T23:00:00", "2024-07-04", "03/04/2024"], {1: "'2024-07-04' is in the future", 2: "'03/04/2024' is not a time"}),
    "ahead": (ExpectedColumn("x", "timestamp", 9, 1), ["2030-01-01"], {}),
    "closed": (ExpectedColumn("x", "text", 9, 1, words=frozenset("ab"), is_closed=True), ["a", "c", None], {1: "'c' is a new value"}),
    "open": (ExpectedColumn("x", "text", 9, 1, words=frozenset("ab")), ["a", "c"], {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_value_is_rejected_for_what_the_base_never_had(case: str) -> None:
    column, values, expected = CASES[case]
    found = {row: why[0].removeprefix("column 'x': ") for row, why in _reasons(column, values).items()}
    assert {*found} == {*expected}
    assert all(found[row].startswith(words) for row, words in expected.items())


def test_a_column_that_only_rules_know_is_read_as_they_use_it() -> None:
    rows = pl.DataFrame({"new": ["1", "x", None]})
    needed = [
        ColumnOfRule("new", "number", 0),
        ColumnOfRule("none", "time", 3),
        ColumnOfRule("new", "number", 9),
    ]
    frame, reasons = rule_frame(rows, {}, needed, Caster(Notation()))
    assert frame.rows() == [(1.0, None), (None, None), (None, None)]
    assert dict(reasons) == {1: ["column 'new': 'x' is not a number"]}
