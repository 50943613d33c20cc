"""Parses JSON Lines into texts: nested objects get dotted names, numbers keep their digits."""

from __future__ import annotations

import json
from typing import Any

from churnkit.errors import quote

NESTING = 100  # most levels of a JSON value


class _Number(str):
    """A number as it was written, such as 1e5 or 17850.0, with all its digits."""

    __slots__ = ()


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_no_constant)
_CELL_DECODER = json.JSONDecoder(
    parse_int=_Number, parse_float=_Number, parse_constant=_Number
)  # NaN: a text


def record(line: str) -> dict[str, str | None]:
    """One line as column → text, None for null and empty text; of a key that appears twice, the last.

    Raises ValueError with the reason.
    """
    try:
        value = _decode(_DECODER, line)
    except json.JSONDecodeError as error:
        if line.strip() in ("{", "["):
            raise ValueError("JSON over several lines; write one object per line: jq -c .") from None
        raise ValueError(
            f"not JSON ({error.msg} at character {error.pos + 1}); is the line cut off?"
        ) from None
    if isinstance(value, list):
        raise ValueError("a JSON array; write one object per line: jq -c '.[]'")
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    flat: dict[str, str | None] = {}
    _flatten(value, "", flat, 1)
    return flat


def elements(text: str, column: str) -> list[dict[str, str | None]]:
    """The elements of a JSON array, each as column → text, None for null and empty text.

    An object has a column `column.key` per key, any other element the column itself. Raises ValueError with
    the reason.
    """
    try:
        values = _decode(_CELL_DECODER, text)
    except json.JSONDecodeError:
        values = None
    if not isinstance(values, list):
        way_out = f"SQL writes one with to_json({column}), Python with json.dumps"
        raise ValueError(f"{quote(text)} is not a JSON array; {way_out}")
    found = []
    for value in values:
        flat: dict[str, str | None] = {}
        _flatten({column: value}, "", flat, 1)
        found.append(flat)
    return found


def _decode(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except RecursionError:
        raise ValueError(f"nested deeper than {NESTING} levels") from None


def _flatten(value: dict[str, Any], before: str, flat: dict[str, str | None], depth: int) -> None:
    if depth > NESTING:
        raise ValueError(f"nested deeper than {NESTING} levels")
    for key, item in value.items():
        name = before + key
        if isinstance(item, dict):
            _flatten(item, f"{name}.", flat, depth + 1)
        elif name in flat:
            raise ValueError(f"the column {quote(name)} appears twice")
        else:
            flat[name] = _text(item, name)


def _text(value: Any, name: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = _json(value) if isinstance(value, list) else str(value)
    if not (text.isascii() and name.isascii()) and _has_surrogate(text + name):
        raise ValueError(f"column {quote(name)}: half a surrogate pair is not valid Unicode")
    return text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _json(value: Any) -> str:
    """A value as JSON text, each number as it was written."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    if isinstance(value, dict):
        items = (f"{json.dumps(k, ensure_ascii=False)}:{_json(v)}" for k, v in value.items())
        return f"{{{','.join(items)}}}"
    return json.dumps(value, ensure_ascii=False)
