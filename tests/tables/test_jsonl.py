"""A JSON line as texts: the values of the json module, flattened, with numbers as written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import jsonl
from tests.texts import ANY_CHARACTER

KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), max_size=4)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = PLAIN | st.text(ANY_CHARACTER, max_size=6) | st.lists(st.integers(), max_size=3)
OBJECTS = st.dictionaries(
    KEYS, st.recursive(LEAVES, lambda v: st.dictionaries(KEYS, v, max_size=3)), max_size=4
)


def _flat(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        found.update(_flat(item, f"{before}{key}.") if isinstance(item, dict) else {before + key: item})
    return found


def _same(text: str | None, value: Any) -> bool:
    if value is None or value == "":
        return text is None
    if isinstance(value, str):
        return text == value
    return json.loads(text or "") == value


@given(OBJECTS, st.booleans())
def test_a_line_is_what_the_json_module_reads(value: dict[str, Any], ascii_: bool) -> None:
    found = jsonl.record(json.dumps(value, ensure_ascii=ascii_))
    flat = _flat(value)
    assert found.keys() == flat.keys()
    assert [name for name, text in found.items() if not _same(text, flat[name])] == []


@pytest.mark.parametrize("number", ["1e5", "17850.0", "12345678901234567890123", "-0", "1.10"])
def test_a_number_keeps_its_digits(number: str) -> None:
    assert jsonl.record(f'{{"x": {number}, "l": [{number}]}}') == {"x": number, "l": f"[{number}]"}


def test_the_last_of_two_equal_keys_counts_but_two_keys_for_one_column_are_refused() -> None:
    assert jsonl.record('{"a": 1, "a": 2}') == {"a": "2"}
    with pytest.raises(ValueError, match=r"'a\.b' appears twice"):
        jsonl.record('{"a.b": 1, "a": {"b": 2}}')


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "jq -c"),
        ('[{"a": 1}]', "jq -c"),
        ("3", "not a JSON object"),
        ('{"a": 1', "not JSON"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": "\\ud800"}', "'a': half a surrogate pair"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested deeper than 100 levels"),
    ],
    ids=["over several lines", "array", "number", "torn", "not a number", "half a pair", "deep"],
)
def test_a_line_that_is_not_an_object_is_refused(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        jsonl.record(line)
