"""Finds columns with personal data: by the share of values that match a strict rule, or by column name.

Loose rules give false alarms (any 7 to 15 digits as a phone number also match dates, money and counters), so
each rule needs something specific: separators, a checksum, the length for a country.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from churnkit.tables import types

SAMPLE = 10_000  # different values that are tested
MIN_DISTINCT = 20  # different values, for a column found by its name alone
MIN_DISTINCT_SHARE = 0.05
SHORTEST = 6  # characters that a value has at least to match a rule, but for IP addresses with colons


class PersonalData(NamedTuple):
    """kind: a key of RULES or NAMES. share: of the different values that match; None if found by name."""

    kind: str
    share: float | None


_EMAIL = re.compile(
    r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_PHONE = re.compile(
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}|\(\d{2,5}\)[ .-]?\d{2,5}(?:[ .-]?\d{2,5}){1,3}"
    r"|0?\d{2,4}-\d{3,4}-\d{3,4}"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
_DNI = re.compile(r"([XYZ]?)(\d{7,8})-?([A-Z])")
_NIR = re.compile(r"([1-478])(\d{2})(\d{2})(\d{2}|2[AB])(\d{3})(\d{3})(\d{2})")
IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        32: "LC",
    }.items()
    for country in countries.split()
}

SHORTEST_IBAN = min(IBAN_LENGTHS.values())


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """A phone number with a plus, brackets or dashes; not a plain number, not a date."""
    if _PHONE.fullmatch(text) is None or _DAY.fullmatch(text) is not None:
        return False
    return 7 <= sum(character.isdigit() for character in text) <= 15


def is_iban(text: str) -> bool:
    """An IBAN: the length for its country, and 1 modulo 97. Source: ISO 13616."""
    if len(text) < SHORTEST_IBAN:
        return False
    bare = text.replace(" ", "").upper()
    if len(bare) != IBAN_LENGTHS.get(bare[:2], -1) or not bare.isalnum() or not bare.isascii():
        return False
    if not bare[2:4].isdigit():
        return False
    return int("".join(str(int(character, 36)) for character in bare[4:] + bare[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """A payment card: first digits and length of a brand, check digit. Source: ISO/IEC 7812, Luhn (1960)."""
    if len(text) < 13:
        return False
    bare = re.sub(r"(?<=\d)[ -](?=\d)", "", text)
    if not (13 <= len(bare) <= 19 and bare.isascii() and bare.isdigit()) or len(set(bare)) == 1:
        return False
    two, four = int(bare[:2]), int(bare[:4])
    lengths: Sequence[int] = ()
    if bare[0] == "4":
        lengths = (13, 16, 19)
    elif 51 <= two <= 55 or 2221 <= four <= 2720:
        lengths = (16,)
    elif two in (34, 37):
        lengths = (15,)
    elif four == 6011 or two == 65 or 644 <= int(bare[:3]) <= 649 or 3528 <= four <= 3589:
        lengths = (16, 19)
    elif two in (36, 38, 39) or 300 <= int(bare[:3]) <= 305:
        lengths = (14,)
    if len(bare) not in lengths:
        return False
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(bare))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


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


RULES: dict[str, tuple[Callable[[str], bool], float]] = {
    "email": (is_email, 0.01),  # the smallest share of matching values that flags a column
    "iban": (is_iban, 0.01),
    "card": (is_card, 0.1),
    "national id": (is_national_id, 0.1),
    "ip": (is_ip, 0.5),
    "phone": (is_phone, 0.5),
}
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
    name: str, type_: str, sample: Sequence[str], distinct: int, rows: int
) -> PersonalData | None:
    """The personal data in a column, or None.

    type_: of the column. sample: some of its different values. distinct, rows: the number of different
    values, and of rows with a value.
    """
    if type_ in (types.TEXT, types.INTEGER) and sample:
        long = [text for text in sample if len(text) >= SHORTEST or ":" in text]
        for kind, (matches, least) in RULES.items():
            share = sum(map(matches, long)) / len(sample)
            looks_otherwise = kind == "card" and type_ == types.INTEGER and _is_counter(sample)
            if share >= least and not looks_otherwise:
                return PersonalData(kind, share)
    kind_by_name = _kind_by_name(name)
    if kind_by_name is None or distinct <= MIN_DISTINCT or distinct <= MIN_DISTINCT_SHARE * rows:
        return None
    is_number = type_ in (types.INTEGER, types.FLOAT)
    if type_ == types.TEXT or (is_number and kind_by_name in NUMERIC_KINDS):
        return PersonalData(kind_by_name, None)
    return PersonalData(kind_by_name, None) if type_ == types.TIMESTAMP and kind_by_name == "birth" else None


def _kind_by_name(name: str) -> str | None:
    """The kind that a column's name states: 'firstName' and 'Zip Code' do, 'feature_name' does not."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    joined = {*words, *(a + b for a, b in itertools.pairwise(words))}
    if NAMES_OF_THINGS & set(words):
        return None
    return next((kind for kind, names in NAMES.items() if joined & set(names)), None)


def _is_counter(sample: Sequence[str]) -> bool:
    """Whether integers are so close together that they are a counter, or are times."""
    numbers = [int(text) for text in sample]
    low, high = min(numbers), max(numbers)
    is_dense = high - low < 100 * len(numbers)
    is_time = low >= 10**12 and high < 4 * 10**12  # milliseconds up to the year 2096
    return is_dense or is_time
