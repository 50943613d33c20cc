"""Who is kept: a coin for each row, a hash for each customer, exactly n of either.

A customer's hash: the first 8 bytes, as an unsigned big-endian number, of the MD5 digest of the
UTF-8 text `seed:id`. She is in the sample of rate r when hash < r * 2^64, so a smaller sample lies
inside a larger one, in every file, format and machine. Seed 0, customer `00123`: 0x1b3d480a637998ab.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator

HASH_RANGE = 1 << 64


def customer_hash(customer: str, seed: int) -> int:
    """A whole number in [0, 2^64), the same for a customer and seed everywhere."""
    digest = hashlib.md5(f"{seed}:{customer}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big")


def is_kept(customer: str, rate: float, seed: int) -> bool:
    """Whether a customer is in the sample of this rate (0 to 1)."""
    return customer_hash(customer, seed) < rate * HASH_RANGE


def kept_rows(rate: float, rng: random.Random) -> Iterator[int]:
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


def replacements(size: int, rng: random.Random) -> Iterator[tuple[int, int]]:
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
        yield row, rng.randrange(size)
        weight *= math.exp(math.log(1.0 - rng.random()) / size)
