"""Who is kept: a coin for each row, a hash for each customer, exact numbers of either, fair shares of groups.

A customer's digest is the MD5 of the UTF-8 text `seed:id`, read as two unsigned big-endian numbers of
8 bytes. By the first she is in the sample of rate r when it is under r * 2^64, so a smaller sample lies
inside a larger one; the second, modulo N, is her shard. Seed 0, customer `00123`: 0x1b3d480a637998ab and
0x0c977d65c5e1b7fb.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

HASH_RANGE = 1 << 64


def hash_customer(customer: bytes, seed: int) -> tuple[int, int]:
    """Two whole numbers in [0, 2^64), the same for an id (as UTF-8) and seed everywhere."""
    import hashlib

    digest = hashlib.md5(b"%d:%b" % (seed, customer), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


def draw_rows(rate: float, rng: random.Random) -> Iterator[int]:
    """Endless ascending row numbers, from 0, each kept with probability rate, independently.

    rate: above 0, up to 1. The distance to the next row that is kept is geometric, so the work is
    in proportion to what is kept.
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

    Row numbers are from 0. What stands in the places when the table ends is a uniform sample without
    replacement of min(size, rows) rows.
    Source: Li (1994), Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n))), algorithm L.
    """
    if size < 1:
        return
    yield from ((row, row) for row in range(size))
    row = size - 1
    weight = math.exp(math.log(1.0 - rng.random()) / size)
    while True:
        row += 1 + int(math.log(1.0 - rng.random()) / math.log1p(-weight))
        yield row, int(rng.random() * size)
        weight *= math.exp(math.log(1.0 - rng.random()) / size)


def largest_remainder(parts: Sequence[int], total: int) -> list[int]:
    """Whole numbers that add up to total, each its part's exact share of it rounded down or up.

    Those of the largest remainders are rounded up, of equal ones the first. Source: Hamilton (1792), the
    method of largest remainders.
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
    """One step through a group: two rows with their chances, of which one at least is decided on.

    old: the chance, in [0, 1), of the row that is still undecided. new: that of the next row, in (0, 1].
    Returns whether the old one stays undecided, whether the other is kept, and the chance of the one that
    stays. So of the first k rows of a group the kept ones never differ by one from the sum of their chances.
    Source: Deville, Tillé (1998), Unequal probability sampling without replacement through a splitting
    method: the pivotal method, in the order of the rows.
    """
    both = old + new
    if both < 1:
        return _chance(old / both, rng), False, both
    return not _chance((1 - new) / (2 - both), rng), True, both - 1


def _chance(share: Fraction, rng: random.Random) -> bool:
    return rng.randrange(share.denominator) < share.numerator
