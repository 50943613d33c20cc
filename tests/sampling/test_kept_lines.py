"""A large input gives the same bytes as the same lines read one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.sampling import by_column, kept_lines
from churnkit.sampling.by_column import LeftOut
from churnkit.sampling.column_bytes import SkippedLines
from churnkit.sampling.rows import SampleChoice, sample_rows
from churnkit.tables.formats import CSV, Layout
from churnkit.tables.records import Block, RecordStream, cut_blocks

IDS = st.sampled_from(
    [
        b"",
        b"a",
        b"b",
        b"ab",
        b"a\0",
        b"a" * 8,
        b"a" * 9,
        b"c" * 63,
        b"c" * 65,
        "é".encode(),
        b"\xe9",
        b"00123",
    ]
)
FIELDS = st.sampled_from(
    [b"", b"x", b"1.5", b'"q"', b'"two\nlines"', b'"say ""a"""', b"\xff", b'5" pipe', b"y\r"]
)
LINES = st.one_of(
    st.tuples(IDS, FIELDS, FIELDS).map(b",".join),
    st.tuples(FIELDS, IDS, IDS).map(b",".join),
    st.sampled_from([b"", b"\r", b",,", b"id,x,y", b"a,1", b"a,1,2,3"]),
)
HEADER = b"id,x,y\n"


def _sampled(data: bytes, piece: int, choice: SampleChoice, encoding: str) -> tuple[bytes, str]:
    """What is written, and the error."""

    def parts() -> Iterator[RecordStream]:
        layout = Layout(CSV, b",")
        pieces = (data[start : start + piece] for start in range(0, len(data), piece))
        yield RecordStream("log.csv", layout, HEADER, cut_blocks(pieces, layout, "log.csv", 2))

    written: list[bytes] = []
    try:
        for part in sample_rows(parts(), choice, [], encoding, SkippedLines()):
            written.append(part)
    except ChurnkitError as error:
        return b"".join(written), str(error)
    return b"".join(written), ""


@given(
    st.lists(LINES, max_size=30),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.integers(1, 200),
    st.sampled_from(["id", "x", "y"]),
    st.sampled_from([(0.5, None), (1.0, (1, 2)), (0.9, (2, 3)), (0.0, None)]),
    st.sampled_from(["utf-8", "latin-1"]),
)
def test_lines_looked_up_at_once_are_those_read_one_by_one(
    lines: list[bytes], end: bytes, is_ended: bool, piece: int, by: str,
    share: tuple[float, tuple[int, int] | None], encoding: str,
) -> None:  # fmt: skip
    data = end.join(lines) + (end if is_ended else b"")
    rate, shard = share
    before = by_column.LARGE, kept_lines.MOST_IDS
    results = []
    for by_column.LARGE, kept_lines.MOST_IDS in ((1 << 40, 9), (-1, 1 << 19), (-1, 3)):
        choice = SampleChoice(rate=rate, by=by, shard=shard, left_out=LeftOut(frozenset([b"ab"])))
        results.append((*_sampled(data, piece, choice, encoding), choice.left_out.found))
    by_column.LARGE, kept_lines.MOST_IDS = before
    assert results[1] == results[0]
    assert results[2] == results[0]


def test_ids_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_lines, "_hash", lambda words: words[:, 0] * 0)
    monkeypatch.setattr(by_column, "LARGE", -1)
    data = b"".join(b"c%d,1,2\n" % number for number in range(40))
    written, _ = _sampled(data, 50, SampleChoice(rate=0.5, by="id"), "utf-8")
    monkeypatch.undo()
    assert written == _sampled(data, 50, SampleChoice(rate=0.5, by="id"), "utf-8")[0]


@given(st.lists(st.binary(max_size=12), min_size=1), st.floats(0, 1), st.integers(1, 9))
def test_customers_decided_together_are_decided_alike(ids: list[bytes], rate: float, shards: int) -> None:
    rule = by_column.ShareRule(rate, (shards, shards), 7, LeftOut(frozenset(ids[:2])))
    assert rule.keeps_each(ids) == [rule.keeps(customer) for customer in ids]


def test_a_block_of_plain_lines_is_cut_without_its_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_column, "LARGE", -1)
    monkeypatch.setattr("churnkit.sampling.column_bytes.KeyedRows.pieces_where", None)  # never needed
    block = Block(b"a,1,2\na,3,4\nb,1,2\n", 2)
    part = RecordStream("log.csv", Layout(CSV, b","), HEADER, iter([block]))
    kept = sample_rows(iter([part]), SampleChoice(rate=1, by="id"), [], "utf-8", SkippedLines())
    assert list(kept) == [block.data]
