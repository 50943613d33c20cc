"""Subscriptions of one customer as events: started, changed (the recurring total changes), ended.

A subscription runs from its start to before its end. A break of at most `gap` does not count as an end: the
total stays the same, and an end is known only when the gap is over.

  ├── 20 ──────────┤ ← gap → ├── 30 ───────────┤ ←── gap ──→ ●
started 20                 changed 30                       ended
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any

STARTED, CHANGED, ENDED = "started", "changed", "ended"
DIGITS = 60  # digits of a sum of money, more than anybody needs


@dataclass(frozen=True)
class Subscription:
    """start, end: microseconds since 1970; None: still running. value: money. row: in the table, from 0."""

    start: int
    end: int | None
    value: Decimal
    row: int


@dataclass(frozen=True)
class SubscriptionChange:
    """time: microseconds. total: recurring value from then on. row: of the subscription that changed."""

    time: int
    event: str
    total: Decimal
    row: int


@dataclass(frozen=True)
class KnownSubscriptions:
    """subscriptions: without later starts and ends. starts, ends: the numbers left out."""

    subscriptions: list[Subscription]
    starts: int
    ends: int


def known_until(subscriptions: Sequence[Subscription], until: int) -> KnownSubscriptions:
    """What was known at an instant: no later starts, and no later ends."""
    begun = [s for s in subscriptions if s.start < until]
    open_ended = [replace(s, end=None) if s.end is not None and s.end >= until else s for s in begun]
    ends = sum(a.end != b.end for a, b in zip(begun, open_ended, strict=True))
    return KnownSubscriptions(open_ended, len(subscriptions) - len(begun), ends)


def is_bridged(pause: Any, gap: int) -> Any:
    """Whether a break is too short to count as an end. pause: microseconds, or an array. gap: the limit."""
    return (pause > 0) & (pause <= gap)


def changes(subscriptions: Sequence[Subscription], gap: int, until: int) -> Iterator[SubscriptionChange]:
    """The events of one customer, in order. gap, until: microseconds; later known events are left out."""
    with localcontext() as context:
        context.prec = DIGITS
        yield from _changes(subscriptions, gap, until)


def _changes(subscriptions: Sequence[Subscription], gap: int, until: int) -> Iterator[SubscriptionChange]:
    starting: dict[int, list[Subscription]] = {}
    ending: dict[int, list[Subscription]] = {}
    for subscription in sorted(subscriptions, key=lambda s: (s.start, s.row)):
        starting.setdefault(subscription.start, []).append(subscription)
        if subscription.end is not None:
            ending.setdefault(subscription.end, []).append(subscription)
    running, total = 0, Decimal(0)
    last_total: Decimal | None = None  # the total of the last event; None without a subscription
    open_end: tuple[int, int] | None = None  # time and row of an end whose gap is not over yet
    for time in sorted({*starting, *ending}):
        if open_end is not None and not is_bridged(time - open_end[0], gap):
            yield _ended(open_end, gap)
            last_total = open_end = None
        begun = starting.get(time, [])
        ended = [s for s in ending.get(time, []) if s.start < time]
        lasting = [s for s in begun if s.end is None or s.end > time]
        running += len(lasting) - len(ended)
        total += sum((s.value for s in lasting), Decimal(0)) - sum((s.value for s in ended), Decimal(0))
        last = (begun or ended)[-1]
        if running or (begun and last_total is None):
            now = total if running else sum((s.value for s in begun), Decimal(0))
            if now != last_total:
                yield SubscriptionChange(time, STARTED if last_total is None else CHANGED, now, last.row)
            last_total, open_end = now, None
        if not running:
            open_end = time, last.row
    if open_end is not None and open_end[0] + gap < until:
        yield _ended(open_end, gap)


def _ended(end: tuple[int, int], gap: int) -> SubscriptionChange:
    """The event `ended`, at the time when the gap is over. end: time and row."""
    time, row = end
    return SubscriptionChange(time + gap, ENDED, Decimal(0), row)


def plain_amount(amount: Decimal) -> str:
    """An amount with all its digits, without an exponent and without trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
