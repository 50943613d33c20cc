"""Bytes come in whole, whatever packs them and however they are cut."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import compression, formats, records, streams

try:
    from compression import zstd  # type: ignore[import-not-found]
except ImportError:
    from backports import zstd

PACKERS = {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress}
NOISE = os.urandom(3_000_000)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_members_are_unpacked_one_after_the_other(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(pack(b"x" * 5_000_000) + pack(NOISE) + pack(b"end\n"))
    assert b"".join(streams.read(str(path), 4096)) == b"x" * 5_000_000 + NOISE + b"end\n"


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("cut", [-1, -9, 30, 6])
def test_torn_data_is_told(pack: Callable[[bytes], bytes], cut: int, tmp_path: Path) -> None:
    path = tmp_path / "torn"
    path.write_bytes(pack(NOISE[:100_000])[:cut])
    with pytest.raises(ChurnkitError, match="torn"):
        list(streams.read(str(path)))


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_one_flipped_bit_is_told(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    packed = bytearray(pack(NOISE[:100_000]))
    packed[50_000] ^= 1
    path = tmp_path / "flipped"
    path.write_bytes(packed)
    if pack is zstd.compress and b"".join(_read(path)) != NOISE[:100_000]:
        return  # its frames carry no checksum unless asked for: nothing could tell
    with pytest.raises(ChurnkitError, match=r"corrupt|torn|followed"):
        list(streams.read(str(path)))


def _read(path: Path) -> list[bytes]:
    try:
        return list(streams.read(str(path)))
    except ChurnkitError:
        return []


@given(st.binary(min_size=1, max_size=50))
def test_bytes_that_are_not_packed_pass_as_they_are(data: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    magics = [*compression.COMPRESSIONS, *streams.REFUSED, b"\xef\xbb\xbf"]
    if not any(data.startswith(magic) for magic in magics):
        assert b"".join(streams.read(f"/dev/fd/{reader}")) == data
    os.close(reader)


def test_an_encoding_is_turned_into_utf_8_also_where_a_piece_ends_in_a_character(tmp_path: Path) -> None:
    text = "naïve, 購入 €\n" * 1_000
    path = tmp_path / "t"
    path.write_bytes(text.encode("utf-16"))
    assert b"".join(streams.read(str(path), 7, "utf-16")).decode() == text
    with pytest.raises(ChurnkitError, match="no encoding 'klingon'"):
        list(streams.read(str(path), encoding="klingon"))


TABLE = b"id,x\n" + b"".join(b'%d,"a\nb"\n' % row for row in range(2_000))


@pytest.mark.parametrize("pack", [bytes, *PACKERS.values()], ids=["plain", *PACKERS])
def test_a_read_that_gives_less_or_fails_loses_nothing_wherever_it_comes(
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
    """The records until the end, or until an error, and its words."""
    got: list[bytes] = []
    try:
        got.extend(block.data for block in records.cut_blocks(pieces, formats.Layout("csv", b","), "in"))
    except ChurnkitError as error:
        return b"".join(got), str(error)
    return b"".join(got), ""
