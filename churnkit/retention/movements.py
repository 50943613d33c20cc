"""Movements of customers and revenue in one period: start, new, returned, churned, end.

All figures follow from the state of each customer at the start and at the end of the period. So start + new +
returned - churned = end holds exactly in every row. Money is counted in whole minor units (cents), never in
binary fractions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.errors import ChurnkitError

MAX_DECIMALS = 9
LARGEST_EXACT = 2.0**53  # doubles hold whole numbers exactly up to here

CUSTOMERS = ("customers_start", "new", "returned", "churned", "customers_end")
REVENUE = (
    "revenue_start", "revenue_new", "revenue_returned", "revenue_expanded",
    "revenue_contracted", "revenue_churned", "revenue_end",
)  # fmt: skip
MOVED = ("moved_in", "moved_out")
REVENUE_MOVED = ("revenue_moved_in", "revenue_moved_out")
INSIDE, REVENUE_INSIDE = "came_and_went", "revenue_came_and_went"  # active in between only


@dataclass(frozen=True)
class CustomerStates:
    """All customers at one instant, (c,) each.

    active: whether the customer is active. known: whether the customer had an event before. money: in minor
    units; for a log the sum of the period up to the instant, for subscriptions the recurring value at the
    instant. group: number of the customer's group.
    """

    active: Flags
    known: Flags
    money: Ints
    group: Ints


def count_movements(
    before: CustomerStates, after: CustomerStates, inside: CustomerStates, groups: int
) -> dict[str, Ints]:
    """The figures of one period, (g,) each, by group: CUSTOMERS, REVENUE, MOVED, REVENUE_MOVED, INSIDE and
    REVENUE_INSIDE.

    start, churned and moved_out count in the customer's group before the period, the others in the group
    after it. A customer who stays and changes group has moved, with their money of the period before.
    inside: whether the customers who are active at neither border are active in between, with their money
    and group there.
    """
    is_new = ~before.known
    gained, stayed = after.active & ~before.active, after.active & before.active
    moved = stayed & (before.group != after.group)
    old, new = before.money, after.money
    won, lost, kept = (old == 0) & (new != 0), (old != 0) & (new == 0), (old != 0) & (new != 0)
    moved_money = kept & (before.group != after.group)
    visited = inside.active & ~before.active & ~after.active

    def customers(is_counted: Flags, state: CustomerStates) -> Ints:
        return np.bincount(state.group[is_counted], minlength=groups)

    def money(is_counted: Flags, state: CustomerStates, amount: Ints) -> Ints:
        total = np.zeros(groups, dtype=np.int64)
        np.add.at(total, state.group[is_counted], amount[is_counted])
        return total

    everyone = np.ones(len(old), dtype=np.bool_)
    return {
        "customers_start": customers(before.active, before),
        "new": customers(gained & is_new, after),
        "returned": customers(gained & ~is_new, after),
        "churned": customers(before.active & ~after.active, before),
        "customers_end": customers(after.active, after),
        "moved_in": customers(moved, after),
        "moved_out": customers(moved, before),
        "revenue_start": money(everyone, before, old),
        "revenue_new": money(won & is_new, after, new),
        "revenue_returned": money(won & ~is_new, after, new),
        "revenue_expanded": money(kept & (new > old), after, new - old),
        "revenue_contracted": money(kept & (new < old), after, old - new),
        "revenue_churned": money(lost, before, old),
        "revenue_end": money(everyone, after, new),
        "revenue_moved_in": money(moved_money, after, old),
        "revenue_moved_out": money(moved_money, before, old),
        INSIDE: customers(visited, inside),
        REVENUE_INSIDE: money(visited, inside, inside.money),
    }


def minor_units(amounts: Floats) -> tuple[Ints, int]:
    """(n,) the amounts in whole minor units, and the number of decimals; equal to the decimal texts.

    amounts: (n,) finite doubles read from decimal texts; more than nine decimals are rounded to nine.
    Raises ChurnkitError if their sum has too many digits to be exact.
    """
    decimals = decimals_of([amounts])
    return np.rint(amounts * 10.0**decimals).astype(np.int64), decimals


def decimals_of(parts: Iterable[Floats]) -> int:
    """The number of decimals of all amounts together. Raises ChurnkitError as minor_units does."""
    decimals, sizes = 0, list[tuple[int, float]]()
    for amounts in parts:
        own, units = 0, np.rint(amounts)
        while own < MAX_DECIMALS and (units / 10.0**own != amounts).any():
            own += 1
            units = np.rint(amounts * 10.0**own)
        decimals = max(decimals, own)
        sizes.append((own, float(np.abs(units).sum())))
    if sum(size * 10.0 ** (decimals - own) for own, size in sizes) >= LARGEST_EXACT:
        raise ChurnkitError("the sum of the amounts is too large to be exact to the last decimal")
    return decimals
