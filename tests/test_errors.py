"""Values in a message are visible and short."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import SHOWN, quote, visible


@given(st.text())
def test_whatever_a_value_holds_its_message_is_one_printable_line(text: str) -> None:
    assert visible(text).isprintable()
    assert quote(text).isprintable()
    assert len(quote(text)) <= SHOWN + 3


def test_a_printable_value_stands_as_it_is() -> None:
    assert quote("12,50") == "'12,50'"
    assert visible("a\x1b[31m\n") == r"a\x1b[31m\n"
