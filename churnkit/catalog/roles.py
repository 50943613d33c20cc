"""Which column of a table has which role, and what kind of table it is: by names, types and values.

Word lists and the shape of the values decide, not a model. What cannot be decided is returned
as a choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from churnkit.catalog import names
from churnkit.catalog.contents import CatalogColumn, CatalogTable
from churnkit.target import FALSE_WORDS, TRUE_WORDS

LOG, SUBSCRIPTIONS, SNAPSHOT, ATTRIBUTES, OTHER = "log", "subscriptions", "snapshot", "attributes", "other"
REPEATS = 1.3  # rows of a customer, from which on a table with times is a log
FEW_IDS = 20  # different values, up to which a column named `contract` is a property, not an id
MOST_EVENTS = 200  # different names of events
IDS = (
    *names.CUSTOMERS,
    "policy",
    "contract",
    "subscription",
    "membership",
    "company",
    "organization",
    "tenant",
)
NOT_CUSTOMERS = {
    "session", "order", "invoice", "basket", "cart", "product", "ticket", "event", "item", "transaction",
    "row", "line", "index", "message", "feature", "usage", "plan", "category", "page", "visit", "payment",
    "request", "call", "trip", "city", "zip", "postal", "phone", "country", "region", "state",
}  # fmt: skip
TIMES = {"timestamp", "time", "date", "datetime", "ts", "at", "when", "epoch", "day"}
EVENT_TIMES = {
    "event", "created", "occurred", "invoice", "order", "purchase", "usage", "transaction", "visit", "login",
    "submitted", "sent", "paid", "payment", "churn",
}  # fmt: skip
OTHER_TIMES = {
    "end", "ended", "closed", "close", "updated", "modified", "expiry", "expires", "expire", "due",
    "birth", "birthday", "dob", "registration", "registered", "signup", "renewal", "cancel", "resolved",
    "first", "last", "next", "deleted",
}  # fmt: skip
STARTS = {"start", "started", "begin", "began", "from", "effective", "activation", "activated", "subscribed"}
ENDS = {
    "end", "ended", "stop", "stopped", "until", "to", "expire", "expired", "expiry", "expires", "cancel",
    "cancelled", "canceled", "cancellation", "termination", "terminated",
}  # fmt: skip
SHORT_LIVED = {"session", "trip", "ride", "call", "visit", "shift", "campaign", "play", "stream"}
CHURN = {
    "churn", "churned", "churner", "exited", "exit", "attrition", "attrited", "left", "leaver", "lapsed",
    "lapse", "surrendered", "surrender", "defected", "quit",
}  # fmt: skip
MAYBE_CHURN = {"target", "label", "cancelled", "canceled", "terminated", "inactive"}
LEAVING = CHURN | {
    "cancel",
    "cancelled",
    "canceled",
    "cancellation",
    "unsubscribe",
    "unsubscribed",
    "terminated",
}
STAYING = {"not", "no", "non", "un", "never"}
EVENTS = ("event", "action", "activity", "type", "feature", "page", "kind", "interaction", "operation")
VALUES = (
    "mrr", "amount", "revenue", "dollar", "sale", "sales", "spend", "spent", "payment", "paid", "usd",
    "eur", "gbp", "gmv", "monetary", "price", "total", "value", "fee", "charge", "cost", "arr", "quantity",
    "qty", "count", "length", "duration", "unit",
)  # fmt: skip


@dataclass(frozen=True)
class RoleGuess:
    """The kind of a table, and the column of each role, or None.

    positive: the value of the target that means churned, where it is not a word that means yes. time_format:
    of its times, if not ISO 8601 or Unix. unsure: role → the choices, the likeliest first. others: role →
    columns that would do as well.
    """

    kind: str
    id: str | None = None
    time: str | None = None
    event: str | None = None
    value: str | None = None
    start: str | None = None
    end: str | None = None
    target: str | None = None
    positive: str | None = None
    time_format: str | None = None
    unsure: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Any]:
        return dict(self.__dict__)


def guess_roles(table: CatalogTable, are_ids_unique_in_files: bool = False) -> RoleGuess:
    """The roles of a table. are_ids_unique_in_files: no file has an id twice, as in yearly snapshots."""
    start, end = _span(table)
    target, positive, choices = _target(table)
    taken = {name for name in (start, end, target) if name}
    ids = _ids([c for c in table.columns if c.name not in taken], table)
    id_ = ids[0] if ids else None
    times = _times([c for c in table.columns if c.name not in taken])
    kind = _kind(table, id_, bool(times), start, end, target, are_ids_unique_in_files)
    time = start if kind == SUBSCRIPTIONS else times[0].name if times else None
    is_log = kind == LOG
    taken |= {name for name in (id_ and id_.name, time) if name}
    rest = [c for c in table.columns if c.name not in taken]
    formats = next((c.formats for c in table.columns if c.name == time), ())
    unsure = {"positive": choices} if choices else {}
    if len(formats) > 1:
        unsure["time_format"] = list(formats)
    values = _values(rest) if kind in (LOG, SUBSCRIPTIONS) else []
    return RoleGuess(
        kind,
        id_.name if id_ else None,
        time,
        _event(rest, table) if is_log else None,
        values[0] if values else None,
        start,
        end,
        target,
        positive,
        formats[0] if len(formats) == 1 else None,
        unsure,
        {
            role: found
            for role, found in (
                ("id", [c.name for c in ids[1:3]]),
                ("time", [c.name for c in times if c.name != time][:2]),
                ("value", values[1:3]),
            )
            if found
        },
    )


def _kind(
    table: CatalogTable,
    id_: CatalogColumn | None,
    has_time: bool,
    start: str | None,
    end: str | None,
    target: str | None,
    are_ids_unique_in_files: bool,
) -> str:
    is_unique = id_ is not None and (id_.is_key or are_ids_unique_in_files)
    if start and end and id_ is not None:
        return SUBSCRIPTIONS
    if target and (id_ is None or is_unique):
        return SNAPSHOT
    if id_ is None:
        return OTHER
    if has_time and not is_unique and table.rows > REPEATS * id_.distinct:
        return LOG
    if target:
        return SNAPSHOT
    return LOG if has_time and not is_unique else ATTRIBUTES if is_unique else OTHER


def _ids(columns: Sequence[CatalogColumn], table: CatalogTable) -> list[CatalogColumn]:
    """The columns that may be the customer's id, the likeliest first."""
    ranked = []
    for place, column in enumerate(columns):
        if not column.may_be_id or names.is_measure(column.name) or (column.distinct <= 2 < column.rows):
            continue
        said = names.words(column.name)
        who = next((n for n, word in enumerate(IDS) if word in said), None)
        is_id = not {"id", "key", "no", "number", "nr", "uuid", "guid", "code"}.isdisjoint(said)
        is_other = not NOT_CUSTOMERS.isdisjoint(said)
        is_word = len(said) == 1 and (column.is_key or column.distinct > FEW_IDS)
        if who is not None and (is_id or is_word) and not is_other:
            rank = 0
        elif said == ("id",) and column.is_key:
            rank = 1
        elif is_id and "id" in said and not is_other and not column.nulls:
            rank = 2
        elif column.is_key and not is_other:
            rank = 3
        elif column.is_key and (is_id or place == 0):
            rank = 4
        else:
            continue
        ranked.append((rank, who or 0, place, column))
    return [column for *_, column in sorted(ranked, key=lambda each: each[:3])]


