"""The type of a column, decided by all of its texts, without guessing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import polars as pl

from churnkit.tables import casts, notations
from churnkit.tables.casts import INTEGER_PATTERN, ISO_PATTERN, cast_iso_times, cast_numbers, parse_number
from churnkit.tables.finite import are_finite

INTEGER, FLOAT, BOOLEAN, TIMESTAMP, TEXT = "integer", "float", "boolean", "timestamp", "text"
BOOLEANS = (("true", "false"), ("yes", "no"))
LEADING_ZERO = r"^[ \t]*[+-]?0[0-9]"
ROUNDED = r"^[ \t]*-?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}[ \t]*$"  # 1.23457E+12, as a spreadsheet writes it
WHOLE_WITH_POINT = r"^[ \t]*-?[0-9]+\.0[ \t]*$"  # 17850.0
_NOT_A_WORD = rf"{notations.LIKE_NUMBER}|^[\s+-]|\s$"
MIN_ID_ROWS = 100  # from this many rows on, unique whole numbers are taken for an id, not a measurement
_TIME_WORDS = {"time", "timestamp", "date", "datetime", "ts", "epoch", "when", "at"}


def type_of(texts: pl.Series, decimal: str | None = None) -> str:
    """integer, float, boolean, timestamp or text: the type that fits every non-null text of a column.

    texts: String. With leading zeros (00123) it is text; 0 and 1 are integers; a column without values is
    text. decimal: the notation of numbers, as in `cast_numbers`.
    """
    known = texts.drop_nulls()
    if known.is_empty():
        return TEXT
    if _is_all(known, INTEGER_PATTERN):
        return TEXT if known.str.contains(LEADING_ZERO).any() else INTEGER
    if _is_number(known, decimal):
        return TEXT if known.str.contains(LEADING_ZERO).any() else FLOAT
    if is_boolean(known):
        return BOOLEAN
    return TIMESTAMP if iso_times(known) is not None else TEXT


def plain_numbers(texts: pl.Series) -> pl.Series | None:
    """The texts as doubles, if all are numbers without blanks around and without leading zeros; else None.

    texts: String. Then `type_of` is integer or float; this is several times as fast.
    """
    values = texts.cast(pl.Float64, strict=False)
    if values.null_count() > texts.null_count() or not are_finite(values):
        return None
    return None if has_leading_zero(known_texts(texts)) else values


def text_traits(texts: pl.Series, numbers: pl.Series | None = None) -> pl.DataFrame:
    """Properties of each text: text, number (NaN if it is not one), is_whole, is_zero_led (007, 00.5),
    is_zero_before_digits (00123), is_rounded (1.23457E+12), is_whole_with_point (17850.0), is_iso (matches
    the pattern), length in characters, has_blank_end, word (lower case, for short texts).

    texts: (n,) String without nulls. numbers: (n,) of these texts, None for plain ones. Returns (n,) rows.
    """
    text = pl.col("text")
    numbers = cast_numbers(texts).values if numbers is None else numbers
    frame = pl.DataFrame({"text": texts, "number": numbers.fill_null(math.nan)})
    return frame.select(
        "text",
        "number",
        is_whole=text.str.contains(INTEGER_PATTERN),
        is_zero_led=text.str.contains(LEADING_ZERO),
        is_zero_before_digits=text.str.contains(LEADING_ZERO + "[0-9]*$"),
        is_rounded=text.str.contains(ROUNDED),
        is_whole_with_point=text.str.contains(WHOLE_WITH_POINT),
        is_iso=text.str.contains(ISO_PATTERN),
        length=text.str.len_chars(),
        has_blank_end=text.str.len_bytes() != text.str.strip_chars().str.len_bytes(),
        word=pl.when(text.str.len_chars() <= 5).then(text.str.to_lowercase()),
    )


def types_of(traits: pl.DataFrame, stops: Sequence[int]) -> list[tuple[str, pl.Series | None]]:
    """The type of each column, as in `type_of`, and the microseconds of timestamps.

    traits: `text_traits` of all columns, one after the other, with the number of the column as `column`.
    stops: the end of each column; no column is empty.
    """
    columns = traits.group_by("column").agg(
        pl.col("number").is_nan().any().alias("has_words"),
        pl.col("is_whole", "is_iso").all(),
        pl.col("is_zero_led").any(),
        pl.col("word").null_count().alias("long_words"),
        pl.col("word").unique().head(3),
    )
    kinds: list[tuple[str, pl.Series | None]] = []
    for place, row in enumerate(columns.sort("column").iter_rows(named=True)):
        if not row["has_words"]:
            kinds.append((TEXT if row["is_zero_led"] else INTEGER if row["is_whole"] else FLOAT, None))
        elif not row["long_words"] and any(set(row["word"]) <= set(pair) for pair in BOOLEANS):
            kinds.append((BOOLEAN, None))
        elif row["is_iso"]:
            start = stops[place - 1] if place else 0
            times = iso_times(traits["text"].slice(start, stops[place] - start))
            kinds.append((TEXT if times is None else TIMESTAMP, times))
        else:
            kinds.append((TEXT, None))
    return kinds


def iso_times(known: pl.Series) -> pl.Series | None:
    """Texts (without nulls) as microseconds if all are ISO 8601, else None."""
    if not known.head(100).str.contains(ISO_PATTERN).all():
        return None
    times = cast_iso_times(known)
    return times if times.null_count() == 0 else None


def is_time_name(name: str) -> bool:
    """Whether a column is named like a time: created_at, eventTime, ts."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return not _TIME_WORDS.isdisjoint(re.split(r"[\W_]+", words))


