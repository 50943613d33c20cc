"""Ends with status 1 where two tables differ: numbers by more than 1e-9 of their size, or texts.

python -m tests.bench.same ours.csv theirs.csv    # in the order of the first column of theirs
"""

from __future__ import annotations

import sys

import polars as pl


def main() -> None:
    right = pl.read_csv(sys.argv[2])
    left, right = (table.sort(right.columns[0]) for table in (pl.read_csv(sys.argv[1]), right))
    for name in right.columns:
        one, other = left[name], right[name]
        if one.dtype.is_numeric():
            far = ((one - other).abs() > 1e-9 * (1 + other.abs())) | (one.is_null() != other.is_null())
        else:
            far = one.ne_missing(other)
        if far.any():
            raise SystemExit(f"{name} differs in {far.sum():,} rows")


if __name__ == "__main__":
    main()
