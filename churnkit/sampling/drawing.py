"""Draws samples: random rows, customers by hash, an exact number of either, the same share of each group.

A customer's digest is the MD5 of the UTF-8 text `seed:id`, read as two unsigned big-endian numbers of
8 bytes. The customer is in the sample of rate r if the first number is below r * 2^64, so a smaller sample is
a subset of a larger one. The second number, modulo N, is the shard. Seed 0, customer `00123`:
0x1b3d480a637998ab and 0x0c977d65c5e1b7fb.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

HASH_RANGE = 1 << 64


def hash_customer(customer: bytes, seed: int) -> tuple[int, int]:
    """Two whole numbers in [0, 2^64) that depend only on the id (as UTF-8) and the seed."""
    digest = digests([customer], seed)
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


def digests(customers: Iterable[bytes], seed: int) -> bytes:
    """The digests of many customers (as UTF-8), 16 bytes each: the two numbers of `hash_customer`."""
    try:
        from _md5 import md5  # type: ignore[import-not-found]  # no OpenSSL: half the time of a short text
    except ImportError:
        from hashlib import md5
    start = b"%d:" % seed
    return b"".join([md5(start + customer, usedforsecurity=False).digest() for customer in customers])


def draw_rows(rate: float, rng: random.Random) -> Iterator[int]:
    """Endless ascending row numbers, from 0, each kept with probability rate, independently.

    rate: above 0, up to 1. The distance to the next kept row is geometric, so the work is
    proportional to the number of kept rows.
    """
    row = -1
    if rate >= 1:
        while True:
            row += 1
            yield row
    scale = math.log1p(-rate)
    while True:
        row += 1 + int(math.log(1.0 - rng.random()) / scale)
        yield row


def draw_replacements(size: int, rng: random.Random) -> Iterator[tuple[int, int]]:
    """(row, place): the rows of an endless table that enter a reservoir of `size` places, in order.

    Row numbers start at 0. At any end of the table, the places hold a uniform sample without replacement of
    min(size, rows) rows.
    Source: Li (1994), Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n))), algorithm L.
    """
    if size < 1:
        return
    yield from ((row, row) for row in range(size))
    random, exp, log, log1p = rng.random, math.exp, math.log, math.log1p  # local names are faster
    row = size - 1
    weight = exp(log(1.0 - random()) / size)
    while True:
        row += 1 + int(log(1.0 - random()) / log1p(-weight))
        yield row, int(random() * size)
        weight *= exp(log(1.0 - random()) / size)


def draw_reservoir(size: int, rows: int, rng: random.Random) -> list[int]:
    """The rows that are in the reservoir of `draw_replacements` at the end of a table, ascending."""
    places: dict[int, int] = {}
    for row, place in draw_replacements(size, rng):
        if row >= rows:
            break
        places[place] = row
    return sorted(places.values())


def largest_remainder(parts: Sequence[int], total: int) -> list[int]:
    """Whole numbers that add up to total, each the exact share of its part rounded down or up.

    The shares with the largest remainders are rounded up; of equal ones the first.
    Source: Hamilton (1792), the method of largest remainders.
    """
    whole = sum(parts)
    if not whole:
        return [0] * len(parts)
    exact = [Fraction(total * part, whole) for part in parts]
    rounded = [math.floor(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda i: rounded[i] - exact[i])
    for place in order[: total - sum(rounded)]:
        rounded[place] += 1
    return rounded


def pivot(old: Fraction, new: Fraction, rng: random.Random) -> tuple[bool, bool, Fraction]:
    """One step through a group: two rows with their probabilities, of which at least one is decided.

    old: the probability, in [0, 1), of the undecided row. new: the probability of the next row, in (0, 1].
    Returns whether the old row stays undecided, whether the other row is kept, and the new probability of the
    undecided row. So among the first k rows of a group, the number of kept rows differs by less than one from
    the sum of their probabilities.
    Source: Deville, Tillé (1998), Unequal probability sampling without replacement through a splitting
    method: the pivotal method, in the order of the rows.
    """
    both = old + new
    if both < 1:
        return _chance(old / both, rng), False, both
    return not _chance((1 - new) / (2 - both), rng), True, both - 1


def _chance(share: Fraction, rng: random.Random) -> bool:
    return rng.randrange(share.denominator) < share.numerator
