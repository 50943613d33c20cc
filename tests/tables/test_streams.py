"""All bytes are read, however the stream is cut and whatever a read returns."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import messages
from churnkit.errors import ChurnkitError, EmptyInputError
from churnkit.tables import compression, formats, records, stand_ins, streams
from tests.packed import PACKERS


@given(st.binary(min_size=1, max_size=50))
def test_uncompressed_bytes_are_not_changed(data: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    magics = [*compression.COMPRESSIONS, b"\xef\xbb\xbf"]
    if not any(data.startswith(magic) for magic in magics) and not stand_ins.stand_in(data, True):
        assert b"".join(streams.read(f"/dev/fd/{reader}")) == data
    os.close(reader)


def test_text_is_converted_to_utf_8_even_if_a_piece_ends_inside_a_character(tmp_path: Path) -> None:
    text = "naïve, 購入 €\n" * 1_000
    path = tmp_path / "t"
    path.write_bytes(text.encode("utf-16"))
    assert b"".join(streams.read(str(path), 7, "utf-16")).decode() == text
    with pytest.raises(ChurnkitError, match="unknown encoding 'klingon'"):
        list(streams.read(str(path), encoding="klingon"))


TABLE = b"id,x\n" + b"".join(b'%d,"a\nb"\n' % row for row in range(2_000))


@pytest.mark.parametrize("pack", [bytes, *PACKERS.values()], ids=["plain", *PACKERS])
def test_a_short_or_failed_read_at_any_place_loses_no_bytes(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "in"
    path.write_bytes(pack(TABLE))
    for fault in (1, OSError(errno.EIO, os.strerror(errno.EIO))):
        for k in range(1, 1_000):
            calls = 0

            def read_some(descriptor: int, size: int, fault: int | OSError = fault, k: int = k) -> bytes:
                nonlocal calls
                calls += 1
                if calls == k and isinstance(fault, OSError):
                    raise fault
                return os.read(descriptor, fault if calls == k and isinstance(fault, int) else size)

            got, error = _records(streams.read(str(path), 1_000, patience=0, read_some=read_some))
            if error:
                assert error == f"{path}: Input/output error"
                assert (calls, isinstance(fault, OSError)) == (k, True)
                assert TABLE.startswith(got)
            else:
                assert got == TABLE
            if calls < k:
                break
        else:
            raise AssertionError("never without a fault")


def _records(pieces: Iterator[bytes]) -> tuple[bytes, str]:
    """The records until the end or until an error, and its message."""
    got: list[bytes] = []
    try:
        got.extend(block.data for block in records.cut_blocks(pieces, formats.Layout("csv", b","), "in"))
    except ChurnkitError as error:
        return b"".join(got), str(error)
    return b"".join(got), ""


@given(st.lists(st.integers(0, 300), min_size=1, max_size=200), st.integers(0, 3))
def test_each_piece_of_a_plain_file_ends_with_the_last_line_end_that_fits(
    sizes: list[int], long: int
) -> None:
    lines = [b"a" * size + b"\n" for size in sizes]
    data = b"".join([*lines[:50], b"b" * streams.NEAR_END * long, *lines[50:]])
    piece = 2 * streams.NEAR_END + 1
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        pieces = list(streams.read(file.name, piece))
    assert b"".join(pieces) == data
    place = 0
    for size in map(len, pieces[:-1]):
        place += size
        limit = -(-place // piece) * piece
        end = data.rfind(b"\n", limit - streams.NEAR_END, limit) + 1
        assert place == (end or limit)


@pytest.mark.parametrize(
    ("encoding", "is_by_byte"),
    [("utf-8", True), ("latin-1", True), ("cp1252", True), ("utf-16", False), ("shift_jis", False)],
)
def test_encodings_with_one_byte_per_character_can_be_cut(encoding: str, is_by_byte: bool) -> None:
    assert streams.is_by_byte(encoding) is is_by_byte


@pytest.mark.parametrize("path", ["s3://bucket/events.parquet", "https://example.com/events.csv"])
def test_an_address_is_no_file_and_the_topic_says_who_fetches_it(path: str) -> None:
    with pytest.raises(ChurnkitError, match=f"{path}: churnkit opens no network connection; .* help pipes"):
        streams.check_readable([path])


@pytest.mark.parametrize(
    ("encoding", "data", "number"),
    [
        ("latin-1", "5 € “x”, Straße".encode("cp1252"), 3),
        ("ISO-8859-15", b"\x80", 1),
        ("latin-1", "Straße".encode("latin-1"), 0),
        ("cp1252", "5 €".encode("cp1252"), 0),
        ("utf-8", "5 €".encode(), 0),
        ("cp1251", "Да".encode("cp1251"), 0),
    ],
)
def test_windows_text_that_is_read_as_latin_1_is_told(
    tmp_path: Path, encoding: str, data: bytes, number: int
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data * 2)
    assert b"".join(streams.read(str(path), 4, encoding)).decode() == (data * 2).decode(encoding)
    notes = [note for note in messages.records()[1] if note["code"] == "control-characters"]
    assert [note["count"] for note in notes] == [2 * number] * (number > 0)
    assert all("--encoding cp1252" in str(note["text"]) for note in notes)


def test_an_empty_standard_input_after_a_model_says_that_the_table_is_missing() -> None:
    with pytest.raises(ChurnkitError) as error, streams.table_after("m.json", "MODEL", ()) as paths:
        raise EmptyInputError(paths[0])
    assert str(error.value) == (
        "m.json is the MODEL, so the table is missing: name its FILE too, or pipe rows in (standard input is empty)"
    )
    with pytest.raises(ChurnkitError, match=r"^x\.csv is empty$"), streams.table_after("m", "MODEL", ()):
        raise EmptyInputError("x.csv")
    with (
        pytest.raises(ChurnkitError, match=r"^x\.csv is empty$"),
        streams.table_after("m", "MODEL", ["x.csv"]),
    ):
        raise EmptyInputError("x.csv")


@pytest.mark.parametrize("pack", [bytes, *PACKERS.values()], ids=["plain", *PACKERS])
def test_without_patience_pieces_do_not_depend_on_how_many_bytes_a_read_returns(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "in"
    path.write_bytes(pack(TABLE))
    asked = 0

    def read_some(descriptor: int, size: int) -> bytes:
        nonlocal asked
        asked += 1
        return os.read(descriptor, min(size, 1 + asked % 300))

    whole = list(streams.read(str(path), 1_000, patience=None))
    assert list(streams.read(str(path), 1_000, patience=None, read_some=read_some)) == whole
    assert pack is not bytes or {len(piece) for piece in whole[:-1]} == {1_000}
