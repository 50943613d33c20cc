"""Rules cut into tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.checks.rule_tokens import RuleError, tokens
from tests.texts import ANY_CHARACTER


def test_a_line_is_cut_into_words_times_numbers_texts_and_signs() -> None:
    found = tokens("\"a b\" >= 2024-09-01T10:00Z - 30d and x != 'it''s' # 5%")
    assert [(t.kind, t.text) for t in found] == [
        ("column", "a b"), ("sign", ">="), ("time", "2024-09-01T10:00Z"), ("sign", "-"), ("duration", "30d"),
        ("word", "and"), ("word", "x"), ("sign", "!="), ("text", "it's"), ("end", ""),
    ]  # fmt: skip


@given(st.text(ANY_CHARACTER, max_size=30))
def test_any_line_is_cut_or_refused_at_a_place_in_it(line: str) -> None:
    try:
        found = tokens(line)
    except RuleError as error:
        found, at = [], error.at
    else:
        assert found[-1].kind == "end"
        at = 0
    assert 0 <= at <= len(line)
    assert all(line[t.at :].startswith(t.text[:1]) or t.kind in ("column", "text") for t in found)


@pytest.mark.parametrize(("line", "at"), [("a = 'x", 4), ("a ~ 3", 2), ("a = 3x", 4)])
def test_what_begins_no_token_is_told_with_its_place(line: str, at: int) -> None:
    with pytest.raises(RuleError) as told:
        tokens(line)
    assert told.value.at == at
