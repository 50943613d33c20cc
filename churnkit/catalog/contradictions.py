"""Where tables contradict each other, counted: unknown ids, ends before starts, flags that disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from churnkit.formatting import count
from churnkit.windows import DAY

MISSING_IDS, ENDS_FIRST, EARLY, LATE = "missing-ids", "ends-before-starts", "before-start", "after-end"
CHURNED_BUT_RUNNING, STAYED_BUT_ENDED = "churned-but-running", "stayed-but-ended"
STAYED_BUT_CHURNED = "stayed-but-churn-event"
KEY, TIME, START, END, TRUTH = "key", "time", "start", "end", "truth"  # columns of the frames below


@dataclass(frozen=True)
class Contradiction:
    """count of `of` rows or customers, in words. to: the other table's `path:column`, or None."""

    code: str
    text: str
    count: int
    of: int
    to: str | None = None

    @property
    def plain(self) -> dict[str, Any]:
        return dict(self.__dict__)


def missing_ids(ids: pl.Series, keys: pl.Series, name: str, to: str) -> list[Contradiction]:
    """Rows whose id the key table lacks. ids: of the rows. keys: of that table. name: the column's."""
    known = ids.drop_nulls()
    lacking = int((~known.is_in(keys.implode())).sum())
    text = f"{_of(lacking, len(known), 'row')} have a {name} that {to} lacks"
    return _if_any(MISSING_IDS, text, lacking, len(known), to)


def ends_before_starts(rows: pl.DataFrame, start: str, end: str) -> list[Contradiction]:
    """Rows that end before they start. rows: START, END in microseconds. start, end: the columns' names."""
    known = rows.drop_nulls([START, END])
    early = int((known[END] < known[START]).sum())
    text = f"{_of(early, known.height, 'row')} end before they start ({end} before {start})"
    return _if_any(ENDS_FIRST, text, early, known.height)


def outside_spans(
    rows: pl.DataFrame, spans: pl.DataFrame, name: str, to: str, start: str, end: str | None
) -> list[Contradiction]:
    """Rows before the first start or after the last end of what they belong to.

    rows: KEY, TIME. spans: KEY, START and, where there is one, END; without an end it still runs. name:
    the column of the time; to: the other table; start, end: its columns. A row on the day of the end is not
    after it.
    """
    first = [pl.col(START).min()]
    if END in spans.columns:
        first.append(pl.when(pl.col(END).is_null().any()).then(None).otherwise(pl.col(END).max()).alias(END))
    matched = rows.drop_nulls().join(spans.group_by(KEY).agg(first), on=KEY, how="inner")
    known = matched.height
    early = int((matched[TIME] < matched[START]).sum())
    text = f"{_of(early, known, 'row')} have a {name} before the first {start} in {to}"
    found = _if_any(EARLY, text, early, known, f"{to}:{start}")
    if END in matched.columns and end is not None:
        late = int((matched[TIME] >= matched[END] + DAY).sum())
        text = f"{_of(late, known, 'row')} have a {name} after the last {end} in {to}"
        found += _if_any(LATE, text, late, known, f"{to}:{end}")
    return found


def flags_beside_subscriptions(
    flags: pl.DataFrame, spans: pl.DataFrame, name: str, to: str, end: str
) -> list[Contradiction]:
    """Customers who churned by a flag and have a running subscription; and who stayed and have none.

    flags: KEY, TRUTH (1 churned, 0 stayed, null unknown). spans: KEY, END; an empty end runs. name: the flag.
    """
    running = spans.group_by(KEY).agg(pl.col(END).is_null().any().alias("runs"))
    matched = flags.drop_nulls().join(running, on=KEY, how="inner")
    churned, stayed = (matched.filter(pl.col(TRUTH) == truth) for truth in (1, 0))
    runs, ended = int(churned["runs"].sum()), int((~stayed["runs"]).sum())
    text = (
        f"{_of(runs, churned.height, 'customer')} who churned by {name} have a running subscription in {to}"
    )
    found = _if_any(CHURNED_BUT_RUNNING, text, runs, churned.height, f"{to}:{end}")
    text = f"{_of(ended, stayed.height, 'customer')} who stayed by {name} have only ended ones in {to}"
    return found + _if_any(STAYED_BUT_ENDED, text, ended, stayed.height, f"{to}:{end}")


def flags_beside_churn_events(flags: pl.DataFrame, ids: pl.Series, name: str, to: str) -> list[Contradiction]:
    """Customers with a churn event who stayed by a flag. flags: as above. ids: of the other table."""
    matched = flags.drop_nulls().filter(pl.col(KEY).is_in(ids.drop_nulls().unique().implode()))
    stayed = int((matched[TRUTH] == 0).sum())
    text = f"{_of(stayed, matched.height, 'customer')} with a row in {to} stayed by {name}"
    return _if_any(STAYED_BUT_CHURNED, text, stayed, matched.height, to)


def _of(number: int, of: int, what: str) -> str:
    return f"{number:,} of {count(of, what)}"


def _if_any(code: str, text: str, number: int, of: int, to: str | None = None) -> list[Contradiction]:
    return [Contradiction(code, text, number, of, to)] if number else []