def unix_times(known: pl.Series, unit: str | None = None) -> tuple[pl.Series, str] | None:
    """Texts (without nulls) as microseconds, and their unit, if all are Unix times; None otherwise.

    unit: of earlier texts of the column, or None.
    """
    cast = casts.cast_times(known, None, unit)
    if cast.bad is not None or cast.unit is None or cast.unit == casts.ISO:
        return None
    return cast.values, cast.unit


def other_notation(counts: pl.DataFrame) -> notations.OtherNotation | None:
    """The values of a text column that look like numbers in another notation. counts: columns value, rows."""
    return notations.find_other_notation(counts, cast_numbers(counts["value"]).values.is_not_null())


def are_whole(known: pl.Series) -> bool:
    """Whether all texts are whole, without a point or an exponent. known: texts of numbers."""
    return known.cast(pl.Int64, strict=False).null_count() == 0 or _is_all(known, INTEGER_PATTERN)


def whole_ends(known: pl.Series) -> tuple[int, int]:
    """The smallest and the largest whole number, with all digits. known: texts of whole numbers."""
    whole = known.str.strip_chars().str.strip_prefix("+").cast(pl.Int64, strict=False)
    if whole.null_count() == 0:
        return int(whole.min()), int(whole.max())  # type: ignore[arg-type]
    exact = [int(text) for text in known.unique()]
    return min(exact), max(exact)


def are_words(known: pl.Series) -> bool:
    """Whether no text may be a number in any notation, begins with a sign or has a blank at an end."""
    return not known.str.contains(_NOT_A_WORD).any()


def has_rounded(known: pl.Series) -> bool:
    """Whether a text is a number that has lost digits: 1.23457E+12."""
    maybe = known.filter(known.str.contains("E+", literal=True))
    return bool(maybe.str.contains(ROUNDED).any())


def known_texts(texts: pl.Series) -> pl.Series:
    """The texts that are not missing; the column itself if none is, as each query of a few rows costs more
    than its rows."""
    return texts.drop_nulls() if texts.null_count() else texts


def has_leading_zero(known: pl.Series) -> bool:
    """Whether a text begins with a zero before another digit: 007, 00.5. known: texts of numbers."""
    return _has_zero_led(known, LEADING_ZERO)


def has_zeros_before_digits(known: pl.Series) -> bool:
    """Whether a text has only digits and begins with a zero: 00123."""
    return _has_zero_led(known, LEADING_ZERO + "[0-9]*$")


def _has_zero_led(known: pl.Series, pattern: str) -> bool:
    """Whether a text matches the pattern, which is tried on few: those that may begin with a zero."""
    text = pl.col("text")
    maybe = text.filter(text.str.slice(0, 1).is_in(["0", "+", "-", " ", "\t"]))
    return bool(known.alias("text").to_frame().select(maybe.str.contains(pattern).any()).item())


def _is_all(known: pl.Series, pattern: str) -> bool:
    return bool(known.head(100).str.contains(pattern).all() and known.str.contains(pattern).all())


def _is_number(known: pl.Series, decimal: str | None) -> bool:
    if decimal is not None:
        return cast_numbers(known, decimal).bad is None
    if cast_numbers(known.head(100)).bad is not None:
        return False
    values = known.cast(pl.Float64, strict=False)
    odd = known.filter(~values.is_finite().fill_null(False))
    return all(parse_number(word) is not None for word in odd.unique())


def is_boolean(known: pl.Series) -> bool:
    """Whether all texts are true or false, or all are yes or no, in upper or lower case."""
    if known.head(100).str.len_chars().max() > 5:  # type: ignore[operator]
        return False
    words = set(known.unique().str.to_lowercase().unique().head(3))
    return any(words <= set(pair) for pair in BOOLEANS)


def numeric_share(texts: pl.Series) -> tuple[int, list[str]]:
    """The number of texts that are numbers, and up to five of the most frequent other texts."""
    known = texts.drop_nulls()
    cast = cast_numbers(known)
    if cast.bad is None:
        return len(known), []
    words = known.filter(cast.bad).value_counts(sort=True).head(5).to_series(0).to_list()
    return len(known) - int(cast.bad.sum()), words
