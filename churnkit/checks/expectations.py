"""What is expected of new rows: the facts of a profile or a model, column by column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from churnkit import windows
from churnkit.checks.chance import is_never_negative, limit_beyond
from churnkit.columns import AS_OF
from churnkit.drift.records import DriftBase, base_of_model, base_of_profile
from churnkit.models.columns import Column
from churnkit.models.model_file import Model
from churnkit.profiling.profile import ID_LIKE, LEADING_ZEROS, UNIQUE
from churnkit.tables import types

ROWS_TO_REQUIRE = 300  # a column without an empty value in that many rows is never empty
ROWS_TO_CLOSE = 1_000  # what did not occur in that many rows does not occur
LEAST_OF_A_WORD = 10  # rows of the rarest word of a closed column
DENSE = 10.0  # pairs of equal numbers by chance: a column without one is a key
ID_WORDS = {"id", "ids", "key", "uuid", "guid"}
FUTURE_WORDS = {
    "end", "ends", "until", "due", "next", "expiry", "expires", "expire", "expiration", "renewal", "renews",
    "valid", "planned", "scheduled", "deadline", "maturity", "future",
}  # fmt: skip
NUMBERS = (types.INTEGER, types.FLOAT)


@dataclass(frozen=True)
class ExpectedColumn:
    """What the base shows of one column.

    rows, nulls: of the base. words: all of its values, None if they are many. is_closed: no other word is
    expected. low, high, median: of numbers. limits: what honest numbers do not pass, None if unknown.
    first, last: of times, in microseconds. is_past: no time after today is expected. is_key: no value occurs
    twice. lengths: of texts. are_words: less than half of an id's values are numbers. has_leading_zeros: 007.
    """

    name: str
    type: str
    rows: int
    nulls: int
    words: frozenset[str] | None = None
    is_closed: bool = False
    low: float | None = None
    high: float | None = None
    median: float | None = None
    limits: tuple[float | None, float | None] = (None, None)
    is_never_negative: bool = False
    first: int | None = None
    last: int | None = None
    is_past: bool = False
    is_key: bool = False
    lengths: tuple[int, int] | None = None
    are_words: bool = False
    has_leading_zeros: bool = False

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS

    @property
    def is_never_empty(self) -> bool:
        return self.nulls == 0 and self.rows >= ROWS_TO_REQUIRE


@dataclass(frozen=True)
class Expectations:
    """What is expected of a table.

    columns: by name, in their order. drift: the base of the drift test. keys: column names that no two rows
    share. rows: of the base, None if a delivery may have any number. time: the column that says how old the
    rows are. is_whole: other columns, and another order, are findings. repeats: the share of the base's rows
    that repeat one. null: the words that mean no value.
    """

    columns: Mapping[str, ExpectedColumn]
    drift: DriftBase
    keys: Sequence[tuple[str, ...]]
    rows: int | None
    time: str | None
    sha256: str | None
    is_whole: bool
    repeats: float | None = None
    null: tuple[str, ...] = ()
    dropped: frozenset[str] = field(default_factory=frozenset)


def of_profile(records: Sequence[Mapping[str, Any]], id_: str, time: str, now: int) -> Expectations:
    """Expectations from the records of `profile`, which are valid. time: the column of the --time option."""
    *described, table = records
    columns = {record["column"]: _column_of_profile(record, id_, now) for record in described}
    keys = [(name,) for name, column in columns.items() if column.is_key]
    rows = int(table["rows"])
    return Expectations(
        columns,
        base_of_profile(records, id_),
        keys,
        rows,
        _time_of_rows(columns, time, has_key=bool(keys)),
        table.get("sha256"),
        is_whole=True,
        repeats=None if keys or "duplicate_rows" not in table else table["duplicate_rows"] / max(rows, 1),
    )


def of_model(model: Model) -> Expectations:
    """Expectations from a model file: of its columns, and that no customer occurs twice at a date."""
    trained_on = model.facts["trained_on"]
    rows, customers = trained_on.get("rows"), trained_on.get("customers")
    keys: list[tuple[str, ...]] = []
    if model.id is not None and rows == customers:
        keys = [(model.id,)]
    elif model.id is not None and trained_on.get("dates"):
        keys = [(model.id, AS_OF)]
    return Expectations(
        {column.name: _column_of_model(column) for column in model.columns},
        base_of_model(model.columns, trained_on, model.allowed_clocks),
        keys,
        rows=None,
        time=None,
        sha256=trained_on.get("sha256"),
        is_whole=False,
        null=model.null,
    )


def without(expected: Expectations, names: Sequence[str]) -> Expectations:
    """The expectations of the other columns."""
    columns = {name: column for name, column in expected.columns.items() if name not in names}
    drift = replace(expected.drift, columns=[c for c in expected.drift.columns if c.name not in names])
    keys = [key for key in expected.keys if not {*key} & {*names}]
    return replace(expected, columns=columns, drift=drift, keys=keys, dropped=frozenset(names))


def _column_of_profile(record: Mapping[str, Any], id_: str, now: int) -> ExpectedColumn:
    name, kind, rows, nulls = (record[field] for field in ("column", "type", "rows", "nulls"))
    known: dict[str, Any] = {"name": name, "type": kind, "rows": rows, "nulls": nulls}
    known["is_key"] = _is_key(record, id_)
    if kind in NUMBERS:
        known.update(_numbers(record))
    elif kind == types.TIMESTAMP and record.get("min") is not None:
        first, last = _instant(record["min"]), _instant(record["max"])
        is_past = not _name_words(name) & FUTURE_WORDS and last <= now + windows.DAY
        known.update(first=first, last=last, is_past=is_past)
    elif kind == types.TEXT and record.get("min_length") is not None:
        known["lengths"] = record["min_length"], record["max_length"]
        known["are_words"] = record.get("numbers") is None and LEADING_ZEROS not in record["flags"]
        known["has_leading_zeros"] = LEADING_ZEROS in record["flags"]
    top = record["top"]
    if kind in (types.TEXT, types.BOOLEAN) and top and sum(t["rows"] for t in top) == rows - nulls:
        known["words"] = frozenset(str(t["value"]) for t in top)
        least = min(t["rows"] for t in top)
        known["is_closed"] = rows - nulls >= ROWS_TO_CLOSE and least >= LEAST_OF_A_WORD
    return ExpectedColumn(**known)


def _numbers(record: Mapping[str, Any]) -> dict[str, Any]:
    if record.get("min") is None or not record.get("quantiles"):
        return {}
    low, high, quantiles = float(record["min"]), float(record["max"]), record["quantiles"]
    quartiles = [float(quantiles[q]) for q in ("0.25", "0.5", "0.75")]
    is_whole = record["type"] == types.INTEGER
    return _limits(record["rows"] - record["nulls"], low, high, quartiles, is_whole=is_whole)


def _limits(
    known: int, low: float, high: float, quartiles: Sequence[float], *, is_whole: bool
) -> dict[str, Any]:
    """The fields of a column of numbers. known: rows with a value."""
    lower, median, upper = quartiles
    return {
        "low": low,
        "high": high,
        "median": median,
        "limits": (
            limit_beyond(known, median, lower, low, is_whole=is_whole),
            limit_beyond(known, median, upper, high, is_whole=is_whole),
        ),
        "is_never_negative": known >= ROWS_TO_CLOSE and is_never_negative(known, low, lower, median, high),
    }


def _column_of_model(column: Column) -> ExpectedColumn:
    histogram = column.histogram or {"rows": [], "missing": 0}
    nulls, known = int(histogram["missing"]), int(sum(histogram["rows"]))
    given: dict[str, Any] = {"name": column.name, "rows": known + nulls, "nulls": nulls}
    if column.is_category:
        is_complete = not (histogram["rows"] or [1])[-1]
        return ExpectedColumn(
            **given, type=types.TEXT, words=frozenset(column.categories) if is_complete else None
        )
    limits, quartiles = histogram.get("limits"), histogram.get("quartiles")
    if limits and quartiles and isinstance(column.fill, float):
        middle = quartiles[0], column.fill, quartiles[1]
        given.update(_limits(known, limits[0], limits[1], middle, is_whole=bool(histogram.get("whole"))))
    return ExpectedColumn(**given, type=types.FLOAT)


def _is_key(record: Mapping[str, Any], id_: str) -> bool:
    """Whether a column identifies a row, rather than having no equal values by chance."""
    flags, name = record["flags"], record["column"]
    if UNIQUE not in flags or (ID_LIKE not in flags and record["type"] not in (types.TEXT, types.INTEGER)):
        return False
    if name == id_ or _name_words(name) & ID_WORDS:
        return True
    if record["type"] != types.INTEGER or record.get("min") is None:
        return False
    width = float(record["max"]) - float(record["min"]) + 1
    return bool(record["rows"] ** 2 / (2 * width) >= DENSE)


def _time_of_rows(columns: Mapping[str, ExpectedColumn], time: str, *, has_key: bool) -> str | None:
    """The column that says how old the rows are: of --time, as_of, or the only one of a log."""
    times = [name for name, c in columns.items() if c.type == types.TIMESTAMP and c.is_past]
    for name in (time, AS_OF):
        if name in columns and columns[name].type == types.TIMESTAMP:
            return name
    return times[0] if len(times) == 1 and not has_key else None


def _name_words(name: str) -> set[str]:
    """customerID and customer_id → customer, id."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return set(re.split(r"[\W_]+", words))


def _instant(text: str) -> int:
    """The microseconds of a time as `profile` writes it."""
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - windows.EPOCH) // timedelta(microseconds=1)
