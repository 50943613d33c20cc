"""Numbers in other notations: 1.570,69 and $1,570.69, 12 % and (12.50).

--decimal names the mark before the decimals; the other mark, a blank or an apostrophe then groups digits by
thousands. A currency or % beside the number has no effect; brackets, and a minus behind, mean below zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from churnkit import messages
from churnkit.columns import list_names
from churnkit.errors import quote

DECIMALS = (",", ".")
LOOKS_NUMERIC_SHARE = 0.5  # of the values of a column, from which on it looks like a column of numbers
_BLANK = r"[ \t\u00a0\u202f]"
_CURRENCY = (
    r"(?:\p{Sc}|[A-Z]{1,3}\$|kr\.?|zł|Kč|Ft|lei|Fr\.|EUR|USD|GBP|CHF|JPY|CNY|INR|BRL|SEK|NOK|DKK|PLN|CZK|HUF|RON"
    r"|TRY|RUB|AUD|CAD|NZD|ZAR|MXN|SGD|HKD|KRW)"
)
LIKE_NUMBER = rf"^[^0-9A-Za-z]*(?:[0-9]|{_CURRENCY})"  # how a number begins in any notation
_GROUPS = {",": r"\.", ".": ","}  # decimal mark → the other mark, which groups thousands
_LAKHS = {",": "", ".": r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"}  # 1,00,000 in India


def _pattern(decimal: str) -> str:
    """A whole number in brackets or not; its group 1 is the number without sign and words."""
    marks = (_GROUPS[decimal], "[ \u00a0\u202f]", "['’]")
    grouped = "|".join(rf"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+" for mark in marks)
    mark = rf"\{decimal}" if decimal == "." else decimal
    number = rf"(?:{grouped}{_LAKHS[decimal]}|[0-9]+)(?:{mark}[0-9]*)?|{mark}[0-9]+"
    sign, word = "[+−-]?", rf"(?:{_BLANK}*(?:{_CURRENCY}|%)){{0,2}}"
    before = rf"^{_BLANK}*\(?{_BLANK}*{sign}(?:{_BLANK}*{_CURRENCY})?{_BLANK}*{sign}"
    return rf"{before}((?:{number})(?:[eE][+-]?[0-9]+)?){word}{_BLANK}*-?\)?{_BLANK}*$"


_PATTERNS = {decimal: _pattern(decimal) for decimal in DECIMALS}


def plain_numbers(texts: pl.Series, decimal: str) -> pl.Series:
    """Each number as a plain text, such as -1570.69; null for a text that is not a number in this notation.

    texts: (n,) String. decimal: a key of DECIMALS. Digits are not changed, so nothing is rounded.
    """
    texts = texts.cast(pl.String)
    if texts.str.contains(rf"^-?[0-9]+(?:[{decimal}][0-9]+)?$").all():  # the usual case, ten times as fast
        return texts.str.replace(",", ".", literal=True)
    distinct = texts.drop_nulls().unique()
    distinct = distinct.filter(distinct.str.contains(_PATTERNS[decimal]))
    numbers = dict(zip(distinct, _plain_one_by_one(distinct, decimal), strict=True))
    plain = texts.replace_strict(numbers, default=None, return_dtype=pl.String)
    return plain.alias(texts.name)


def are_numbers(texts: pl.Series, decimal: str) -> pl.Series:
    """(n,) whether each text is a number in this notation. texts: without nulls; most may differ."""
    are_like = texts.str.contains(_PATTERNS[decimal])
    if not are_like.any():
        return are_like
    return plain_numbers(texts.set(~are_like, None), decimal).is_not_null()


def _plain_one_by_one(texts: pl.Series, decimal: str) -> pl.Series:
    text = pl.col("text").str
    body = text.extract(_PATTERNS[decimal], 1).str
    digits = body.replace_all(r"[ \u00a0\u202f'’]|" + _GROUPS[decimal], "").str.replace(
        ",", ".", literal=True
    )
    has_brackets = text.contains(r"^[^0-9]*\(")
    is_balanced = has_brackets == text.contains(r"\)[^0-9]*$")
    signs = text.extract(r"^([^0-9.,]*)", 1).str.count_matches("[−-]")
    signs += text.contains(r"-[^0-9]*$").cast(pl.UInt32)
    is_negative = has_brackets | (signs > 0)
    is_clear = is_balanced & (signs + has_brackets.cast(pl.UInt32) <= 1)
    number = pl.when(is_negative).then(pl.lit("-") + digits).otherwise(digits)
    return pl.DataFrame({"text": texts}).select(pl.when(is_clear).then(number)).to_series()


@dataclass(frozen=True)
class OtherNotation:
    """Values of a column that look like numbers in another notation.

    values: how many. decimals: the --decimal that read them all, or most. example: the most frequent of them.
    """

    values: int
    decimals: tuple[str, ...]
    example: str


def find_other_notation(counts: pl.DataFrame, is_plain: pl.Series) -> OtherNotation | None:
    """The values that look like numbers in another notation, if at least half of a column looks numeric.

    counts: (k,) distinct values of a column, columns value and rows. is_plain: (k,) the value is a number as
    it stands.
    """
    odd = counts.filter(~is_plain)
    if not odd.height:
        return None
    reads = {decimal: are_numbers(odd["value"], decimal) for decimal in DECIMALS}
    either = odd.filter(reads[","] | reads["."]).sort(["rows", "value"], descending=[True, False])
    values, plain = int(either["rows"].sum()), int(counts.filter(is_plain)["rows"].sum())
    if not values or values + plain < LOOKS_NUMERIC_SHARE * int(counts["rows"].sum()):
        return None
    read = {decimal: int(odd.filter(is_read)["rows"].sum()) for decimal, is_read in reads.items()}
    most = tuple(decimal for decimal in DECIMALS if read[decimal] == max(read.values()))
    return OtherNotation(values, most, either["value"][0])


def way_out(found: OtherNotation) -> str:
    """'39,27': --decimal , reads them; where both marks do, what each of them reads."""
    if len(found.decimals) == 1:
        return f"--decimal {found.decimals[0]} reads them"
    texts = pl.Series([found.example])
    readings = {decimal: plain_numbers(texts, decimal)[0] for decimal in DECIMALS}
    if len(set(readings.values())) == 1:
        return "--decimal . reads them"
    each = (f"--decimal {decimal} as {reading}" for decimal, reading in readings.items())
    return f"{quote(found.example)} is read by {' and by '.join(each)}"


def note_other_notation(columns: Mapping[str, OtherNotation]) -> None:
    """Writes one line about all columns whose values look like numbers in another notation."""
    by_way_out: dict[str, list[str]] = {}
    for name, found in columns.items():
        by_way_out.setdefault(way_out(found), []).append(name)
    for what, names in by_way_out.items():
        values = sum(columns[name].values for name in names)
        number = messages.count(values, "value")
        text = f"{number} of {list_names(names)} look like numbers in another notation"
        example = columns[names[0]].example
        text += f" ({quote(example)}): {what}" if quote(example) not in what else f": {what}"
        messages.note("number-notation", text, count=values, column=names[0] if len(names) == 1 else None)
