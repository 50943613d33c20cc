"""What names of columns and tables say: their words, and whether one name refers to another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

GENERIC = {
    "id", "key", "no", "nr", "num", "number", "code", "ref", "fk", "pk", "sk", "uuid", "guid", "raw", "stg",
    "dim", "fact", "tbl", "table", "the", "of", "data", "csv", "all",
}  # fmt: skip
CUSTOMERS = (  # the first is the surest
    "customer", "cust", "client", "user", "member", "subscriber", "account", "acct", "household", "person",
    "player", "donor", "patient", "visitor",
)  # fmt: skip
MEASURES = {
    "count", "qty", "quantity", "amount", "total", "sum", "avg", "mean", "price", "cost", "rate", "score",
    "length", "day", "month", "year", "age", "level", "size", "minute", "hour", "second", "percent", "pct",
    "share", "ratio", "balance", "tenure", "duration", "revenue", "spend", "stock", "points", "point",
}  # fmt: skip
ID_WORDS = {"id", "key", "no", "number", "nr", "uuid", "guid", "policy", "contract", "subscription"}
SAME, BEGINS, SYNONYM = 3, 2, 1  # how surely a name refers to another
SHORTEST_STEM = 4  # letters with which a word begins like another: ship, shippers


@lru_cache(maxsize=1 << 16)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case and singular: 'orderItems' → order, item; digits are left out."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name))
    return tuple(singular(word) for word in re.split(r"[\W_\d]+", spaced.lower()) if word)


def singular(word: str) -> str:
    """'customers' → customer, 'categories' → category; 'address' and 'status' stay."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    keeps = word.endswith(("ss", "us", "is", "sales")) or len(word) < 4 or not word.endswith("s")
    return word if keeps else word[:-1]


def stem(path: str) -> str:
    """The name of a table: its file's name without folder and endings."""
    return path.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0]


def special(name: str) -> list[str]:
    """The words of a name that say what it is about: 'customer_id' → customer."""
    return [word for word in words(name) if word not in GENERIC]


def is_measure(name: str) -> bool:
    """Whether a name is that of a number to add up, such as `account_length`, not of a key."""
    return not MEASURES.isdisjoint(words(name))


def refers(column: str, key: str, table: str) -> int:
    """How surely a column's name speaks of a key or its table: the sum over its words, 0 if it does not.

    A word counts SAME, BEGINS or SYNONYM: `shop_order_id` speaks more of shop_orders than of shop_items.

    table: the name of the key's table.
    """
    own = special(column)
    if not own or is_measure(column):
        return 0
    theirs = [*special(key), *special(table)]
    return sum(max((_alike(a, b) for b in theirs), default=0) for a in own)


def _alike(a: str, b: str) -> int:
    if a == b:
        return SAME
    if min(len(a), len(b)) >= SHORTEST_STEM and (a.startswith(b) or b.startswith(a)):
        return BEGINS
    return SYNONYM if a in CUSTOMERS and b in CUSTOMERS else 0


def is_id(name: str) -> bool:
    """Whether a name is that of an id or of a customer: order_id, MemberNo, user."""
    said = set(words(name))
    return not is_measure(name) and bool(said & (ID_WORDS | {*CUSTOMERS}))


def has_word(name: str, wanted: Iterable[str]) -> bool:
    """Whether one of these words is in a name."""
    return not set(wanted).isdisjoint(words(name))
