"""Which columns of a Parquet file are UUIDs, intervals and maps, from the schema in the file's footer.

Polars shows a UUID as bytes and refuses a whole file for one interval, so the footer is read here: Thrift's
compact protocol, of which only numbers, texts, lists and structs occur.
Source: parquet.thrift of apache/parquet-format; Thrift compact protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

UUID, INTERVAL, MAP = "UUID", "INTERVAL", "MAP"
MAGIC = b"PAR1"
MOST_FOOTER = 256 << 20  # bytes
_SCHEMA, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 2, 4, 5, 6, 10  # numbers of the fields in parquet.thrift
_GROUPS, _GROUP_ROWS, _PAIRS, _KEY, _WORD = 4, 3, 5, 1, 2
_COLUMNS, _META, _TYPE, _PATH, _STATISTICS, _LARGEST, _LEAST = 1, 3, 1, 3, 12, 5, 6
_INT64, _INTERVAL = 2, 21
_CONVERTED_TYPES = {1: MAP, 2: MAP, _INTERVAL: INTERVAL}
_LOGICAL_TYPES = {2: MAP, 14: UUID}


@dataclass(frozen=True)
class ParquetSchema:
    """columns: top-level column → UUID, INTERVAL or MAP, also of a part of a nested column. patches: place in
    the file → byte, with which an interval is read as bytes. groups: the number of rows of each row group.
    words: what the writer says about the file, key → text. ends: column of times or whole numbers → the least
    and the largest of them, if the writer says it."""

    columns: dict[str, str]
    patches: dict[int, int]
    groups: list[int]
    words: dict[str, str]
    ends: dict[str, tuple[int, int]]


def read_schema(file: BinaryIO) -> ParquetSchema:
    """What is special in a Parquet file. Raises ValueError if it has no readable footer."""
    size = file.seek(0, 2)
    if size < 12:
        raise ValueError("too short")
    file.seek(size - 8)
    end = file.read(8)
    length = int.from_bytes(end[:4], "little")
    if end[4:] != MAGIC or length > min(size - 8, MOST_FOOTER):
        raise ValueError("no footer")
    file.seek(size - 8 - length)
    thrift = _Thrift(file.read(length))
    try:
        columns = _special_columns(thrift.struct(_SCHEMA))
        patches = dict(thrift.patches)  # of the schema alone: elsewhere the same numbers mean other things
        more = thrift.struct(_PAIRS, _SCHEMA)
        groups = [int(group[_GROUP_ROWS]) for group in more[_GROUPS]]
        ends = _ends(more[_GROUPS])
        words = {_text(pair[_KEY]): _text(pair.get(_WORD, b"")) for pair in more.get(_PAIRS, [])}
    except (IndexError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("a broken footer") from None
    return ParquetSchema(
        columns, {size - 8 - length + at: byte for at, byte in patches.items()}, groups, words, ends
    )


def _ends(groups: list[dict[int, Any]]) -> dict[str, tuple[int, int]]:
    """Column → the least and the largest of its 64-bit numbers, where all row groups say them."""
    found: dict[str, list[tuple[int, int]]] = {}
    for chunk in (chunk for group in groups for chunk in group[_COLUMNS]):
        meta = chunk[_META]
        ends = [meta.get(_STATISTICS, {}).get(number, b"") for number in (_LEAST, _LARGEST)]
        if meta[_TYPE] == _INT64 and len(meta[_PATH]) == 1 and all(len(end) == 8 for end in ends):
            least, largest = (int.from_bytes(end, "little", signed=True) for end in ends)
            found.setdefault(_text(meta[_PATH][0]), []).append((least, largest))
    return {
        name: (min(least for least, _ in ends), max(largest for _, largest in ends))
        for name, ends in found.items()
        if len(ends) == len(groups)
    }


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _special_columns(footer: dict[int, Any]) -> dict[str, str]:
    elements = footer[_SCHEMA]
    found: dict[str, str] = {}
    place = 1
    for _ in range(int(elements[0].get(_CHILDREN, 0))):
        name, place, kinds = _column(elements, place)
        if kinds:
            found[name] = kinds[0]
    return found


def _column(elements: list[dict[int, Any]], place: int) -> tuple[str, int, list[str]]:
    """The name of the column at a place, the place behind it, and what is special about it and its parts."""
    element = elements[place]
    kinds = [kind] if (kind := _kind(element)) else []
    place += 1
    for _ in range(int(element.get(_CHILDREN, 0))):
        _, place, more = _column(elements, place)
        kinds += more
    return _text(element[_NAME]), place, kinds


def _kind(element: dict[int, Any]) -> str | None:
    logical = element.get(_LOGICAL)
    if isinstance(logical, dict) and (known := _LOGICAL_TYPES.keys() & logical.keys()):
        return _LOGICAL_TYPES[known.pop()]
    return _CONVERTED_TYPES.get(element.get(_CONVERTED, -1))


class _Thrift:
    """A reader of the compact protocol."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self.patches: dict[int, int] = {}

    def struct(self, last: int = 1 << 15, number: int = 0) -> dict[int, Any]:
        """Number → value of the fields of a struct, from behind a field up to the field `last`."""
        fields: dict[int, Any] = {}
        while number < last and (head := self._byte()):
            start = self._at - 1
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = self._value(head & 15)
            if number == _CONVERTED and fields[number] == _INTERVAL and head >> 4:
                self._hide(start)
        return fields

    def _hide(self, start: int) -> None:
        """Makes the annotation a scale (the next field), which bytes do without; numbers are relative."""
        following = self._data[self._at]
        if self._data[start] >> 4 < 15 and (following == 0 or following >> 4 > 1):
            self.patches[start] = self._data[start] + 16
            self.patches[self._at] = max(0, following - 16)

    def _value(self, kind: int) -> Any:
        if kind in (1, 2):  # true, false: the value is in the type
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return self._bytes(8)
        if kind == 8:
            return self._bytes(self._unsigned())
        if kind in (9, 10):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._unsigned()
            if size > len(self._data):
                raise ValueError("a broken list")
            return [self._item(head & 15) for _ in range(size)]
        if kind == 12:
            return self.struct()
        raise ValueError(f"type {kind}")

    def _item(self, kind: int) -> Any:
        return self._byte() == 1 if kind in (1, 2) else self._value(kind)

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        if self._at > len(self._data):
            raise ValueError("a broken text")
        return self._data[self._at - size : self._at]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
