"""All members of compressed data are unpacked, and damaged data is an error."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import compression, streams
from tests.packed import PACKERS, zstd

NOISE = os.urandom(1_200_000)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_all_members_are_unpacked_in_order(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(pack(b"x" * 5_000_000) + pack(NOISE) + pack(b"end\n"))
    assert b"".join(streams.read(str(path), 4096)) == b"x" * 5_000_000 + NOISE + b"end\n"


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("cut", [-1, -9, 30, 6])
def test_incomplete_data_is_an_error(pack: Callable[[bytes], bytes], cut: int, tmp_path: Path) -> None:
    path = tmp_path / "torn"
    path.write_bytes(pack(NOISE[:100_000])[:cut])
    with pytest.raises(ChurnkitError, match="torn"):
        list(streams.read(str(path)))


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_one_flipped_bit_is_an_error(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
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


@given(
    st.sampled_from(sorted(PACKERS)),
    st.lists(st.binary(max_size=40), min_size=1, max_size=4),
    st.integers(0, 9),
    st.integers(1, 50),
)
def test_members_and_padding_are_unpacked_wherever_the_stream_is_cut(
    name: str, members: list[bytes], zeros: int, size: int
) -> None:
    packed = b"".join(PACKERS[name](member) for member in members) + bytes(zeros)
    magic, row = next(item for item in compression.COMPRESSIONS.items() if packed.startswith(item[0]))
    pieces = (packed[at : at + size] for at in range(0, len(packed), size))
    assert b"".join(compression.unpack(pieces, magic, row[1], "the bytes")) == b"".join(members)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_other_bytes_after_the_last_member_are_an_error(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"x")
    magic, row = next(item for item in compression.COMPRESSIONS.items() if packed.startswith(item[0]))
    with pytest.raises(ChurnkitError, match="followed by other bytes"):
        list(compression.unpack(iter([packed + b"id,x"]), magic, row[1], "the bytes"))
