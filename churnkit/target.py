"""The target column: which column it is, and its values as 1 (churned) and 0 (stayed)."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from churnkit.columns import TARGET, list_names, missing_column
from churnkit.errors import SHOWN, ChurnkitError, quote, visible

if TYPE_CHECKING:
    import polars as pl


def target_column(names: Sequence[str], requested: str | None, is_label: Callable[[str], bool]) -> str:
    """The target column: the requested one, `churned`, or the only label.

    is_label: `features.is_label`. Raises ChurnkitError if no column fits, or several.
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
        f"no target column: no 'churned' or 'churned_…' among {list_names(names)}; choose it with --target, "
        "or make one: featurize --horizon 30d"
    )


TRUE_WORDS = {"1", "true", "yes", "y", "t"}
FALSE_WORDS = {"0", "false", "no", "n", "f"}


SHOWN_VALUES = 5  # of a target, in a message


class TargetError(ValueError):
    """A value of the target is neither yes nor no. row: the number of the row, from 0. claim: what is wrong.

    As text it also lists the values, each as what to type.
    """

    def __init__(self, row: int, claim: str, counts: Mapping[str, int]) -> None:
        super().__init__(f"{claim}; {positive_choices(counts)}")
        self.row = row
        self.claim = claim


def parse_target(texts: pl.Series, positive: str | None = None) -> pl.Series:
    """(n,) Int8: 1 churned, 0 stayed, null unknown. texts: String.

    positive: the value that means churned; all other values then mean stayed. Without it, raises TargetError
    at the first value that is neither yes (1, 1.0, true, yes, y) nor no (0, 0.0, false, no, n).
    """
    import polars as pl

    if positive is not None:
        if not (texts == positive).any():
            raise missing_positive(texts.name, positive, count_values(texts))
        return (texts == positive).cast(pl.Int8)
    words = texts.str.strip_chars().str.to_lowercase().str.replace(r"^(0|1|true|false)\.0*$", "$1")
    meaning = {**dict.fromkeys(TRUE_WORDS, 1), **dict.fromkeys(FALSE_WORDS, 0)}
    truth = words.replace_strict(meaning, default=None, return_dtype=pl.Int8)
    bad = (texts.is_not_null() & truth.is_null()).arg_true()
    if len(bad):
        claim = f"{quote(texts[bad[0]])} is neither yes (1, true, yes) nor no (0, false, no)"
        raise TargetError(bad[0], claim, count_values(texts))
    return truth


def count_values(texts: pl.Series) -> dict[str, int]:
    """Each value of a target and its rows, the most frequent first. texts: String or Categorical."""
    import polars as pl

    counts = texts.drop_nulls().cast(pl.String).alias("value").value_counts(name="rows")
    counts = counts.sort(["rows", "value"], descending=[True, False])
    return dict(counts.iter_rows())


def positive_choices(counts: Mapping[str, int]) -> str:
    """What to type for each value that may mean churned, with its rows. counts: value → rows."""
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda count: -count[1])
    shown = [f"--positive {_pasted(value)} ({rows:,} of {total:,})" for value, rows in ordered[:SHOWN_VALUES]]
    more = f", or one of {len(ordered) - SHOWN_VALUES:,} other values" if len(ordered) > SHOWN_VALUES else ""
    return f"choose the value that means churned: {' or '.join(shown)}{more}"


def other_values(counts: Mapping[str, int], positive: str | None) -> tuple[str, int] | None:
    """A line on the values that mean stayed with --positive, and their rows; None if there is just one.

    counts: value → rows.
    """
    others = {value: rows for value, rows in counts.items() if value != positive}
    if positive is None or len(others) < 2:
        return None
    ordered = sorted(others.items(), key=lambda count: -count[1])
    named = [f"{quote(value)} {rows:,}" for value, rows in ordered[:SHOWN_VALUES]]
    more = f", and {len(ordered) - SHOWN_VALUES:,} more" if len(ordered) > SHOWN_VALUES else ""
    return f"all values but {quote(positive)} mean stayed: {', '.join(named)}{more}", sum(others.values())


def missing_positive(target: str, positive: str, counts: Mapping[str, int]) -> ChurnkitError:
    """The error when no row has the value that means churned. counts: of the values that there are."""
    text = f"column {quote(target)}: no row has the value {quote(positive)} (--positive)"
    return ChurnkitError(f"{text}; {positive_choices(counts)}" if counts else text)


def _pasted(value: str) -> str:
    """A value as a word of a shell command."""
    return visible(shlex.quote(value)) if len(value) <= SHOWN else quote(value)
