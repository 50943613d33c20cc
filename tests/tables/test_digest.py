"""A digest is that of the whole FILE, however its pieces are added."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import digest


@given(st.lists(st.binary(max_size=20), max_size=12))
def test_a_digest_is_that_of_all_bytes_whichever_of_their_pieces_are_large(pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "LARGE_PIECE", 10)
        found = digest.Digest()
        for piece in pieces:
            found.add(piece)
        assert (found.size, found.sha256) == (
            sum(map(len, pieces)),
            hashlib.sha256(b"".join(pieces)).hexdigest(),
        )
