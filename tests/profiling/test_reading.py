"""FILEs as one profile, however the stream is cut, and a target that is neither yes nor no."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from churnkit import cli
from churnkit.errors import ChurnkitError
from churnkit.profiling import profile, reading
from churnkit.profiling.reading import read_profile
from churnkit.tables.table import Reading


@pytest.mark.parametrize("piece", [300, 5_000, 1 << 20])
def test_the_profile_of_a_stream_is_the_same_however_it_is_cut(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{i * 7919 % 1_000},{i / 7}\n" for i in range(3_000)))
    monkeypatch.setattr(profile, "MOST_COUNTED", 200)
    monkeypatch.setattr(reading, "PART_ROWS", 700)
    whole = read_profile([str(path)], Reading(), None, None, False)
    monkeypatch.setattr(reading, "BLOCK_BYTES", piece)
    assert read_profile([str(path)], Reading(), None, None, False) == whole


def test_several_files_are_one_table(tmp_path: Path) -> None:
    one, other = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text("a,b\n1,x\n")
    other.write_text("b,a\ny,2\n")
    records = {r["column"]: r for r in read_profile([str(one), str(other)], Reading(), None, None, False)}
    assert (records["a"]["min"], records["a"]["max"], records["b"]["max"]) == (1, 2, "y")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "lef"], "did you mean 'left'"),
        (["--target", "left"], ":3: column 'left': 'maybe'"),
        (["--target", "left", "--positive", "perhaps"], "'perhaps' (--positive)"),
    ],
)
def test_an_ambiguous_target_is_refused(
    words: list[str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,left\n1,yes\n2,maybe\n")
    assert cli.run(["profile", *words, str(path)]) == 2
    told = capfd.readouterr()
    assert said in told.err
    assert told.out == ""
    assert io.StringIO(told.err).readlines() == [told.err]


def test_a_header_without_rows_has_a_record_per_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    records = read_profile([str(tmp_path / "t.csv")], Reading(), None, None, False)
    assert [(record["column"], record["rows"]) for record in records] == [("a", 0), ("b", 0), (None, 0)]


def test_a_bad_target_in_a_later_part_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PART_CELLS", 1)
    (tmp_path / "t.csv").write_text("left\n" + "1\n0\n" * 400 + "maybe\n")
    with pytest.raises(ChurnkitError, match=r"t\.csv:802: column 'left': 'maybe'"):
        read_profile([str(tmp_path / "t.csv")], Reading(), "left", None, False)
