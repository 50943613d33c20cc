"""sample, as it is typed."""

from __future__ import annotations

from pathlib import Path

from churnkit import cli


def test_a_rate_of_one_gives_the_same_bytes(tmp_path: Path) -> None:
    given, out = tmp_path / "a.csv", tmp_path / "b.csv"
    given.write_bytes(b'a,b\n"x\ny",1\n 5" w ,"2"\n')
    assert cli.run(["sample", "--rate", "1", "-o", str(out), str(given)]) == 0
    assert out.read_bytes() == given.read_bytes()


def test_n_gives_exactly_so_many_rows(tmp_path: Path) -> None:
    given, out = tmp_path / "a.csv", tmp_path / "b.csv"
    given.write_text("a\n" + "".join(f"{k}\n" for k in range(500)))
    assert cli.run(["sample", "-n", "7", "-o", str(out), str(given)]) == 0
    rows = out.read_text().split()[1:]
    assert len(rows) == 7
    assert rows == sorted(rows, key=int)
