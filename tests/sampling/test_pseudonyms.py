"""Ids are replaced by tokens with a secret key; all other bytes stay the same."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from churnkit.sampling import pseudonyms
from tests.sampled import TABLES, fields, sampled, written


@given(TABLES, st.sampled_from(",;"))
def test_only_the_values_are_replaced_by_tokens(
    path: str, rows: list[tuple[str, str, str]], separator: str
) -> None:
    data = written(rows, separator)
    found = fields(sampled(path, data, pseudonymize=("customer_id", "y"), key=b"secret"), separator)[1:]
    token = lambda text: pseudonyms.token(b"secret", text.encode()) if text else ""  # noqa: E731
    assert found == [[x, token(i), token(y)] for x, i, y in rows]


def test_the_bytes_around_a_token_stay(path: str) -> None:
    data = b'x,customer_id,y\r\n "1" ,"a""b", 2\r\n"l\n2",a,"q"\n'
    found = sampled(path, data, pseudonymize=("customer_id",), key=b"k")
    one, two = (pseudonyms.token(b"k", i).encode() for i in (b'a"b', b"a"))
    assert found == b'x,customer_id,y\r\n "1" ,%b, 2\r\n"l\n2",%b,"q"\n' % (one, two)


def test_json_lines_keep_their_bytes_around_a_token(path: str) -> None:
    data = b'{ "plan" : {"id": 1e5, "n": [1, {"id": 3}]}, "customer_id":"a\\u0062","x":"customer_id" }\n{"customer_id":null}\n{"customer_id":12345678901234567890123,"plan":{}}\n'
    found = sampled(path, data, pseudonymize=("customer_id", "plan.id"), key=b"k")
    t = lambda text: pseudonyms.token(b"k", text).encode()  # noqa: E731
    assert found == (
        b'{ "plan" : {"id": "%b", "n": [1, {"id": 3}]}, "customer_id":"%b","x":"customer_id" }\n{"customer_id":null}\n'
        b'{"customer_id":"%b","plan":{}}\n' % (t(b"1e5"), t(b"ab"), t(b"12345678901234567890123"))
    )


@given(st.binary(min_size=1), st.binary())
def test_a_token_is_the_hmac_of_the_standard_library(key: bytes, text: bytes) -> None:
    assert pseudonyms.token(key, text) == hmac.new(key, text, hashlib.sha256).hexdigest()
