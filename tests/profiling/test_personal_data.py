"""Personal data is found by strict rules, without false alarms on other columns."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.profiling.personal_data import RULES, find_personal_data, is_ip, is_national_id, is_phone
from churnkit.tables import types

RNG = random.Random(7)
NOTES = [f"refund {number} days after the order" for number in range(99)]
LONG_NUMBERS = [RNG.randrange(40 * 10**14, 60 * 10**14) for _ in range(400)]  # many have the shape of a card


@pytest.mark.parametrize(
    ("matches", "text", "so"),
    [
        (is_phone, "+49 30 1234567", True),
        (is_phone, "(030) 123-4567", True),
        (is_phone, "555-123-4567", True),
        (is_phone, "2024-05-01", False),
        (is_phone, "5551234567", False),
        (is_phone, "12.50", False),
        (is_ip, "192.168.0.1", True),
        (is_ip, "2001:db8::1", True),
        (is_ip, "1.2.3", False),
        (is_ip, "300.1.1.1", False),
        (is_ip, "12:30", False),
        (is_national_id, "123-45-6789", True),
        (is_national_id, "000-45-6789", False),
        (is_national_id, "AB123456C", True),
        (is_national_id, "12345678Z", True),
        (is_national_id, "12345678A", False),
        (is_national_id, "X1234567L", True),
        (is_national_id, "255081416802538", True),
        (is_national_id, "255081416802539", False),
    ],
)  # fmt: skip
def test_a_rule_matches_only_its_values(matches, text: str, so: bool) -> None:  # type: ignore[no-untyped-def]
    assert matches(text) is so


@pytest.mark.parametrize(
    ("name", "kind", "sample", "found"),
    [
        ("contact", types.TEXT, [f"c{i}@example.com" for i in range(50)] + ["none"] * 50, "email"),
        ("contact", types.TEXT, ["a@example.com"] + ["none"] * 200, None),
        ("n", types.INTEGER, [str(RNG.randrange(10**15, 10**16)) for _ in range(500)], None),
        ("t", types.INTEGER, [str(1_717_200_000_000 + RNG.randrange(10**10)) for _ in range(500)], None),
        ("id", types.INTEGER, [str(4_000_000_000_000 + i) for i in range(500)], None),
        ("day", types.TIMESTAMP, [f"2024-05-{i:02d}" for i in range(1, 29)], None),
        ("price", types.FLOAT, [f"{i}.99" for i in range(100)], None),
        ("firstName", types.TEXT, [f"n{i}" for i in range(100)], "name"),
        ("Surname", types.TEXT, [f"n{i}" for i in range(100)], "name"),
        ("Zip Code", types.INTEGER, [str(90_000 + i) for i in range(100)], "address"),
        ("PhoneService", types.TEXT, [f"n{i}" for i in range(100)], None),
        ("feature_name", types.TEXT, [f"n{i}" for i in range(100)], None),
        ("NumberOfAddress", types.INTEGER, [str(i) for i in range(100)], None),
        ("CityTier", types.INTEGER, ["1", "2", "3"], None),
        ("email", types.TEXT, ["yes", "no"], None),
        ("shipment", types.TEXT, [f"n{i}" for i in range(100)], None),
        ("note", types.TEXT, ["please mail ann@example.com", *NOTES], "email"),
        ("note", types.TEXT, ["my number is +49 170 1234567", *NOTES], "phone"),
        ("note", types.TEXT, ["my card 4111 1111 1111 1111 fails", *NOTES], "card"),
        ("note", types.TEXT, ["pay DE89370400440532013000", *NOTES], "iban"),
        ("note", types.TEXT, ["please mail ann@example.com", *NOTES[:98]], "email"),
        ("note", types.TEXT, ["please mail ann@example.com", *NOTES, "two more", "and another"], None),
        ("note", types.TEXT, [f"order {number} is late" for number in LONG_NUMBERS], None),
        ("note", types.TEXT, ["x" * 9_000 + " regards ann@example.com " + "x" * 1_000], "email"),
        ("ref", types.TEXT, [str(number) for number in LONG_NUMBERS], None),
        ("ref", types.INTEGER, [str(number) for number in LONG_NUMBERS], None),
        ("ref", types.INTEGER, ["4111111111111111", "17"], None),
        ("pan", types.INTEGER, ["4111111111111111", "5500000000000004", "4012888888881881", "17"], "card"),
        ("ean", types.INTEGER, [f"{400_000_000_000_0 + 7 * i}" for i in range(3_000)], None),
    ],
)  # fmt: skip
def test_a_column_is_flagged_by_its_values_or_its_name(
    name: str, kind: str, sample: list[str], found: str | None
) -> None:
    result = find_personal_data(name, kind, sample, len(sample), len(sample))
    assert (result.kind if result else None) == found


def test_a_value_that_stands_in_many_rows_counts_in_each_of_them() -> None:
    sample = ["write to ann@example.com", *(f"note {number}" for number in range(300))]
    assert find_personal_data("note", types.TEXT, sample, len(sample), 30_000) is None
    found = find_personal_data("note", types.TEXT, sample, len(sample), 30_000, [(sample[0], 600)])
    assert found == ("email", 0.02)


@pytest.mark.parametrize("kind", RULES)
@given(number=st.integers(0, 10**10))
def test_every_value_that_a_rule_matches_is_found_quickly(kind: str, number: int) -> None:
    digits = f"{number:010d}"
    shapes = {
        "national id": (
            f"{digits[:3]}-{digits[3:5]}-{digits[5:9]}", f"AB{digits[:6]}C", f"AB {digits[:2]} {digits[2:4]} 12 D",
            f"{digits[:8]}Z", f"X{digits[:7]}-L", f"2550814168{digits[:5]}", "2 55 08 14 168 025 38",
        ),
        "ip": (f"{number % 256}.1.2.3", f"{digits[:4]}::1", f"::{digits[:2]}"),
        "phone": (f"+{digits}", f"({digits[:3]}) {digits[3:6]}-{digits[6:]}", f"0{digits[:3]}-{digits[3:6]}-{digits[6:]}"),
    }[kind]  # fmt: skip
    rule = RULES[kind]
    texts = pl.Series([text for text in shapes if rule.matches(text)], dtype=pl.String)
    assert texts.str.contains(rule.quick).all()
