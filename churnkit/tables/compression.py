"""Compressed bytes, unpacked as they flow: COMPRESSIONS has a row for each kind."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from churnkit.errors import ChurnkitError, visible

PIECE = 1 << 20  # bytes that are unpacked at a time


class Unpacker(Protocol):
    """What bz2, lzma and zstd offer alike."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib in the manner of the other three."""

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
    """Every member (frame, stream) in turn; zeros behind the last one are padding."""
    machine: Unpacker | None = None
    held = b""  # the start of a next member that may not be whole yet
    for piece in pieces:
        data = held + piece
        held = b""
        while True:
            if machine is None:
                data = data.lstrip(b"\0")
                if len(data) < len(magic) and magic.startswith(data):
                    held = data
                    break
                if not data.startswith(magic):
                    raise ChurnkitError(f"{what} is followed by other bytes")
                machine = unpacker()
            try:
                out = machine.decompress(data, PIECE)
            except Exception as error:  # each library has an error of its own, zstd's by two names
                raise ChurnkitError(f"{what} is corrupt ({visible(str(error))})") from None
            if out:
                yield out
            data = b""
            if machine.eof:
                data, machine = machine.unused_data, None
            elif machine.needs_input:
                break
    if machine is not None:
        raise ChurnkitError(f"{what} is incomplete: the file ends too early")
    if held:
        raise ChurnkitError(f"{what} is followed by other bytes")
