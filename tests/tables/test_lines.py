"""Lines that are counted first and read by their numbers are those of the file."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np  # noqa: F401  # count_in_steps looks whether it is loaded
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import lines

LINES = st.lists(st.sampled_from([b"", b"a", b"a,b", b"\r", b"x" * 30, b"y" * 5_000]), max_size=30)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hypothesis does not allow a fixture per test: each example writes the file anew."""
    return tmp_path_factory.mktemp("lines") / "t.csv"


@given(LINES, st.booleans(), st.sets(st.integers(0, 29)))
def test_the_wanted_lines_are_those_of_the_file(
    path: Path, texts: list[bytes], is_ended: bool, wanted: set[int]
) -> None:
    data = b"\n".join(texts) + (b"\n" if texts and is_ended else b"")
    path.write_bytes(data)
    expected = [line + b"\n" for line in data.removesuffix(b"\n").split(b"\n")] if data else []
    found = lines.count_lines(str(path), are_quotes_plain=False)
    assert found is not None
    assert found.count == len(expected)
    numbers = sorted(number for number in wanted if number < len(expected))
    assert list(found.read(numbers)) == [expected[number] for number in numbers]


@given(st.binary(max_size=40).map(lambda part: part * 200), st.sampled_from([1 << 10, 1 << 11, 1 << 13]))
def test_line_ends_are_counted_alike_with_and_without_numpy(data: bytes, step: int) -> None:
    data = data.replace(b"a", b"\n")
    counts = [data.count(b"\n", at, at + step) for at in range(0, len(data), step)]
    assert list(lines.count_in_steps(data, step)) == counts
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "numpy")
        assert list(lines.count_in_steps(data, step)) == counts


@pytest.mark.parametrize("byte", [b"\n", b"x"], ids=["line ends", "none"])
def test_eight_bytes_counted_at_once_do_not_overflow(byte: bytes) -> None:
    data = byte * 5_000
    assert sum(lines.count_in_steps(data, 1 << 12)) == data.count(b"\n")


def test_a_mark_in_front_of_the_first_line_is_no_part_of_it(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfa\nb\n")
    found = lines.count_lines(str(path), are_quotes_plain=True)
    assert found is not None
    assert list(found.read([0, 1])) == [b"a\n", b"b\n"]


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"a\n"), b'a,"b"\n', b"x" * (lines.IN_CACHE + 1) + b"\n"],
    ids=["compressed", "quotes", "a long line"],
)
def test_lines_that_may_be_no_rows_are_not_counted(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert lines.count_lines(str(path), are_quotes_plain=False) is None


def test_quotes_in_json_lines_are_plain(path: Path) -> None:
    path.write_bytes(b'{"a": 1}\n')
    found = lines.count_lines(str(path), are_quotes_plain=True)
    assert found is not None
    assert list(found.read([0])) == [b'{"a": 1}\n']


@pytest.mark.parametrize("left", [b"", b"a\nb", b"a\n"])
def test_a_file_that_was_cut_while_it_was_read_is_an_error(path: Path, left: bytes) -> None:
    path.write_bytes(b"a\nb\nc\n")
    found = lines.count_lines(str(path), are_quotes_plain=False)
    assert found is not None
    path.write_bytes(left)
    with pytest.raises(ChurnkitError, match=r"t\.csv was changed while it was read"):
        list(found.read([2]))


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ChurnkitError, match="No such file"):
        lines.count_lines(str(tmp_path / "no.csv"), are_quotes_plain=False)
