"""The default names of columns by role, and the error for a missing column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from churnkit.errors import ChurnkitError, quote

ID = "customer_id"
TIME = "timestamp"
EVENT = "event"
VALUE = "amount"
RECURRING = "recurring"  # the running total of subscriptions, which `events` writes; a value by default
TARGET = "churned"
WEIGHT = "weight"  # how many rows of the population a row stands for
AS_OF = "as_of"
PROBABILITY = "churn_probability"
RECENCY = "recency_days"
MODEL_SHA256 = "model_sha256"  # of the model file that a row was scored with
SHOWN_NAMES = 20


def suggestion(name: str, known: Iterable[str]) -> str:
    """'; did you mean 'x'?' for the nearest known name, or ''."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {quote(near[0])}?" if near else ""


def list_names(names: Sequence[str]) -> str:
    """Names for a message: the first twenty, and the number of the others."""
    text = ", ".join(quote(n)[1:-1] for n in names[:SHOWN_NAMES])
    return text if len(names) <= SHOWN_NAMES else f"{text}, and {len(names) - SHOWN_NAMES} more"


def missing_column(name: str, known: Sequence[str], way_out: str = "") -> ChurnkitError:
    """The error for a missing column: the nearest name, all names, and what to do."""
    return missing("column", name, known, way_out)


def missing(what: str, name: str, known: Sequence[str], way_out: str = "") -> ChurnkitError:
    """The error for a name that does not exist. what: what it should name, such as `event`."""
    more = f" ({way_out})" if way_out else ""
    near = suggestion(name, known)
    return ChurnkitError(
        f"no {what} {quote(name)}{near}{' T' if near else '; t'}he {what}s are: {list_names(known)}{more}"
    )


def slug(name: str) -> str:
    """The form of a name inside a feature's name: 'Support Call' → 'support_call'; letters of any script."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")
