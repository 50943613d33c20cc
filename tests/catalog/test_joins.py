"""Joins: sure ones are right, and chance is not taken for a reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.catalog.joins import containment, find_joins
from churnkit.catalog.names import stem
from churnkit.catalog.reading import read_catalog
from churnkit.tables.table import Reading
from tests.catalog.schemas import SCHEMAS, TRUE_JOINS, write
from tests.catalog.tables import numbers, table


def test_sure_joins_of_three_schemas_are_all_true_and_nearly_all_there(tmp_path: Path) -> None:
    true = found = right = 0
    possible = set()
    for schema in SCHEMAS:
        records = read_catalog([str(write(tmp_path, schema))], Reading(), "2024-01-01T00:00:00Z").records
        sure, maybe = (
            {
                f"{stem(record['path'])}.{join['column']} {stem(path)}.{key}"
                for record in records
                for join in record[name]
                for path, _, key in [join["to"].rpartition(":")]
            }
            for name in ("joins", "possible")
        )
        true, found = true + len(TRUE_JOINS[schema]), found + len(sure)
        right += len(sure & TRUE_JOINS[schema])
        possible |= maybe & TRUE_JOINS[schema]
    assert right / found == 1.0
    assert right / true >= 0.88
    assert possible == {"employees.reportsTo employees.employeeID"}


def test_a_run_of_whole_numbers_needs_a_name() -> None:
    stars = table("reviews.csv", {"stars": ["1", "2", "3", "4", "5"] * 10})
    products = table("products.csv", {"id": numbers(5)})
    assert not [join for join in find_joins([stars, products]) if join.is_sure]


@pytest.mark.parametrize(
    "ids", [numbers(40, 1000, 17), [f"K{i}" for i in range(40)]], ids=["numbers", "texts"]
)
def test_values_that_chance_does_not_explain_need_no_name(ids: list[str]) -> None:
    left, right = table("a.csv", {"x": ids[:20] * 2}), table("b.csv", {"y": ids})
    (join,) = [join for join in find_joins([left, right]) if join.is_sure]
    assert (join.column.name, join.key.name, join.contained, join.covered) == ("x", "y", 1.0, 0.5)
    assert join.evidence == "values"


def test_ids_that_differ_in_leading_zeros_are_a_possible_join_that_says_so() -> None:
    left = table("events.csv", {"customer_id": [f"{i:05d}" for i in range(1, 31)] * 2})
    right = table("customers.csv", {"id": numbers(30)})
    (join,) = find_joins([left, right])
    assert not join.is_sure
    assert "after removing leading zeros" in join.evidence


def test_of_two_tables_with_the_same_keys_one_refers_to_the_other() -> None:
    ids = [f"K{i}" for i in range(30)]
    joins = find_joins(
        [table("customer_notes.csv", {"customer_id": ids}), table("customers.csv", {"customer_id": ids})]
    )
    assert [(j.table.path, j.key_table.path) for j in joins if j.is_sure] == [
        ("customer_notes.csv", "customers.csv")
    ]


@given(
    st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=60),
    st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=60),
)
def test_the_shares_of_a_containment_are_those_of_sets(a: set[int], b: set[int]) -> None:
    left, right = (np.array(sorted(each), dtype=np.uint64) for each in (a, b))
    contained, covered, compared = containment(left, 0, right, 0)
    assert (contained, covered, compared) == (len(a & b) / len(a), len(a & b) / len(b), len(a))


def test_a_sample_of_hashes_estimates_the_containment() -> None:
    rng = np.random.default_rng(0)
    b = np.unique(rng.integers(0, 2**64, 40_000, dtype=np.uint64))
    a = np.sort(rng.choice(b, 10_000, replace=False))
    kept = b[: np.searchsorted(b, np.uint64(1 << 61))]
    contained, covered, compared = containment(a, 0, kept, 3)
    assert contained == 1.0
    assert abs(covered - 0.25) < 0.03
    assert 1_000 < compared < 1_500
