"""Unpacks compressed streams: COMPRESSIONS has one row per compression."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from churnkit.errors import ChurnkitError, visible

PIECE = 1 << 20  # bytes unpacked at a time


class Unpacker(Protocol):
    """The common interface of bz2, lzma and zstd."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib with the same interface as the other three."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self._waiting = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._zlib.decompress(self._waiting + data, max_length)
        self._waiting = self._zlib.unconsumed_tail
        self.needs_input = not self._waiting and len(out) < max_length
        return out


def _bzip2() -> Unpacker:
    import bz2

    return bz2.BZ2Decompressor()


def _xz() -> Unpacker:
    import lzma

    return lzma.LZMADecompressor()


def _zstd() -> Unpacker:
    try:
        from compression import zstd
    except ImportError:
        from backports import zstd
    unpacker: Unpacker = zstd.ZstdDecompressor()
    return unpacker


COMPRESSIONS: dict[bytes, tuple[str, Callable[[], Unpacker]]] = {
    b"\x1f\x8b": ("gzip", _Gzip),
    b"BZh": ("bzip2", _bzip2),
    b"\xfd7zXZ\x00": ("xz", _xz),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}


def unpack(
    pieces: Iterator[bytes], magic: bytes, unpacker: Callable[[], Unpacker], what: str
) -> Iterator[bytes]:
    """The unpacked bytes of all members (frames, streams) in order; zeros after the last one are padding."""
    member: Unpacker | None = None
    incomplete = b""  # a possible start of the next member
    for piece in pieces:
        data = incomplete + piece
        incomplete = b""
        while True:
            if member is None:
                data = data.lstrip(b"\0")
                if len(data) < len(magic) and magic.startswith(data):
                    incomplete = data
                    break
                if not data.startswith(magic):
                    raise ChurnkitError(f"{what} is followed by other bytes")
                member = unpacker()
            try:
                out = member.decompress(data, PIECE)
            except Exception as error:  # each library has its own error class, zstd has two
                raise ChurnkitError(f"{what} is corrupt ({visible(str(error))})") from None
            if out:
                yield out
            data = b""
            if member.eof:
                data, member = member.unused_data, None
            elif member.needs_input:
                break
    if member is not None:
        raise ChurnkitError(f"{what} is incomplete: the file ends too early")
    if incomplete:
        raise ChurnkitError(f"{what} is followed by other bytes")
