"""Which files of a folder are looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from churnkit.catalog.folders import changed_at, walk
from churnkit.errors import ChurnkitError


def test_a_folder_is_walked_without_hidden_files_and_links_that_lead_back(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv.gz", "n.md", ".hidden.csv", "sub/c.jsonl", ".git/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "same.csv").symlink_to("b.csv")
    (tmp_path / "zz.csv").symlink_to("nowhere")
    found = walk([str(tmp_path)])
    assert [os.path.relpath(file.path, tmp_path) for file in found.files] == [
        "a.csv.gz",
        "b.csv",
        "sub/c.jsonl",
    ]
    assert [os.path.relpath(path, tmp_path) for path in found.others] == ["n.md"]
    assert [os.path.relpath(path, tmp_path) for path in found.unread] == ["zz.csv"]


def test_a_file_that_the_user_names_is_a_table_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "table").write_text("x\n")
    assert [file.is_named for file in walk([str(tmp_path / "table")]).files] == [True]
    with pytest.raises(ChurnkitError, match="No such file"):
        walk([str(tmp_path / "nothing")])


def test_the_time_of_change_is_that_of_the_latest_file(tmp_path: Path) -> None:
    for name, moment in (("a.csv", 1), ("b.csv", 2)):
        (tmp_path / name).write_text("x\n")
        os.utime(tmp_path / name, ns=(0, moment * 10**9 + 5_000))
    assert changed_at(walk([str(tmp_path)]).files) == "1970-01-01T00:00:02.000005Z"
