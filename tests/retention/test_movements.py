"""start + new + returned - churned = end, exactly, for customers, money and groups."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.retention.movements import (
    CUSTOMERS,
    INSIDE,
    REVENUE_INSIDE,
    CustomerStates,
    count_movements,
    minor_units,
)

GROUPS = 3
CUSTOMER = st.tuples(st.booleans(), st.booleans(), st.integers(-500, 10**12), st.integers(0, GROUPS - 1))
TRIPLES = st.lists(st.tuples(CUSTOMER, CUSTOMER, CUSTOMER), max_size=40)  # before, after, in between


def _state(rows: list[tuple[bool, bool, int, int]]) -> CustomerStates:
    active, known, money, group = zip(*rows, strict=True) if rows else ((), (), (), ())
    return CustomerStates(
        np.array(active, bool), np.array(known, bool), np.array(money, np.int64), np.array(group, np.int64)
    )


@given(TRIPLES)
def test_each_group_adds_up_in_customers_and_in_money(triples: list[tuple[tuple, tuple, tuple]]) -> None:
    found = count_movements(*(_state([row[at] for row in triples]) for at in range(3)), GROUPS)
    f = {name: figures.astype(object) for name, figures in found.items()}
    moved = f["moved_in"] - f["moved_out"]
    assert (
        f["customers_start"] + f["new"] + f["returned"] - f["churned"] + moved == f["customers_end"]
    ).all()
    won = f["revenue_new"] + f["revenue_returned"] + f["revenue_expanded"]
    lost = f["revenue_contracted"] + f["revenue_churned"]
    carried = f["revenue_moved_in"] - f["revenue_moved_out"]
    assert (f["revenue_start"] + won - lost + carried == f["revenue_end"]).all()
    assert moved.sum() == carried.sum() == 0
    assert all((f[name] >= 0).all() for name in CUSTOMERS)


@settings(max_examples=20)
@given(TRIPLES)
def test_who_came_and_went_is_active_in_between_only(triples: list[tuple[tuple, tuple, tuple]]) -> None:
    found = count_movements(*(_state([row[at] for row in triples]) for at in range(3)), GROUPS)
    for group in range(GROUPS):
        inside = [c for a, b, c in triples if c[0] and not a[0] and not b[0] and c[3] == group]
        assert (found[INSIDE][group], found[REVENUE_INSIDE][group]) == (
            len(inside),
            sum(c[2] for c in inside),
        )


@given(TRIPLES)
def test_groups_add_up_to_the_whole(triples: list[tuple[tuple, tuple, tuple]]) -> None:
    states = [[row[at] for row in triples] for at in range(3)]
    split = count_movements(*map(_state, states), GROUPS)
    whole = count_movements(*(_state([(*row[:3], 0) for row in rows]) for rows in states), 1)
    for name, figures in whole.items():
        if "moved" not in name:
            assert split[name].sum() == figures[0]


@given(st.lists(st.decimals(-(10**6), 10**6, places=4), max_size=30), st.integers(0, 4))
def test_minor_units_are_the_decimals_of_the_texts(texts: list[Decimal], places: int) -> None:
    rounded = [round(text, places) for text in texts]
    units, decimals = minor_units(np.array([float(text) for text in rounded]))
    assert decimals <= places
    assert [Decimal(int(unit)).scaleb(-decimals) for unit in units] == rounded


def test_what_cannot_be_counted_exactly_is_refused() -> None:
    with pytest.raises(ChurnkitError, match="too large to be exact to the last decimal"):
        minor_units(np.array([1e15, 0.01]))
