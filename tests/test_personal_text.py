"""E-mail addresses, phones, cards and accounts are found inside sentences, and other numbers are left alone."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.personal_text import CARD, EMAIL, IBAN, MAY_HOLD, PHONE, hide, is_card, is_iban, passages

WITH_ONE = {  # sentence with the personal data in curly brackets → its kind
    EMAIL: [
        "please write to {anna.schmidt@example.com}, thanks",
        "mail: <{o'brien+x@mail.example.co.uk}>.",
        "{müller@exämple.de} hat angerufen",
        "old address ({a_b-c%d@sub.example.museum}) no longer works",
    ],
    PHONE: [
        "call me at {415-555-2671} tomorrow",
        "{(415) 555-2671} is my office, {1-800-555-0199} the hotline",
        "ring {+49 170 1234567}!",
        "{+33 6 12 34 56 78} svp",
        "from {+44 (0)20 7946 0958} at noon",
        "{+12125551234} is new",
        "{+39 06 1234 5678}",
        "{+351 912 345 678}",
        "{+7 495 123-45-67}",
        "{0049 170 1234567} or {00 49 30 1234567}",
        "tel. {030 1234567}",
        "Tel: {030/1234567}",
        "bin unter {0170 1234567} erreichbar",
        "rufen Sie mich an unter {01701234567}",
        "appelez-moi au {06 12 34 56 78}",
        "mon portable : {0612345678}",
        "mi móvil es {612 345 678}",
        "llámame al {612345678}",
        "{020 7946 0958} after six",
        "phone number: {5551234567}",
    ],
    CARD: [
        "my card {4111 1111 1111 1111} was charged twice",
        "card={5500-0000-0000-0004}; exp 12/27",
        "amex {3782 822463 10005}, diners {3056 930902 5904}",
        "{4111111111111111} 12/27 123",
    ],
    IBAN: [
        "bitte an {DE89 3704 0044 0532 0130 00} zahlen",
        "{GB82WEST12345698765432} THANKS",
        "IBAN {MT84MALT011000012345MTLCAST001S}.",
    ],
}
WITHOUT = [
    "order no. 415-555-2671", "Bestellnummer 0171 1234567", "ticket #415-555-2671", "order 302-5558888-1234567",
    "EAN 4006381333931", "4006381333931", "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "tracking 1Z999AA10123456784",
    "2024-05-01T10:00:00+02:00", "2024-05-01 10:00:00 +0100", "20240501123000", "1717200000000", "1717200000000000",
    "call on 2024-05-01", "call on 01.02.2024 at 10:30", "call on 20240501", "from 2024-05-01 to 2024-06-01",
    "12/2024 34567", "paid 1.234.567,89 EUR", "+1.234.567,89 EUR", "+12,345,678 points", "+1500000 this month",
    "mobile 1500000 impressions", "mobile 1.500.000", "1 234 567 890 views", "price 19.99", "temp -12.5 +13.7",
    "ip 192.168.100.200", "10.0.0.1:8080", "2001:db8::1", "version 10.15.7.1234", "v2.10.3456", "section 3.4.5.6",
    "GPS +48.8566, +2.3522", "48.137154,11.575382", "+40.20361-075.00417/", "0.4111111111111111",
    "550e8400-e29b-41d4-a716-446655440000", "3f786850e387550fdab836ed7e6dc881de23001b", "error 0x80070057",
    "logo@2x.png", "git@github.com:org/repo.git", "@anna said hi", "a @ b . com", "5 @ 2.99",
    "DE12345678901234567890", "DE89370400440532013001", "GB29 NWBK 6016 1331 9268 18",
    "0000123456", "00123456789012", "0012-3456-789", "lines 10-20, 30-40, 50-60", "room 0815 4711",
    "size 200 300 4000", "42 42 42 42 42", "invoice 2024/0012345", "telemetry 12345678", "4111111111111112",
    "6304000000000000000", "RFC 2616 and RFC 7231, 2023-2024-2025", "acct 123456789012", "",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "sentence"), [(kind, sentence) for kind in WITH_ONE for sentence in WITH_ONE[kind]]
)
def test_personal_data_in_a_sentence_is_found_and_nothing_else_is_hidden(kind: str, sentence: str) -> None:
    parts = sentence.replace("}", "{").split("{")
    text = "".join(parts)
    assert {passage.kind for passage in passages(text)} == {kind}
    assert hide(text) == "".join(f"[{kind}]" if place % 2 else part for place, part in enumerate(parts))


@pytest.mark.parametrize("text", WITHOUT)
def test_other_numbers_and_signs_are_no_personal_data(text: str) -> None:
    assert list(passages(text)) == []


@pytest.mark.parametrize(
    ("matches", "text", "so"),
    [
        (is_iban, "DE89 3704 0044 0532 0130 00", True),
        (is_iban, "DE89370400440532013001", False),
        (is_iban, "XX89370400440532013000", False),
        (is_card, "4111 1111 1111 1111", True),
        (is_card, "378282246310005", True),
        (is_card, "4111111111111112", False),
        (is_card, "1717200000000", False),
        (is_card, "0000000000000000", False),
    ],
)  # fmt: skip
def test_check_digits_tell_numbers_apart(matches, text: str, so: bool) -> None:  # type: ignore[no-untyped-def]
    assert matches(text) is so


def test_no_number_of_an_article_is_a_card() -> None:
    rng = random.Random(1)
    for _ in range(2_000):
        digits = [rng.randrange(10) for _ in range(12)]
        check = -sum(d * (1 + 2 * (place % 2)) for place, d in enumerate(digits)) % 10  # GS1: weights 1 and 3
        ean = "".join(map(str, [*digits, check]))
        assert not is_card(ean)
        assert CARD not in {p.kind for p in passages(f"article {ean}")}


@pytest.mark.parametrize("sentence", [each for sentences in WITH_ONE.values() for each in sentences])
def test_every_text_with_personal_data_is_a_suspect(sentence: str) -> None:
    parts = sentence.replace("}", "{").split("{")
    for text in ("".join(parts), *parts[1::2]):
        assert pl.Series([text]).str.contains(MAY_HOLD)[0] or not list(passages(text))


@given(
    st.lists(st.sampled_from(["tel ", "+", "0049", "0170", "415", "-", "(", ")", " ", "/", ".", "1234", "5"]))
)
def test_no_text_of_numbers_escapes_as_unsuspected(parts: list[str]) -> None:
    text = "".join(parts)
    assert pl.Series([text]).str.contains(MAY_HOLD)[0] or not list(passages(text))


@given(st.text(alphabet="ab1 +0-@./(", max_size=60))
def test_what_is_hidden_is_hidden_once_for_all(text: str) -> None:
    assert hide(hide(text)) == hide(text)
    assert hide(text) == text or list(passages(text))
