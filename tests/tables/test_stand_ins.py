"""What is no table is named in one line, under any ending."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables import parquet, stand_ins
from churnkit.tables.records import open_records
from tests.packed import PACKERS

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 131072000\n"


def _zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "x,y\n1,2\n")
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("t.csv"))
    return buffer.getvalue()


OTHERS = {
    "lfs": (POINTER, "Git LFS pointer.*git lfs pull"),
    "annex": (b"/annex/objects/SHA256E-s1--0.csv\n", "git-annex pointer"),
    "page": (b"<!DOCTYPE html>\n<html><head></head></html>\n", "web page"),
    "page without a type": (b"\n  <html lang='en'>\n<head>\n", "web page"),
    "page below a comment": (b"<!-- saved -->\n<html>\n", "web page"),
    "xml": (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>\n', "is XML"),
    "address": (b"https://example.org/datasets/shop-log/data \n", "one address"),
    "bucket": (b"s3://bucket/key.csv", "one address"),
    "404": (b"404: Not Found", "404"),
    "xlsx": (_zip("[Content_Types].xml", "xl/workbook.xml"), r"Excel file.*\.xlsx"),
    "zip": (_zip("t.csv"), "unzip -p"),
    "tar": (_tar(), "tar archive"),
    "sqlite": (b"SQLite format 3\0" + bytes(84), "sqlite3 -csv"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_it_is_named_packed_or_not(name: str, tmp_path: Path) -> None:
    data, words = OTHERS[name]
    for pack in (bytes, *PACKERS.values()):
        path = tmp_path / "t.csv"
        path.write_bytes(pack(data))
        with pytest.raises(ChurnkitError, match=rf"t\.csv .*{words}"):
            open_records(str(path))


@pytest.mark.parametrize("name", ["lfs", "page", "zip"])
def test_it_is_named_under_the_ending_of_parquet(name: str, tmp_path: Path) -> None:
    data, words = OTHERS[name]
    path = tmp_path / "t.parquet"
    path.write_bytes(data)
    with pytest.raises(ChurnkitError, match=words):
        parquet.open_table(str(path))


@pytest.mark.parametrize(
    "data",
    [b"url\nhttps://example.org/a\n", b"https://example.org,x\n1,2\n", b"html\n1\n", b"version,x\n1,2\n", b"html,body\n1,2\n"],
)  # fmt: skip
def test_a_table_is_none_of_these(data: bytes, tmp_path: Path) -> None:
    assert stand_ins.stand_in(data, True) is None
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    assert open_records(str(path)).names == data.split(b"\n")[0].decode().split(",")
