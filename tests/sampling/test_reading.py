"""The FILEs of a sample: encodings, names, and equal headers."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from churnkit.errors import ChurnkitError
from churnkit.sampling.reading import SampleInput, read_ids, sample
from churnkit.sampling.rows import SampleChoice
from tests.sampled import sampled


def test_an_old_encoding_gives_the_same_customers_as_utf_8_and_keeps_its_bytes(path: str) -> None:
    text = "x,customer_id,y\n" + "".join(f"1,caf\xe9{i},\xfc\n" for i in range(200))
    plain = sampled(path, text.encode(), by="customer_id", rate=0.5, shard=(1, 2))
    latin = sampled(
        path, text.encode("latin-1"), source={"encoding": "latin-1"}, by="customer_id", rate=0.5, shard=(1, 2)
    )
    assert latin.decode("latin-1") == plain.decode()
    wide = sampled(
        path, text.encode("utf-16"), source={"encoding": "utf-16"}, by="customer_id", rate=0.5, shard=(1, 2)
    )
    assert wide == plain
    keys = {"pseudonymize": ("customer_id",), "key": b"k"}
    assert (
        sampled(path, text.encode("latin-1"), source={"encoding": "latin-1"}, **keys).decode("latin-1")
        == sampled(path, text.encode(), **keys).decode()
    )


def test_a_file_without_a_header_can_be_given_names(path: str) -> None:
    data = b"1,a,2\n1,b,2\n"
    found = sampled(path, data, source={"names": ("x", "customer_id", "y")}, by="customer_id", size=1)
    assert found in (b"1,a,2\n", b"1,b,2\n")


def _files(folder: Path, *texts: str) -> SampleInput:
    paths = [folder / f"{place}.csv" for place in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return SampleInput([str(path) for path in paths])


def test_several_files_are_one_table_under_one_header(tmp_path: Path) -> None:
    source = _files(tmp_path, "id,x\na,1\n", "id,x\nb,2", "id,x\n")
    assert b"".join(sample(source, SampleChoice(), header=True)) == b"id,x\na,1\nb,2\n"
    assert b"".join(sample(source, SampleChoice(), header=False)) == b"a,1\nb,2\n"


def test_files_with_different_headers_are_refused_before_a_row_is_written(tmp_path: Path) -> None:
    rows = sample(_files(tmp_path, "id,x\na,1\n", "id,y\nb,2\n"), SampleChoice(), header=True)
    with pytest.raises(ChurnkitError, match=r"1\.csv"):
        next(rows)


def test_parquet_is_sampled_as_the_csv_that_polars_writes(tmp_path: Path) -> None:
    table = pl.DataFrame({"customer_id": ["00123", 'q"', "c,d"], "x": [1.5, None, -2.0]})
    table.write_parquet(tmp_path / "t.parquet")
    found = sample(SampleInput([str(tmp_path / "t.parquet")]), SampleChoice(by="customer_id"), header=True)
    assert b"".join(found) == table.write_csv().encode()


@pytest.mark.parametrize(
    ("data", "encoding", "ids"),
    [
        (b"00123\n q\n\n00123\n", None, {"00123", " q"}),
        (b"\xef\xbb\xbfcustomer_id\r\nc,d\r\n", None, {"c,d"}),
        (b"a\ncustomer_id", None, {"a", "customer_id"}),
        (b"caf\xe9\n", "latin-1", {"caf\xe9"}),
        (gzip.compress(b"a\nb\n"), None, {"a", "b"}),
    ],
    ids=["plain", "header", "no header", "latin-1", "gzip"],
)
def test_ids_are_read_one_per_line(tmp_path: Path, data: bytes, encoding: str | None, ids: set[str]) -> None:
    (tmp_path / "forget.txt").write_bytes(data)
    found = read_ids(str(tmp_path / "forget.txt"), "customer_id", encoding).ids
    assert found == {one.encode() for one in ids}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "has no ids"),
        (b"\n\n", "has no ids"),
        (b"customer_id\n", "has no ids"),
        (b"\xe9\n", "not UTF-8"),
    ],
)
def test_a_list_without_ids_is_an_error(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "forget.txt").write_bytes(data)
    with pytest.raises(ChurnkitError, match=rf"forget\.txt.*{why}"):
        read_ids(str(tmp_path / "forget.txt"), "customer_id", None)
