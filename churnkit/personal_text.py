"""E-mail addresses, phone numbers, payment cards and bank accounts inside a text: found, and hidden.

A sentence holds many numbers, so each kind needs something specific: a calling code, the shape that a country
writes, a word such as "tel" before it, or check digits. Dates, prices and numbers of orders have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

KINDS = EMAIL, IBAN, CARD, PHONE = "email", "iban", "card", "phone"
FEWEST_DIGITS = 7  # of a phone number, a card or an account
CARD_DIGITS = (
    14  # of the shortest card; 13 digits are numbers of articles (EAN): no brand issues them any more
)


class Passage(NamedTuple):
    """Personal data in a text: its kind, and where it begins and ends."""

    kind: str
    start: int
    stop: int


_FILE_ENDINGS = "(?:png|jpe?g|gif|svg|webp|ico|css|js)"  # logo@2x.png is a file
_EMAIL = re.compile(
    r"(?<![\w.%+-])(?!git@[\w.-]+:)\w[\w.%+'-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+"
    rf"(?!{_FILE_ENDINGS}\b)[^\W\d_]{{2,24}}(?!\w)"
)
_CODES = (  # calling codes of countries; Source: ITU-T E.164
    r"(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(?:2[1-69]|3[578]|42|5[09]|6[789]|8[058]|9[679])\d)"
)
_NORTH_AMERICA = (
    r"(?:1[-. ])?(?:\([2-9]\d\d\) ?[2-9]\d\d[-. ]\d{4}|[2-9]\d\d-[2-9]\d\d-\d{4}|[2-9]\d\d\.[2-9]\d\d\.\d{4})"
)
_NATIONAL = (  # with a zero, as France, Germany and the United Kingdom write them
    r"(?:0[1-9](?P<s>[ .-])\d\d(?:(?P=s)\d\d){3}"
    r"|0[1-9]\d{1,4} ?/ ?\d{3,9}(?:[ -]\d{1,6}){0,3}|\(0[1-9]\d{1,4}\) ?\d{3,9}(?:[ -]\d{1,6}){0,3}"
    r"|01[5-7]\d[ -]\d{6,8}|01[5-7]\d \d{3} \d\d \d\d(?:\d| \d\d)?"
    r"|0[1-9]\d{1,3} \d{3,4} \d{3,4}|0[127]\d{3} \d{6})"
)
_EDGE, _END = r"(?<![\w+.,/#-])(?<!\d )", r"(?!\w|[.,/-]\d)"
_PHONES = (
    re.compile(
        rf"{_EDGE}(?:\+|00 ?)(?:[17](?=(?:[ ./()-]{{0,2}}\d){{10}}{_END})|{_CODES})"
        rf"(?:[ ./()-]{{0,2}}\d){{7,12}}{_END}"
    ),
    re.compile(_EDGE + _NORTH_AMERICA + _END),
    re.compile(_EDGE + _NATIONAL + _END + r"(?! \d)"),
)
_PHONE_WORDS = (
    r"tel|telefon\w*|telephone|phone|mobile?|mobil\w*|cell|handy\w*|call(?:ed|ing)?|ring|dial|text|whatsapp|fax|sms"
    r"|erreichbar|ruf\w*|anruf\w*|t[ée]l[ée]\w*|t[ée]l|portable|appel\w*|joindre|joignable|m[óo]vil|celular"
    r"|ll[áa]m\w*|cellulare|bellen"
)
_FILLERS = (
    r"number|no|nr|num|is|me|us|sie|him|her|back|at|on|under|my|ist|unter|mich|uns|zurück|an|die|meine?|nummer|au|le|al"
    r"|el|moi|est|es|n[úu]m[ée]ro|en"
)
_SAID_PHONE = re.compile(
    rf"(?i:\b(?:{_PHONE_WORDS})\b(?:[ :.=#]+(?:{_FILLERS})\b){{0,4}})[ :.=#]*"
    rf"(?P<number>\(?\d[\d ()./-]{{5,18}}\d){_END}"
)
_OTHER_NUMBER = re.compile(  # "order no. 415-555-2671" is no phone
    r"(?i:\b(?:order|invoice|ref|reference|ticket|case|bestell\w*|rechnung\w*|auftrag\w*|commande|facture|pedido"
    r"|factura|sku|isbn|art|part|serial|version|v)\b[ .:#-]*(?:no|nr|n°|number|nummer|id|num)?[ .:#]*)$"
)
_DATE = re.compile(
    r"\d{4}[-./ ]?(?:0\d|1[0-2])[-./ ]?[0-3]\d(?!\d)|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)(?!\d)"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_CARD = re.compile(
    r"(?<![\w.,/-])(?<!\d[ -])(?:\d{4}(?P<s>[ -])\d{4}(?P=s)\d{4}(?P=s)\d{4}"
    r"|3[47]\d\d(?P<t>[ -])\d{6}(?P=t)\d{5}"
    rf"|3\d{{3}}(?P<u>[ -])\d{{6}}(?P=u)\d{{4}}|\d{{{CARD_DIGITS},19}}){_END}"
)
_ACCOUNT = re.compile(r"(?<![\w-])[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}")
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


MAY_HOLD = "|".join(  # every text with personal data matches; polars can run it too, and quickly
    (
        "@",
        rf"(?:^|\D)[2-6]\d{{{CARD_DIGITS - 1}}}",
        r"\d{4}[ -]\d{4}[ -]\d{4}|3\d{3}[ -]\d{6}",
        r"[A-Z]{2}\d\d ?[A-Z0-9]",
        r"\+\d|\(\d{3,6}\)|\d{3}[-.]\d{3}[-.]\d{4}",
        r"(?:^|[^\d.,/#+-])0(?:0 [1-9]|0[1-9]\d{0,11}[ ./()-]|[1-9]\d{0,4}[ ./-])",
        rf"(?i:{_PHONE_WORDS})[^\d]*\d",
    )
)


def passages(text: str) -> Iterator[Passage]:
    """The personal data in a text, in no order. Two passages may overlap."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Passage(EMAIL, *match.span())
    if sum(map(str.isdigit, text)) < FEWEST_DIGITS:
        return
    for match in _CARD.finditer(text):
        if is_card(match[0]):
            yield Passage(CARD, *match.span())
    yield from _accounts(text)
    yield from _phones(text)


