"""Subscriptions of one customer as events: when she started, when her running total changed, when she ended.

A subscription runs from its start to before its end. A break of at most `gap` is no end: through it the total
stays, and the end is known only when the gap is over.

  ├── 20 ──────────┤ ← gap → ├── 30 ───────────┤ ←── gap ──→ ●
started 20                 changed 30                       ended
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any

STARTED, CHANGED, ENDED = "started", "changed", "ended"
DIGITS = 60  # of a sum of money, more than any needs


@dataclass(frozen=True)
class Subscription:
    """start, end: microseconds since 1970, None is still running. value: money. row: in the table, from 0."""

    start: int
    end: int | None
    value: Decimal
    row: int


@dataclass(frozen=True)
class SubscriptionChange:
    """time: in microseconds. total: of what runs from then on. row: of the subscription that made it."""

    time: int
    event: str
    total: Decimal
    row: int


@dataclass(frozen=True)
class KnownSubscriptions:
    """subscriptions: without what has not happened yet. starts, ends: how many of these were left out."""

    subscriptions: list[Subscription]
    starts: int
    ends: int


def known_until(subscriptions: Sequence[Subscription], until: int) -> KnownSubscriptions:
    """What was known at an instant: no start from then on; a later end is none yet."""
    begun = [s for s in subscriptions if s.start < until]
    open_ended = [replace(s, end=None) if s.end is not None and s.end >= until else s for s in begun]
    ends = sum(a.end != b.end for a, b in zip(begun, open_ended, strict=True))
    return KnownSubscriptions(open_ended, len(subscriptions) - len(begun), ends)


def is_bridged(pause: Any, gap: int) -> Any:
    """Whether a break is too short to be an end. pause: microseconds, or an array of them. gap: at most."""
    return (pause > 0) & (pause <= gap)


def changes(subscriptions: Sequence[Subscription], gap: int, until: int) -> Iterator[SubscriptionChange]:
    """The events of one customer, in order. gap, until: microseconds; what is known later is left out."""
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
    told: Decimal | None = None  # the total that was last said; None while there is no subscription
    over: tuple[int, int] | None = None  # an end and its row, unless something starts before the gap is over
    for time in sorted({*starting, *ending}):
        if over is not None and not is_bridged(time - over[0], gap):
            yield _ended(over, gap)
            told = over = None
        begun = starting.get(time, [])
        ended = [s for s in ending.get(time, []) if s.start < time]
        lasting = [s for s in begun if s.end is None or s.end > time]
        running += len(lasting) - len(ended)
        total += sum((s.value for s in lasting), Decimal(0)) - sum((s.value for s in ended), Decimal(0))
        last = (begun or ended)[-1]
        if running or (begun and told is None):
            now = total if running else sum((s.value for s in begun), Decimal(0))
            if now != told:
                yield SubscriptionChange(time, STARTED if told is None else CHANGED, now, last.row)
            told, over = now, None
        if not running:
            over = time, last.row
    if over is not None and over[0] + gap < until:
        yield _ended(over, gap)


def _ended(over: tuple[int, int], gap: int) -> SubscriptionChange:
    """An end is known when the gap is over. over: the end and its row."""
    time, row = over
    return SubscriptionChange(time + gap, ENDED, Decimal(0), row)


def plain_amount(amount: Decimal) -> str:
    """An amount with all its digits, without an exponent or zeros behind."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
