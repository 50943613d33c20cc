"""Finds columns with personal data: by the share of values that hold or are one, or by column name.

Loose rules give false alarms (any 7 to 15 digits as a phone number also match dates, money and counters), so
each rule needs something specific: separators, a checksum, the length for a country.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from churnkit import personal_text
from churnkit.personal_text import CARD, cards_like, is_card
from churnkit.tables import types

SAMPLE = 10_000  # different values that are tested
MIN_DISTINCT = 20  # different values, for a column found by its name alone
MIN_DISTINCT_SHARE = 0.05
SEARCHED = 2_000  # characters at both ends of a long text


class PersonalData(NamedTuple):
    """kind: of `personal_text`, or a key of RULES or NAMES. share: of the different values that match, or of
    the rows if that is more; None if found by name."""

    kind: str
    share: float | None


_PHONE = re.compile(
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}|\(\d{2,5}\)[ .-]?\d{2,5}(?:[ .-]?\d{2,5}){1,3}"
    r"|0?\d{2,4}-\d{3,4}-\d{3,4}"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
_DNI = re.compile(r"([XYZ]?)(\d{7,8})-?([A-Z])")
_NIR = re.compile(r"([1-478])(\d{2})(\d{2})(\d{2}|2[AB])(\d{3})(\d{3})(\d{2})")


def is_phone(text: str) -> bool:
    """A phone number with a plus, brackets or dashes; not a plain number, not a date."""
    if _PHONE.fullmatch(text) is None or _DAY.fullmatch(text) is not None:
        return False
    return 7 <= sum(character.isdigit() for character in text) <= 15


def is_ip(text: str) -> bool:
    """An IP address: three dots or at least two colons, so not a number or a version such as 1.2.3."""
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_national_id(text: str) -> bool:
    """US SSN (with dashes), UK NINO, Spanish DNI and NIE, French NIR: by pattern and check digits."""
    if _SSN.fullmatch(text) or _NINO.fullmatch(text):
        return True
    if (match := _DNI.fullmatch(text)) and len(match[1] + match[2]) == 8:
        number = int(str("XYZ".index(match[1]) if match[1] else "") + match[2])
        return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == match[3]
    if match := _NIR.fullmatch(text.replace(" ", "")):
        number = int(text.replace(" ", "")[:13].replace("2A", "19").replace("2B", "18"))
        return 97 - number % 97 == int(match[7])
    return False


class Rule(NamedTuple):
    """matches: a whole value. quick: what each such value matches, for polars. least: the smallest share of
    matching values that flags a column."""

    matches: Callable[[str], bool]
    quick: str
    least: float


RULES = {
    "national id": Rule(
        is_national_id,
        r"^(?:\d{3}-\d\d-\d{4}|[A-Z]{2}[ \d]{6,10}[A-D]|[XYZ]?\d{7,8}-?[A-Z]|[1-478][\dAB ]{14,})$",
        0.1,
    ),
    "ip": Rule(is_ip, r"^[^.]+\.[^.]+\.[^.]+\.[^.]+$|^[\da-fA-F]*:[\da-fA-F:]*:[\da-fA-F:.]*(?:%.*)?$", 0.5),
    "phone": Rule(is_phone, r"^(?:[+(]|\d{2,5}-\d{3})[\d().\s-]*$", 0.5),
}
LEAST_SHARE = 0.01  # of the values that hold an address, a card, an account or a phone number in their text
CARD_SHARE = 2 / 3  # of the numbers of a card's shape have its check digit; by chance one in ten
FEWEST_CARDS = 3  # that are the whole value
NAMES = {
    "name": ("name", "surname", "firstname", "lastname", "fullname", "forename"),
    "address": ("street", "address", "zip", "zipcode", "postcode", "postalcode", "city"),
    "place": ("lat", "latitude", "lng", "lon", "longitude"),
    "birth": ("dob", "birth", "birthday", "birthdate"),
    "phone": ("phone", "mobile", "telephone"),
    "email": ("email",),
    "ip": ("ip",),
    "national id": ("passport", "ssn", "bsn", "nino", "dni", "nie"),
    "device": ("useragent",),
}
NUMERIC_KINDS = ("address", "place", "phone", "national id")  # also found in columns of numbers
NAMES_OF_THINGS = {
    "feature", "product", "item", "event", "plan", "file", "column", "table", "variable", "campaign",
    "category", "brand", "company", "account", "organization", "metric", "model", "host", "domain",
    "test", "number", "count", "service", "type", "tier", "level", "has", "is",
}  # fmt: skip


def find_personal_data(
    name: str,
    type_: str,
    sample: Sequence[str],
    distinct: int,
    rows: int,
    frequent: Sequence[tuple[str, int]] = (),
) -> PersonalData | None:
    """The personal data in a column, or None.

    type_: of the column. sample: some of its different values. distinct, rows: the number of different
    values, and of rows with a value. frequent: the most frequent values with their rows.
    """
    if type_ in (types.TEXT, types.INTEGER) and sample:
        found = _inside_text(sample, frequent, rows) if type_ == types.TEXT else _of_cards(sample)
        found = found or _of_whole_values(sample)
        if found is not None:
            return found
    kind_by_name = _kind_by_name(name)
    if kind_by_name is None or distinct <= MIN_DISTINCT or distinct <= MIN_DISTINCT_SHARE * rows:
        return None
    is_number = type_ in (types.INTEGER, types.FLOAT)
    if type_ == types.TEXT or (is_number and kind_by_name in NUMERIC_KINDS):
        return PersonalData(kind_by_name, None)
    return PersonalData(kind_by_name, None) if type_ == types.TIMESTAMP and kind_by_name == "birth" else None


def _inside_text(
    sample: Sequence[str], frequent: Sequence[tuple[str, int]], rows: int
) -> PersonalData | None:
    """What stands in the text of at least LEAST_SHARE of the different values, or of the rows."""
    texts = _suspects(sample)
    values, counts = Counter(_kinds(texts)), Counter[str]()
    for text, rows_of_text in frequent:
        counts.update(dict.fromkeys(_kinds([text]), rows_of_text))
    for kind in personal_text.KINDS:
        share = max(values[kind] / len(sample), counts[kind] / max(rows, 1))
        if share >= LEAST_SHARE and (kind != personal_text.CARD or _are_cards(texts)):
            return PersonalData(kind, share)
    return None


def _suspects(sample: Sequence[str]) -> list[str]:
    """The texts that may hold personal data; of a very long one its beginning and its end."""
    texts = pl.Series(sample, dtype=pl.String)
    found = texts.filter(texts.str.contains(personal_text.MAY_HOLD)).to_list()
    return [t if len(t) <= 2 * SEARCHED else f"{t[:SEARCHED]} … {t[-SEARCHED:]}" for t in found]


def _kinds(texts: Iterable[str]) -> Iterator[str]:
    """The kinds in each text, each one once per text."""
    for text in texts:
        yield from {passage.kind for passage in personal_text.passages(text)}


def _are_cards(texts: Iterable[str]) -> bool:
    """Whether far more numbers of a card's shape have its check digit than by chance.

    A number without blanks that is the whole value is an id as well, so a few of those show nothing.
    """
    alike = [(number, number == text and number.isdigit()) for text in texts for number in cards_like(text)]
    cards = [is_bare for number, is_bare in alike if is_card(number)]
    return len(cards) >= CARD_SHARE * len(alike) and (len(cards) >= FEWEST_CARDS or not all(cards))


def _of_cards(sample: Sequence[str]) -> PersonalData | None:
    """Cards among whole numbers."""
    texts = [text for text in sample if len(text) >= personal_text.CARD_DIGITS]
    share = sum(map(is_card, texts)) / len(sample)
    return PersonalData(CARD, share) if share >= LEAST_SHARE and _are_cards(texts) else None


def _of_whole_values(sample: Sequence[str]) -> PersonalData | None:
    texts = pl.Series(sample, dtype=pl.String)
    for kind, rule in RULES.items():
        share = sum(map(rule.matches, texts.filter(texts.str.contains(rule.quick)))) / len(sample)
        if share >= rule.least:
            return PersonalData(kind, share)
    return None


def _kind_by_name(name: str) -> str | None:
    """The kind that a column's name states: 'firstName' and 'Zip Code' do, 'feature_name' does not."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    joined = {*words, *(a + b for a, b in itertools.pairwise(words))}
    if NAMES_OF_THINGS & set(words):
        return None
    return next((kind for kind, names in NAMES.items() if joined & set(names)), None)
