"""The split of rows that explains most of a difference, beyond chance."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from churnkit.diff.decomposition import ComparedRows, GroupingColumn, decompose, group_rows, noise_limit

PAIR_GAIN = 1.2  # how much more a pair of columns must explain than one


def search_split(rows: ComparedRows, columns: list[GroupingColumn]) -> tuple[GroupingColumn, ...]:
    """The column, or the pair, whose groups explain most beyond their share of the difference and chance.

    Empty where no group of any split is further from its share than chance brings one of them all.
    """
    splits: list[tuple[GroupingColumn, ...]] = [*((c,) for c in columns), *combinations(columns, 2)]
    found = []
    for split in splits:
        group, numbers = group_rows(split, len(rows.x))
        parts = decompose(rows, group, len(numbers))
        there = parts.rows.sum(axis=0) > 0
        found.append((split, parts, there))
    cells = sum(int(there.sum()) for *_, there in found)
    best: tuple[GroupingColumn, ...] = ()
    most = 0.0
    for split, parts, there in found:
        far = np.abs(parts.excess) > noise_limit(cells) * np.sqrt(parts.excess_variance)
        if not (far & there).any():
            continue
        explained = float((parts.excess**2 - parts.excess_variance)[there].sum())
        if explained > most * (PAIR_GAIN if len(split) > len(best) > 0 else 1):
            best, most = split, explained
    return best
