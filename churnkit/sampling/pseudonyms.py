"""Replaces values of records by tokens; all other bytes stay the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]

from churnkit.tables import formats, jsonl, records
from churnkit.tables.formats import Layout

Tokens = Callable[[bytes], str]
BLANKS = " \t\r\n"


def replace_values(
    record: bytes, layout: Layout, names: Sequence[str], columns: Sequence[str], encoding: str, token: Tokens
) -> bytes:
    """A record with the values of these columns replaced; an empty value stays empty.

    token: the token of a value (as UTF-8). Raises IndexError if the record is too short, ValueError if a
    value is not valid text or the record is not JSON.
    """
    if layout.format == formats.JSONL:
        return _in_json(record, set(columns), encoding, token)
    bare = record.removesuffix(b"\r")
    spans = records.field_spans(bare, layout)
    out, before = [], 0
    for start, end in sorted(spans[names.index(column)] for column in columns):
        value = records.unquote(bare[start:end])
        new_value = token(value.decode(encoding).encode()).encode() if value else bare[start:end]
        out += [bare[before:start], new_value]
        before = end
    return b"".join([*out, record[before:]])


def _in_json(record: bytes, columns: set[str], encoding: str, token: Tokens) -> bytes:
    text = record.decode(encoding)
    values = jsonl.record(text)
    out, before = [], 0
    for name, start, end in _spans(text, text.index("{"), ""):
        value = values.get(name)
        if name in columns and value is not None:
            out += [text[before:start], f'"{token(value.encode())}"']
            before = end
    return "".join([*out, text[before:]]).encode(encoding)


def _spans(text: str, brace: int, before: str) -> list[tuple[str, int, int]]:
    """Name, start and end of each value of the object at a brace; nested values have dotted names."""
    spans: list[tuple[str, int, int]] = []
    at = _skip_blanks(text, brace + 1)
    while text[at] != "}":
        key, at = scanstring(text, _skip_blanks(text, at + (text[at] == ",")) + 1, True)
        start = _skip_blanks(text, _skip_blanks(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        if text[start] == "{":
            spans += _spans(text, start, f"{before}{key}.")
        else:
            spans.append((before + key, start, end))
        at = _skip_blanks(text, end)
    return spans


_DECODER = JSONDecoder()


def _skip_blanks(text: str, at: int) -> int:
    while text[at] in BLANKS:
        at += 1
    return at


def token(key: bytes, text: bytes) -> str:
    """64 hexadecimal digits for a text (as UTF-8), which reveal nothing about it without the key.

    Source: Krawczyk, Bellare, Canetti (1997), HMAC: keyed-hashing for message authentication; SHA-256.
    """
    import hmac

    return hmac.digest(key, text, "sha256").hex()
