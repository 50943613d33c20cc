"""Personal data is found by strict rules, without false alarms on other columns."""

from __future__ import annotations

import random

import pytest

from churnkit.profiling.personal_data import (
    find_personal_data,
    is_card,
    is_email,
    is_iban,
    is_ip,
    is_national_id,
    is_phone,
)
from churnkit.tables import types

RNG = random.Random(7)


@pytest.mark.parametrize(
    ("matches", "text", "so"),
    [
        (is_email, "ann.o'hara+x@mail.example.co.uk", True),
        (is_email, "ann@localhost", False),
        (is_email, "see ann@example.com", False),
        (is_phone, "+49 30 1234567", True),
        (is_phone, "(030) 123-4567", True),
        (is_phone, "555-123-4567", True),
        (is_phone, "2024-05-01", False),
        (is_phone, "5551234567", False),
        (is_phone, "12.50", False),
        (is_iban, "DE89 3704 0044 0532 0130 00", True),
        (is_iban, "GB82WEST12345698765432", True),
        (is_iban, "DE89370400440532013001", False),
        (is_iban, "XX89370400440532013000", False),
        (is_card, "4111 1111 1111 1111", True),
        (is_card, "378282246310005", True),
        (is_card, "4111111111111112", False),
        (is_card, "1717200000000", False),
        (is_card, "0000000000000000", False),
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
    ],
)  # fmt: skip
def test_a_column_is_flagged_by_its_values_or_its_name(
    name: str, kind: str, sample: list[str], found: str | None
) -> None:
    result = find_personal_data(name, kind, sample, len(sample), len(sample))
    assert (result.kind if result else None) == found
