"""What is in a table: for each column its type, its values counted, and what is odd about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from churnkit import values
from churnkit.windows import DAY

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOP = 10
BINS = 10
FAR_OUT = 3.0  # interquartile ranges beyond the quartiles (Tukey, 1977, Exploratory data analysis)
MOSTLY = 0.5
CONSTANT, UNIQUE, ID_LIKE = "constant", "unique", "id-like"
MOSTLY_NULL, MIXED, LEADING_ZEROS = "mostly null", "mixed types", "leading zeros"
WHITESPACE, OUTLIERS = "whitespace", "outliers"

Record = dict[str, Any]


def column_record(texts: pl.Series) -> Record:
    """All there is to say of one column. texts: (n,) String, null where nothing is known."""
    known = texts.drop_nulls()
    kind = values.type_of(texts)
    counts = known.value_counts(name="rows").sort(["rows", known.name], descending=[True, False])
    record: Record = {
        "column": texts.name,
        "type": kind,
        "rows": len(texts),
        "nulls": len(texts) - len(known),
        "distinct": counts.height,
        "distinct_exact": True,
    }
    record.update(dict.fromkeys(("min", "max", "mean", "std", "quantiles", "zeros", "negatives")))
    record["top"] = [{"value": v, "rows": n} for v, n in counts.head(TOP).iter_rows()]
    record.update(dict.fromkeys(("histogram", "min_length", "max_length", "span_days", "largest_gap_days")))
    if kind in (values.INTEGER, values.FLOAT):
        record.update(_number_facts(known, kind))
    elif kind == values.TIMESTAMP:
        record.update(_time_facts(known))
    elif len(known):
        lengths = known.str.len_chars()
        record.update(min=known.min(), max=known.max(), min_length=lengths.min(), max_length=lengths.max())
    record["numbers"], record["other_words"] = _mixture(known, kind)
    record["flags"] = _flags(record, known)
    return record


def table_record(rows: pl.DataFrame, records: list[Record], size: int, sha256: str) -> Record:
    """The last record, of the table itself. size: bytes."""
    times = [r["max"] for r in records if r["type"] == values.TIMESTAMP]
    duplicates = rows.height - rows.unique().height if rows.width and rows.height else 0
    return {
        "column": None,
        "rows": rows.height,
        "columns": rows.width,
        "duplicate_rows": duplicates,
        "bytes": size,
        "sha256": sha256,
        "latest_time": max(times) if times else None,
    }


def _number_facts(known: pl.Series, kind: str) -> Record:
    numbers = values.numbers(known).values
    array = numbers.to_numpy()
    low, high = _whole_ends(known) if kind == values.INTEGER else (numbers.min(), numbers.max())
    return {
        "min": low,
        "max": high,
        "mean": float(array.mean()),
        "std": float(array.std(ddof=1)) if len(array) > 1 else None,
        "quantiles": {
            f"{q:g}": float(v) for q, v in zip(QUANTILES, np.quantile(array, QUANTILES), strict=True)
        },
        "zeros": int((array == 0).sum()),
        "negatives": int((array < 0).sum()),
        "histogram": _histogram(array),
    }


def _whole_ends(known: pl.Series) -> tuple[int | str, int | str]:
    """Smallest and largest integer with all their digits; as text where 64 bits do not hold them."""
    whole = known.str.strip_chars().str.strip_prefix("+").cast(pl.Int64, strict=False)
    if whole.null_count() == 0:
        return int(whole.min()), int(whole.max())  # type: ignore[arg-type]
    exact = [int(text) for text in known.unique()]
    low, high = min(exact), max(exact)
    return tuple(v if abs(v) < 2**63 else str(v) for v in (low, high))  # type: ignore[return-value]


def _histogram(array: np.ndarray[Any, np.dtype[np.float64]]) -> Record:
    """Rows in ten bins of equal width from the smallest to the largest, the last closed."""
    low, high = float(array.min()), float(array.max())
    if not np.isfinite(high - low) or low == high:
        return {"edges": [low, high], "rows": [len(array)]}
    rows, edges = np.histogram(array, bins=BINS, range=(low, high))
    return {"edges": edges.tolist(), "rows": rows.tolist()}


def _time_facts(known: pl.Series) -> Record:
    instants = values.times(known).values.sort()
    gaps = instants.diff().drop_nulls()
    first, last = (
        pl.Series([v]).cast(pl.Datetime("us")).dt.to_string("iso:strict")[0]
        for v in (instants[0], instants[-1])
    )
    return {
        "min": f"{first[:19]}Z",
        "max": f"{last[:19]}Z",
        "span_days": (instants[-1] - instants[0]) / DAY,
        "largest_gap_days": gaps.max() / DAY if len(gaps) else None,  # type: ignore[operator]
    }


def _mixture(known: pl.Series, kind: str) -> tuple[int | None, list[str] | None]:
    """Of a text column in which many values are numbers: how many, and the commonest that are not."""
    if kind != values.TEXT or known.is_empty() or known.str.contains(values.LEADING_ZERO).any():
        return None, None
    numeric, words = values.numeric_share(known)
    return (numeric, words) if numeric >= MOSTLY * len(known) and words else (None, None)


def _flags(record: Record, known: pl.Series) -> list[str]:
    flags = []
    rows, distinct = record["rows"], record["distinct"]
    is_unique = distinct == rows > 1
    if distinct == 1 and not record["nulls"]:
        flags.append(CONSTANT)
    if is_unique:
        flags.append(UNIQUE)
    if is_unique and record["type"] in (values.TEXT, values.INTEGER):
        flags.append(ID_LIKE)
    if rows and record["nulls"] > MOSTLY * rows:
        flags.append(MOSTLY_NULL)
    if record["other_words"]:
        flags.append(MIXED)
    if record["type"] == values.TEXT and known.str.contains(values.LEADING_ZERO + "[0-9]*$").any():
        flags.append(LEADING_ZEROS)
    if known.str.contains(r"^\s|\s$").any():
        flags.append(WHITESPACE)
    if record["quantiles"] and _has_outliers(record):
        flags.append(OUTLIERS)
    return flags


def _has_outliers(record: Record) -> bool:
    """Whether a value lies three interquartile ranges beyond the quartiles."""
    lower, upper = record["quantiles"]["0.25"], record["quantiles"]["0.75"]
    reach = FAR_OUT * (upper - lower)
    low, high = float(record["min"]), float(record["max"])
    return bool(reach > 0 and (low < lower - reach or high > upper + reach))
