"""A table of subscriptions, read for what runs at an instant."""

from __future__ import annotations

import polars as pl

from churnkit import windows
from churnkit.eventlog.conversion import EventSource, note_late, subscription_kinds
from churnkit.groups import rank_texts
from churnkit.retention.periods import FOREVER, RunningSubscriptions
from churnkit.tables.casts import REPEATED_ID, TEXT
from churnkit.tables.table import text_of


def read_subscriptions(
    source: EventSource, until: str | None, zone: str
) -> tuple[RunningSubscriptions, int] | None:
    """A table of subscriptions by customer, then start, and the instant by which it is known; None if empty.

    The columns to keep are texts of it. until: as in `subscribed`.
    """
    roles = source.roles
    start, end, value = str(roles.start), roles.end, roles.value
    kinds = subscription_kinds(source, REPEATED_ID)
    besides = [name for name in source.keep if kinds[name] != TEXT]
    rows, _ = source.table.whole(kinds, besides)
    if not rows.height:
        return None
    end_of_log = windows.log_end(until, int(rows[start].max()), zone)  # type: ignore[arg-type]
    ends = rows[end] if end is not None else pl.Series([None] * rows.height, dtype=pl.Int64)
    late_ends = int(((ends >= end_of_log) & (rows[start] < end_of_log)).sum())
    note_late(int((rows[start] >= end_of_log).sum()), late_ends, end_of_log, zone)
    is_known = rows[start] < end_of_log
    rows, ends = rows.filter(is_known), ends.filter(is_known)
    customers, places = rank_texts(rows[roles.id])
    order = (
        pl.DataFrame({"customer": places, "start": rows[start]})
        .select(pl.arg_sort_by(["customer", "start"], maintain_order=True))
        .to_series()
    )
    lasting = ends.set(ends >= end_of_log, None).fill_null(FOREVER)
    texts = [rows[text_of(name) if name in besides else name] for name in source.keep]
    return RunningSubscriptions(
        customer=places.gather(order).cast(pl.Int64).to_numpy(),
        start=rows[start].gather(order).to_numpy(),
        end=lasting.gather(order).to_numpy(),
        value=rows[value].gather(order).fill_null(0).to_numpy() if value is not None else None,
        by=[column.cast(pl.String).gather(order) for column in texts],
        customers=len(customers),
    ), end_of_log
