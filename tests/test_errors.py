"""Values in a message are visible and short."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import SHOWN, quote, schema_words, visible
from tests.texts import ANY_CHARACTER


@given(st.text(ANY_CHARACTER))
def test_any_value_is_shown_as_one_printable_line(text: str) -> None:
    assert visible(text).isprintable()
    assert quote(text).isprintable()
    assert len(quote(text)) <= SHOWN + 3


def test_a_printable_value_is_not_changed() -> None:
    assert quote("12,50") == "'12,50'"
    assert visible("a\x1b[31m\n") == r"a\x1b[31m\n"


def test_personal_data_in_a_value_are_hidden_in_a_message() -> None:
    assert quote("ann@example.com") == "'[email]'"
    assert quote("call +49 170 1234567 " + "please " * 20).startswith("'call [phone] please")
    assert quote("x" * 55 + " ann@example.com") == f"'{'x' * 55} [ema…'"


class _Inner(msgspec.Struct):
    a: Annotated[int, msgspec.Meta(ge=0)] = 0
    b: float | None = None
    c: Literal["x", "y"] = "x"
    d: Annotated[list[str], msgspec.Meta(min_length=1)] = []
    e: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.b == self.a:
            raise ValueError("a and b are equal")


class _Outer(msgspec.Struct):
    inner: list[_Inner]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"inner":[{"a":"1"}]}', "inner[0].a: should be a whole number, not text"),
        ('{"inner":[{"a":1.5}]}', "inner[0].a: should be a whole number, not a decimal number"),
        ('{"inner":[{"a":-1}]}', "inner[0].a: should be a whole number >= 0"),
        ('{"inner":[{"b":true}]}', "inner[0].b: should be a number or null, not true or false"),
        ('{"inner":[{}, {"b":1e400}]}', "inner[1].b: is out of range"),
        ('{"inner":[{"c":"z"}]}', "inner[0].c: 'z' is not an allowed value"),
        ('{"inner":[{"c":"\\u001b"}]}', "inner[0].c: '\\x1b' is not an allowed value"),
        ('{"inner":[{"d":[]}]}', "inner[0].d: should be a list of length >= 1"),
        ('{"inner":[{"e":{"k":null}}]}', "inner[0].e[...]: should be a whole number, not null"),
        ('{"inner":[{"b":0}]}', "inner[0]: a and b are equal"),
        ("{}", "has no 'inner'"),
        ("[]", "should be an object, not a list"),
    ],
)
def test_json_of_the_wrong_type_is_described_in_plain_words(text: str, words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(text, type=_Outer)
    assert schema_words(error.value) == words


def test_a_long_value_is_cut() -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode('{"inner":[{"c":"%s"}]}' % ("z" * 10_000), type=_Outer)
    assert len(schema_words(error.value)) < 120


def test_other_errors_are_not_changed() -> None:
    assert schema_words(ValueError("node 3 of the trees is odd")) == "node 3 of the trees is odd"