def hide(text: str) -> str:
    """The text with its personal data as [email], [phone], [card] or [iban]."""
    shown, start = [], 0
    for found in sorted(passages(text), key=lambda each: each.start):
        if found.start >= start:
            shown += [text[start : found.start], f"[{found.kind}]"]
            start = found.stop
    return "".join([*shown, text[start:]]) if shown else text


def _phones(text: str) -> Iterator[Passage]:
    for pattern in _PHONES:
        for match in pattern.finditer(text):
            start, number = match.start(), match[0]
            is_bare = number.startswith("00") and number.isdigit()  # as an id filled with zeros
            is_other = _DATE.fullmatch(number) or _OTHER_NUMBER.search(text[max(0, start - 24) : start])
            if not is_bare and not is_other:
                yield Passage(PHONE, *match.span())
    for match in _SAID_PHONE.finditer(text):
        number = match["number"]
        digits = sum(map(str.isdigit, number))
        is_count = number.isdigit() and digits < 9 and number[0] != "0"  # mobile 1500000
        if FEWEST_DIGITS <= digits <= 15 and not (
            is_count or _DATE.match(number) or _THOUSANDS.fullmatch(number)
        ):
            yield Passage(PHONE, *match.span("number"))


def _accounts(text: str) -> Iterator[Passage]:
    for match in _ACCOUNT.finditer(text):
        stops = [match.start() + place for place, sign in enumerate(match[0], 1) if sign != " "]
        length = IBAN_LENGTHS.get(match[0][:2], 0)
        if 0 < length <= len(stops) and is_iban(text[match.start() : stops[length - 1]]):
            yield Passage(IBAN, match.start(), stops[length - 1])


def cards_like(text: str) -> Iterator[str]:
    """The numbers in a text that have the shape of a card, whatever their check digit is."""
    return (match[0] for match in _CARD.finditer(text) if has_shape_of_card(match[0]))


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
    if not has_shape_of_card(text):
        return False
    bare = _digits(text)
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(bare))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def has_shape_of_card(text: str) -> bool:
    """Whether a number has the first digits and the length of a brand of cards."""
    bare = _digits(text)
    if not (CARD_DIGITS <= len(bare) <= 19 and bare.isascii() and bare.isdigit()) or len(set(bare)) == 1:
        return False
    two, four = int(bare[:2]), int(bare[:4])
    if bare[0] == "4":
        return len(bare) in (16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return len(bare) == 16
    if two in (34, 37):
        return len(bare) == 15
    if four == 6011 or two == 65 or 644 <= int(bare[:3]) <= 649 or 3528 <= four <= 3589:
        return len(bare) in (16, 19)
    return (two in (36, 38, 39) or 300 <= int(bare[:3]) <= 305) and len(bare) == 14


def _digits(text: str) -> str:
    return re.sub(r"(?<=\d)[ -](?=\d)", "", text)
