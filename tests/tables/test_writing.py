"""Output is complete: whole lines per write, and complete files or none."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import formats, writing


@given(
    st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b"") + b"\n"), max_size=30),
    st.integers(20, 80),
)
def test_parts_are_whole_lines_up_to_the_limit(lines: list[bytes], limit: int) -> None:
    data = b"".join(lines)
    parts = [data[start:end] for start, end in writing._parts(data, limit)]
    assert b"".join(parts) == data
    for part in parts:
        assert not data or part.endswith(b"\n")
        assert len(part) <= limit or part.count(b"\n") == 1 or b'"' in part


@given(st.lists(st.text('"a,', max_size=9), max_size=30), st.integers(20, 80))
def test_json_lines_are_cut_at_newlines_whatever_is_in_quotes(texts: list[str], limit: int) -> None:
    data = "".join(f"{text}\n" for text in texts).encode()
    parts = [data[start:end] for start, end in writing._parts(data, limit, writing._JSON_LINES)]
    assert b"".join(parts) == data
    assert all(part.endswith(b"\n") and len(part) <= limit for part in parts if part)


def _fail_halfway(path: Path) -> None:
    with writing.open_output(str(path), "csv") as output:
        output.bytes(b"new\n")
        raise ZeroDivisionError


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        _fail_halfway(path)
    assert path.read_text() == "old"
    with writing.open_output(str(path), "csv") as output:
        output.bytes(b"new\n")
        assert path.read_text() == "old"
    assert path.read_text() == "new\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to("real")
    with writing.open_output(str(link), "csv") as output:
        output.bytes(b"new\n")
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new\n", 0o640)


@pytest.mark.parametrize("place", ["nowhere/out.csv", "."])
def test_an_output_that_cannot_be_written_is_an_error_before_reading(place: str, tmp_path: Path) -> None:
    with pytest.raises(ChurnkitError), writing.open_output(str(tmp_path / place), "csv"):
        raise AssertionError("opened")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_what_is_written_reads_back(suffix: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a,1", 'q"', "l\nf", "é\t"], "x": [0.1, 1e300, None, -2.5]})
    path = tmp_path / f"t.{suffix}"
    with writing.open_output(str(path), suffix) as output:
        output.frame(frame[:2])
        output.frame(frame[2:])
    again = {
        "csv": pl.read_csv,
        "tsv": lambda p: pl.read_csv(p, separator="\t"),
        "jsonl": pl.read_ndjson,
        "parquet": pl.read_parquet,
    }[suffix](path)
    assert again.equals(frame)


def test_the_ending_of_the_file_decides_unless_the_user_gives_a_format() -> None:
    allowed = ["csv", "jsonl", "parquet"]
    assert formats.choose_format(None, "x.jsonl", allowed, "csv") == "jsonl"
    assert formats.choose_format("csv", "x.jsonl", allowed, "jsonl") == "csv"
    assert formats.choose_format(None, "x.svg", allowed, "csv") == "csv"
    with pytest.raises(ChurnkitError, match="Parquet"):
        formats.choose_format("parquet", None, allowed, "csv")


class _Faulty:
    """os.write that collects the bytes, and fails or writes only a part at call k."""

    def __init__(self, k: int, fault: int | OSError) -> None:
        self.taken, self._left, self._fault = b"", k, fault

    def __call__(self, descriptor: int, data: memoryview) -> int:
        self._left -= 1
        if self._left == 0 and isinstance(self._fault, OSError):
            raise self._fault
        part = data[: self._fault] if self._left == 0 and isinstance(self._fault, int) else data
        self.taken += part
        return len(part)


LINES = [b"%d," % number + b"x" * (number % 90) + b"\n" for number in range(1_000)]


@pytest.mark.parametrize("fault", [1, 7, BlockingIOError()], ids=["one byte", "seven bytes", "would block"])
def test_a_partial_write_at_any_place_is_continued(fault: int | OSError) -> None:
    for k in range(1, 1_000):
        write = _Faulty(k, fault)
        file = writing._StandardOutput(write)
        for start in range(0, len(LINES), 300):
            file.write(b"".join(LINES[start : start + 300]))
        assert write.taken == b"".join(LINES)
        if write._left > 0:
            return
    raise AssertionError("never without a fault")


@pytest.mark.parametrize("kind", [errno.ENOSPC, errno.EIO, errno.EPIPE])
def test_a_failed_write_at_any_place_stops_at_whole_lines(kind: int) -> None:
    for k in range(1, 1_000):
        write = _Faulty(k, OSError(kind, os.strerror(kind)))
        failed = _errno(writing._StandardOutput(write))
        assert failed == (kind if write._left <= 0 else 0)
        assert write.taken == b"".join(LINES[: write.taken.count(b"\n")])
        if write._left > 0:
            return
    raise AssertionError("never without a fault")


def _errno(file: writing._StandardOutput) -> int:
    """The error number of writing the lines; 0 without an error."""
    try:
        for start in range(0, len(LINES), 300):
            file.write(b"".join(LINES[start : start + 300]))
    except OSError as error:
        return error.errno or -1
    return 0


@pytest.mark.skipif(not os.path.isdir(writing.OPEN_FILES), reason="this system names no open files")
def test_a_crash_leaves_no_incomplete_file(tmp_path: Path) -> None:
    script = (
        "import os; from churnkit.tables import writing\n"
        "with writing.open_output('out.csv', 'csv') as output:\n"
        "    output.bytes(b'x' * 1_000_000); os.abort()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert done.returncode < 0
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_file_with_a_name_is_removed_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "OPEN_FILES", str(tmp_path / "none"))
    path = tmp_path / "out.csv"
    with pytest.raises(ZeroDivisionError):
        _fail_halfway(path)
    assert list(tmp_path.iterdir()) == []
    with writing.open_output(str(path), "csv") as output:
        output.bytes(b"new\n")
        assert [file.suffix for file in tmp_path.iterdir()] == [".part"]
    assert [(file, file.read_text()) for file in tmp_path.iterdir()] == [(path, "new\n")]


@pytest.mark.parametrize(
    ("option", "columns", "width"),
    [(60, "120", 60), (None, "120", 120), (None, "", None), (None, "many", None), (None, "0", None)],
)
def test_text_is_as_wide_as_the_user_says_or_columns(
    option: int | None, columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    place = writing.Destination("out.txt", "text", True, ("text", "jsonl"), "jsonl", True, option)
    assert place.text_width == width