def _times(columns: Sequence[CatalogColumn]) -> list[CatalogColumn]:
    """The columns of times, the likeliest time of an event first."""

    def rank(place: int) -> tuple[float, int]:
        said = set(names.words(columns[place].name))
        score = 3.0 * (said <= TIMES) + 2.0 * bool(said & EVENT_TIMES) - 3.0 * bool(said & OTHER_TIMES)
        return -(score - 2 * columns[place].nulls / max(columns[place].rows, 1)), place

    return [columns[place] for place in sorted(range(len(columns)), key=rank) if columns[place].is_time]


def _span(table: CatalogTable) -> tuple[str | None, str | None]:
    """The columns with the start and the end of a subscription; an end may be empty in all rows."""
    if names.has_word(names.stem(table.path), SHORT_LIVED):
        return None, None
    if any(names.has_word(c.name, SHORT_LIVED) for c in table.columns if c.is_key):
        return None, None
    starts = [c.name for c in table.columns if c.is_time and names.has_word(c.name, STARTS) and not c.nulls]
    ends = [
        c.name
        for c in table.columns
        if (c.is_time or c.nulls == c.rows > 0) and names.has_word(c.name, ENDS) and c.name not in starts
    ]
    return (starts[0], ends[0]) if starts and ends else (None, None)


def _target(table: CatalogTable) -> tuple[str | None, str | None, list[str]]:
    """The column that says who churned, the value that means so, and the values if that is not clear."""
    found = []
    for place, column in enumerate(table.columns):
        said = names.words(column.name)
        values = [value for value, _ in column.words]
        leaving = [value for value in values if is_leaving(value)]
        score = 3 if said in (("churn",), ("churned",)) else 2 if not CHURN.isdisjoint(said) else 0
        score = score or (not MAYBE_CHURN.isdisjoint(said) and len(said) == 1)
        if len(leaving) == 1 and 2 <= len(values) <= 5 and not column.is_number:
            score = max(score, 2)
        elif len(values) != 2 or column.distinct != 2:
            continue
        if score:
            found.append((-score, place, column, values, leaving))
    if not found:
        return None, None, []
    _, _, column, values, leaving = min(found, key=lambda each: each[:2])
    plain = {value.strip().lower().removesuffix(".0") for value in values}
    if plain <= TRUE_WORDS | FALSE_WORDS:
        return column.name, None, []
    return (column.name, leaving[0], []) if len(leaving) == 1 else (column.name, None, sorted(values))


def is_leaving(value: str) -> bool:
    """Whether a word means that a customer left: Churned, cancel, Attrited Customer; not 'Not churned'."""
    said = set(names.words(value))
    return bool(said & LEAVING) and not said & STAYING


def _event(columns: Sequence[CatalogColumn], table: CatalogTable) -> str | None:
    """The column with the name of the event: a text of few different values whose name says so."""
    found = []
    for place, column in enumerate(columns):
        said = names.words(column.name)
        rank = next((n for n, word in enumerate(EVENTS) if word in said), None)
        is_few = 2 <= column.distinct <= min(MOST_EVENTS, max(2, table.rows // 5))
        if (
            rank is not None
            and column.type == "text"
            and not column.is_time
            and is_few
            and column.pii is None
        ):
            found.append((rank, place, column.name))
    return min(found)[2] if found else None


def _values(columns: Sequence[CatalogColumn]) -> list[str]:
    """The columns of numbers whose name says that they can be added up, the likeliest first."""
    found = []
    for place, column in enumerate(columns):
        said = names.words(column.name)
        rank = next((n for n, word in enumerate(VALUES) if word in said), None)
        if rank is not None and column.is_number and not column.is_time and {"id", "code"}.isdisjoint(said):
            is_price_of_one = "unit" in said and "price" in said
            found.append((rank + 100 * is_price_of_one, place, column.name))
    return [name for *_, name in sorted(found)]
