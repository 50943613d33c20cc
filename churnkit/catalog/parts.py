"""Files that are parts of one table: their names differ in digits only, and they have the same columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_DIGITS = re.compile(r"\d+")


def group_names(paths: Sequence[str]) -> list[list[str]]:
    """The paths whose names differ in digits only, together and sorted, in the order of their first one."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(_DIGITS.sub("0", path), []).append(path)
    return [sorted(group) for group in groups.values()]


def split_by_columns(
    group: Sequence[str], columns_of: Callable[[str], frozenset[str] | None]
) -> list[list[str]]:
    """The parts of a group that have the same columns. columns_of: None where they differ from row to row."""
    groups: dict[frozenset[str] | None, list[str]] = {}
    for path in group:
        groups.setdefault(columns_of(path), []).append(path)
    return list(groups.values())


def pattern(paths: Sequence[str]) -> str:
    """The name of a table of several files: * stands for the digits that differ, as in a shell."""
    if len(paths) == 1:
        return paths[0]
    texts = _DIGITS.split(paths[0])
    numbers = zip(*(_DIGITS.findall(path) for path in paths), strict=True)
    digits = [each[0] if len(set(each)) == 1 else "*" for each in numbers]
    return "".join(text + digit for text, digit in zip(texts, [*digits, ""], strict=True))
