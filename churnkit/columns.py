"""The roles that columns play, and what is said when a name is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from churnkit.errors import ChurnkitError, quoted

ID = "customer_id"
TIME = "timestamp"
EVENT = "event"
VALUE = "amount"
TARGET = "churned"
AS_OF = "as_of"
PROBABILITY = "churn_probability"
RECENCY = "recency_days"
LABEL_START = "churned"  # each label's name begins so
SHOWN_NAMES = 20


def suggestion(name: str, known: Iterable[str]) -> str:
    """'; did you mean 'x'?' for the nearest known name, else nothing."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {quoted(near[0])}?" if near else ""


def listed(names: Sequence[str]) -> str:
    """Names for a message: the first twenty, and how many more there are."""
    text = ", ".join(quoted(n)[1:-1] for n in names[:SHOWN_NAMES])
    return text if len(names) <= SHOWN_NAMES else f"{text}, and {len(names) - SHOWN_NAMES} more"


def missing(name: str, known: Sequence[str], way_out: str = "") -> ChurnkitError:
    """The error for a column that is not there: the nearest name, all that there are, the way out."""
    more = f" ({way_out})" if way_out else ""
    near = suggestion(name, known)
    return ChurnkitError(
        f"no column {quoted(name)}{near}{' T' if near else '; t'}he columns are: {listed(known)}{more}"
    )


def target_of(names: Sequence[str], asked: str | None) -> str:
    """The target column: the one asked for, `churned`, or the only one that begins with `churned_`.

    Raises ChurnkitError where there is none, or more than one.
    """
    if asked is not None:
        if asked not in names:
            raise missing(asked, names)
        return asked
    if TARGET in names:
        return TARGET
    labels = [n for n in names if n.startswith(f"{TARGET}_")]
    if len(labels) == 1:
        return labels[0]
    if labels:
        raise ChurnkitError(f"several labels: {listed(labels)}; choose one with --target")
    raise ChurnkitError(
        f"no target: no column 'churned' or 'churned_…' among {listed(names)}; name it with --target"
    )
