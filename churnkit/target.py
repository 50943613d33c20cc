"""The target column: which column it is, and its values as 1 (churned) and 0 (stayed)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from churnkit.columns import TARGET, list_names, missing_column
from churnkit.errors import ChurnkitError, quote

if TYPE_CHECKING:
    import polars as pl


def target_column(names: Sequence[str], requested: str | None, is_label: Callable[[str], bool]) -> str:
    """The target column: the requested one, `churned`, or the only label.

    is_label: `features.is_label`. Raises ChurnkitError if there is no such column, or more than one.
    """
    if requested is not None:
        if requested not in names:
            raise missing_column(requested, names)
        return requested
    if TARGET in names:
        return TARGET
    labels = [name for name in names if is_label(name)]
    if len(labels) == 1:
        return labels[0]
    if labels:
        raise ChurnkitError(f"several label columns: {list_names(labels)}; choose one with --target")
    raise ChurnkitError(
        f"no target column: no 'churned' or 'churned_…' among {list_names(names)}; choose it with --target"
    )


TRUE_WORDS = {"1", "true", "yes", "y", "t"}
FALSE_WORDS = {"0", "false", "no", "n", "f"}


class TargetError(ValueError):
    """A value of the target is neither yes nor no. row: the number of the row, from 0."""

    def __init__(self, row: int, why: str) -> None:
        super().__init__(why)
        self.row = row


def parse_target(texts: pl.Series, positive: str | None = None) -> pl.Series:
    """(n,) Int8: 1 churned, 0 stayed, null unknown. texts: String.

    positive: the value that means churned; all other values then mean stayed. Without it, raises TargetError
    at the first value that is neither yes (1, true, yes) nor no (0, false, no).
    """
    import polars as pl

    if positive is not None:
        if not (texts == positive).any():
            raise missing_positive(texts.name, positive)
        return (texts == positive).cast(pl.Int8)
    words = texts.str.strip_chars().str.to_lowercase()
    meaning = {**dict.fromkeys(TRUE_WORDS, 1), **dict.fromkeys(FALSE_WORDS, 0)}
    truth = words.replace_strict(meaning, default=None, return_dtype=pl.Int8)
    bad = (texts.is_not_null() & truth.is_null()).arg_true()
    if len(bad):
        why = f"{quote(texts[bad[0]])} is neither yes (1, true, yes) nor no (0, false, no)"
        raise TargetError(bad[0], f"{why}; use --positive VALUE for the value that means churned")
    return truth


def missing_positive(target: str, positive: str) -> ChurnkitError:
    """The error when no row has the value that means churned."""
    return ChurnkitError(f"column {quote(target)}: no row has the value {quote(positive)} (--positive)")
