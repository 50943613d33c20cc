"""Who and what was there, came, left and is there now: the waterfall of customers and revenue of a period.

Each customer is in one state at the instant before the period and in one after it; what the figures say
follows from these two alone, so start + new + returned - churned = end holds in every row, exactly. Money is
counted in whole minor units (cents), never in binary fractions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.errors import ChurnkitError

MOST_DECIMALS = 9
EXACT = 2.0**53  # whole numbers up to here are exact as doubles, too

CUSTOMERS = ("customers_start", "new", "returned", "churned", "customers_end")
REVENUE = (
    "revenue_start", "revenue_new", "revenue_returned", "revenue_expanded",
    "revenue_contracted", "revenue_churned", "revenue_end",
)  # fmt: skip
MOVED = ("moved_in", "moved_out")
REVENUE_MOVED = ("revenue_moved_in", "revenue_moved_out")


@dataclass(frozen=True)
class CustomerStates:
    """All customers at one instant, (c,) each.

    active: who is a customer. known: who had an event before. money: in minor units, of the period up to the
    instant, or running at it. group: a number.
    """

    active: Flags
    known: Flags
    money: Ints
    group: Ints


def count_movements(before: CustomerStates, after: CustomerStates, groups: int) -> dict[str, Ints]:
    """The figures of one period, (g,) each, by group: CUSTOMERS, REVENUE, MOVED and REVENUE_MOVED.

    A customer counts in her group before the period where she is lost or was there, in her group after it
    where she is won or is there; who stays and changes group has moved, with the money that she had.
    """
    fresh = ~before.known
    came, stayed = after.active & ~before.active, after.active & before.active
    moved = stayed & (before.group != after.group)
    had, has = before.money, after.money
    won, lost, kept = (had == 0) & (has != 0), (had != 0) & (has == 0), (had != 0) & (has != 0)
    carried = kept & (before.group != after.group)

    def people(who: Flags, state: CustomerStates) -> Ints:
        return np.bincount(state.group[who], minlength=groups)

    def money(who: Flags, state: CustomerStates, amount: Ints) -> Ints:
        total = np.zeros(groups, dtype=np.int64)
        np.add.at(total, state.group[who], amount[who])
        return total

    everyone = np.ones(len(had), dtype=np.bool_)
    return {
        "customers_start": people(before.active, before),
        "new": people(came & fresh, after),
        "returned": people(came & ~fresh, after),
        "churned": people(before.active & ~after.active, before),
        "customers_end": people(after.active, after),
        "moved_in": people(moved, after),
        "moved_out": people(moved, before),
        "revenue_start": money(everyone, before, had),
        "revenue_new": money(won & fresh, after, has),
        "revenue_returned": money(won & ~fresh, after, has),
        "revenue_expanded": money(kept & (has > had), after, has - had),
        "revenue_contracted": money(kept & (has < had), after, had - has),
        "revenue_churned": money(lost, before, had),
        "revenue_end": money(everyone, after, has),
        "revenue_moved_in": money(carried, after, had),
        "revenue_moved_out": money(carried, before, had),
    }


def minor_units(amounts: Floats) -> tuple[Ints, int]:
    """(n,) the amounts in whole minor units, and how many decimals those are; exactly what the texts said.

    amounts: (n,) finite doubles read from decimal texts; past nine decimals they are rounded to nine.
    Raises ChurnkitError where their sum has more digits than are exact.
    """
    decimals, units = 0, np.rint(amounts)
    while decimals < MOST_DECIMALS and (units / 10.0**decimals != amounts).any():
        decimals += 1
        units = np.rint(amounts * 10.0**decimals)
    if np.abs(units).sum() >= EXACT:
        raise ChurnkitError("the amounts add up to more than can be counted to their last decimal")
    return units.astype(np.int64), decimals
