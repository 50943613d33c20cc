"""The formulas of features as SQL, run in DuckDB."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from churnkit import features
from churnkit.errors import ChurnkitError
from churnkit.features import FEATURES
from tests.export.event_tables import (
    NAMES,
    database_of,
    featurized,
    largest_difference,
    question_of,
    rows_of,
    sql_of,
)


def test_a_standard_deviation_keeps_its_digits_beside_a_large_mean(tmp_path: Path) -> None:
    rows = [("7", f"2024-03-{day:02}", "x", f"{10**9 + day / 7}", "", "", "0") for day in range(10, 30)]
    names = ["amount_std_30d"]
    expected = featurized(rows, names, None, "UTC", tmp_path)
    found = rows_of(database_of(rows), sql_of(question_of(names, None)))
    assert largest_difference(found, expected) <= 1e-9


def test_every_family_has_its_formula_in_sql_and_one_without_gives_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert all(family.sql for family in FEATURES)
    monkeypatch.setattr("churnkit.features.FEATURES", (replace(FEATURES[0], sql=""),))
    with pytest.raises(
        ChurnkitError, match=r"event_count_30d.*cannot be written in SQL.*--drop event_count_30d"
    ):
        sql_of(question_of(["event_count_30d"], None))


def test_names_of_features_in_the_sql_are_those_of_the_features() -> None:
    names = [str(feature) for feature in features.parse_all(NAMES)]
    sql = sql_of(question_of(NAMES, None))
    assert all(f'"{name}"' in sql for name in names)
