"""Size and SHA-256 of a FILE."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from churnkit.tables import streams

LARGE_PIECE = 1 << 20  # bytes; a smaller one is not worth a thread


@dataclass
class Digest:
    """Size and SHA-256 of the bytes of a FILE. A large piece is added in a thread while it is used."""

    size: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    _pool: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1))
    _latest: Future[None] | None = None

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._wait()  # so that no more than one piece is held
        if len(piece) < LARGE_PIECE:
            self._hash.update(piece)
        else:
            self._latest = self._pool.submit(self._hash.update, piece)

    @property
    def sha256(self) -> str:
        self._wait()
        return self._hash.hexdigest()

    def _wait(self) -> None:
        if self._latest is not None:
            self._latest.result()
            self._latest = None


def digest_file(path: str) -> Digest:
    """Size and SHA-256 of the unpacked bytes of a FILE."""
    digest = Digest()
    for piece in streams.read(path):
        digest.add(piece)
    return digest
