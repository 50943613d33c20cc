"""Rows pass as they stand: whatever is written, sampled and put together again is the same bytes."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.sampling import by_column, drawing, pseudonyms, reading, rows
from churnkit.sampling.reading import SampleInput

FIELDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
IDS = st.sampled_from(["a", "b", "00123", 'q"', "c,d", "e\nf", "é", "", " g "])
TABLES = st.lists(st.tuples(FIELDS, IDS, FIELDS), max_size=40)


def _written(
    rows: list[tuple[str, str, str]], separator: str = ",", quoting: Any = csv.QUOTE_MINIMAL
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\n")
    writer.writerow(["x", "customer_id", "y"])
    writer.writerows(rows)
    return out.getvalue().encode()


def _read(data: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("passing") / "t.csv")


def _sampled(
    path: str, data: bytes, header: bool = True, source: dict[str, Any] | None = None, **choice: Any
) -> bytes:
    Path(path).write_bytes(data)
    chosen = rows.SampleChoice(**choice)
    return b"".join(reading.sample(SampleInput([path], **(source or {})), chosen, header=header))


@given(TABLES, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_rate_of_one_is_byte_identical_however_it_is_asked_for(
    path: str, rows: list[tuple[str, str, str]], separator: str, quoting: Any
) -> None:
    data = _written(rows, separator, quoting)
    size = len(rows)
    for choice in ({}, {"size": size}, {"by": "customer_id"}, {"by": "customer_id", "size": size},
                   {"stratify": "customer_id"}, {"stratify": "customer_id", "size": size}):  # fmt: skip
        assert _sampled(path, data, **choice) == data


@given(TABLES, st.integers(1, 5), st.integers(0, 9), st.floats(0, 1))
def test_shards_are_disjoint_and_complete_and_a_sample_has_shards_too(
    path: str, rows: list[tuple[str, str, str]], shards: int, seed: int, rate: float
) -> None:
    data = _written(rows)
    parts = [
        _read(_sampled(path, data, by="customer_id", rate=rate, seed=seed, shard=(k, shards)))[1:]
        for k in range(1, shards + 1)
    ]
    whole = _read(_sampled(path, data, by="customer_id", rate=rate, seed=seed))[1:]
    assert Counter(tuple(row) for part in parts for row in part) == Counter(map(tuple, whole))
    ids = [{row[1] for row in part} for part in parts]
    assert sum(len(some) for some in ids) == len({row[1] for row in whole})


@given(TABLES, st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_sample_of_customers_lies_inside_a_larger_one(
    path: str, rows: list[tuple[str, str, str]], one: float, other: float
) -> None:
    small, large = (
        {row[1] for row in _read(_sampled(path, _written(rows), by="customer_id", rate=rate))[1:]}
        for rate in sorted((one, other))
    )
    assert small <= large


@given(TABLES, st.integers(0, 12), st.integers(0, 9))
def test_exactly_n_customers_are_kept_with_all_their_rows_in_order(
    path: str, rows: list[tuple[str, str, str]], size: int, seed: int
) -> None:
    found = _read(_sampled(path, _written(rows), by="customer_id", size=size, seed=seed))[1:]
    kept = {row[1] for row in found}
    ids = {row[1] for row in rows}
    assert len(kept) == min(size, len(ids))
    assert found == [list(row) for row in rows if row[1] in kept]
    assert kept == set(sorted(ids, key=lambda i: drawing.hash_customer(i.encode(), seed)[0])[:size])


@given(TABLES, st.integers(0, 50), st.integers(0, 9))
def test_n_rows_keep_each_value_at_its_share(
    path: str, rows: list[tuple[str, str, str]], size: int, seed: int
) -> None:
    found = _read(_sampled(path, _written(rows), stratify="customer_id", size=size, seed=seed))[1:]
    counts = Counter(row[1] for row in rows)
    kept = Counter(row[1] for row in found)
    assert len(found) == min(size, len(rows))
    for value, rows_of in counts.items():
        assert abs(kept[value] - min(size, len(rows)) * rows_of / len(rows)) < 1


@given(TABLES, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 9))
def test_a_share_of_each_value_is_kept_and_of_all_together(
    path: str, rows: list[tuple[str, str, str]], rate: float, seed: int
) -> None:
    found = _read(_sampled(path, _written(rows), stratify="customer_id", rate=rate, seed=seed))[1:]
    counts = Counter(row[1] for row in rows)
    kept = Counter(row[1] for row in found)
    assert abs(len(found) - rate * len(rows)) <= 0.5
    for value, rows_of in counts.items():
        assert abs(kept[value] - rate * rows_of) < 1
    left = iter([list(row) for row in rows])
    assert all(row in left for row in found)  # in their order


@given(TABLES, st.floats(0.05, 0.95), st.integers(0, 9), st.integers(0, 30))
def test_rows_are_the_same_whether_they_are_looked_into_or_not(
    path: str, rows: list[tuple[str, str, str]], rate: float, seed: int, size: int
) -> None:
    data = _written(rows)
    for choice in ({"rate": rate}, {"size": size}):
        unseen = _read(_sampled(path, data, seed=seed, **choice))
        seen = _read(_sampled(path, data, seed=seed, pseudonymize=("y",), key=b"k", **choice))
        assert [row[:2] for row in unseen] == [row[:2] for row in seen]


@given(TABLES, st.sampled_from(",;"))
def test_tokens_take_the_place_of_values_and_nothing_else_changes(
    path: str, rows: list[tuple[str, str, str]], separator: str
) -> None:
    data = _written(rows, separator)
    found = _read(_sampled(path, data, pseudonymize=("customer_id", "y"), key=b"secret"), separator)[1:]
    token = lambda text: pseudonyms.token(b"secret", text.encode()) if text else ""  # noqa: E731
    assert found == [[x, token(i), token(y)] for x, i, y in rows]


def test_the_bytes_around_a_token_stay(path: str) -> None:
    data = b'x,customer_id,y\r\n "1" ,"a""b", 2\r\n"l\n2",a,"q"\n'
    found = _sampled(path, data, pseudonymize=("customer_id",), key=b"k")
    one, two = (pseudonyms.token(b"k", i).encode() for i in (b'a"b', b"a"))
    assert found == b'x,customer_id,y\r\n "1" ,%b, 2\r\n"l\n2",%b,"q"\n' % (one, two)


def test_json_lines_keep_their_bytes_around_a_token(path: str) -> None:
    data = b'{ "plan" : {"id": 1e5, "n": [1, {"id": 3}]}, "customer_id":"a\\u0062","x":"customer_id" }\n{"customer_id":null}\n{"customer_id":12345678901234567890123,"plan":{}}\n'
    found = _sampled(path, data, pseudonymize=("customer_id", "plan.id"), key=b"k")
    t = lambda text: pseudonyms.token(b"k", text).encode()  # noqa: E731
    assert found == (
        b'{ "plan" : {"id": "%b", "n": [1, {"id": 3}]}, "customer_id":"%b","x":"customer_id" }\n{"customer_id":null}\n'
        b'{"customer_id":"%b","plan":{}}\n' % (t(b"1e5"), t(b"ab"), t(b"12345678901234567890123"))
    )


def test_csv_and_its_json_twin_give_the_same_customers(path: str) -> None:
    ids = [f"{i:05d}" for i in range(300)]
    table = "x,customer_id,y\n" + "".join(f"1,{i},2\n" for i in ids)
    lines = "".join(json.dumps({"y": 2, "customer_id": i}) + "\n" for i in ids)
    kept = [row[1] for row in _read(_sampled(path, table.encode(), by="customer_id", rate=0.3))[1:]]
    twins = [
        json.loads(line)["customer_id"]
        for line in _sampled(path, lines.encode(), by="customer_id", rate=0.3).splitlines()
    ]
    assert kept == twins
    assert 50 < len(kept) < 130


def test_an_old_encoding_gives_the_same_customers_as_utf_8_and_keeps_its_bytes(path: str) -> None:
    text = "x,customer_id,y\n" + "".join(f"1,caf\xe9{i},\xfc\n" for i in range(200))
    plain = _sampled(path, text.encode(), by="customer_id", rate=0.5, shard=(1, 2))
    latin = _sampled(
        path, text.encode("latin-1"), source={"encoding": "latin-1"}, by="customer_id", rate=0.5, shard=(1, 2)
    )
    assert latin.decode("latin-1") == plain.decode()
    wide = _sampled(
        path, text.encode("utf-16"), source={"encoding": "utf-16"}, by="customer_id", rate=0.5, shard=(1, 2)
    )
    assert wide == plain
    keys = {"pseudonymize": ("customer_id",), "key": b"k"}
    assert (
        _sampled(path, text.encode("latin-1"), source={"encoding": "latin-1"}, **keys).decode("latin-1")
        == _sampled(path, text.encode(), **keys).decode()
    )


def test_names_may_be_given_to_a_file_without_a_header(path: str) -> None:
    data = b"1,a,2\n1,b,2\n"
    found = _sampled(path, data, source={"names": ("x", "customer_id", "y")}, by="customer_id", size=1)
    assert found in (b"1,a,2\n", b"1,b,2\n")


def test_with_a_column_blank_lines_and_the_header_again_are_no_rows(
    path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = b"x,customer_id,y\n1,a,2\n\nx,customer_id,y\n3,b,4\n"
    assert _sampled(path, data) == data
    assert _sampled(path, data, by="customer_id") == b"x,customer_id,y\n1,a,2\n3,b,4\n"
    assert capfd.readouterr().err == "1 repeated header line skipped\n"


@pytest.mark.parametrize(
    ("data", "choice", "words"),
    [
        (b"x,customer_id,y\n1,a,2\n1\n", {"by": "customer_id"}, [":3:", "1 field", "3 columns"]),
        (b"x,customer_id,y\n1,a,2\n1,caf\xe9,3\n", {"by": "customer_id"}, [":3:", "customer_id", "latin-1"]),
        (b'x,customer_id,y\n"l\n2",a,2\n1\n', {"stratify": "y", "size": 3}, [":4:", "1 field"]),
        (
            b"x,customer_id,y\n1,a,2\n1,caf\xe9,3\n",
            {"pseudonymize": ("customer_id",), "key": b"k"},
            [":3:", "latin-1"],
        ),
        (b"x,customer_id,y\n1,a,2\n1,b\n", {"pseudonymize": ("y",), "key": b"k"}, [":3:", "2 fields"]),
        (
            b"x,customer_id,y\n1,a,2\n",
            {"pseudonymize": ("customer",), "key": b"k"},
            ["no column 'customer'", "did you mean"],
        ),
        (b"x,customer_id,y\n1,a,2\n", {"stratify": "plan"}, ["no column 'plan'"]),
        (b'{"id":"a"}\n{"id":"b"\n', {"by": "id"}, [":2:", "JSON"]),
        (b'{"id":"a"}\n', {"by": "customer_id"}, ["no column 'customer_id'"]),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_line(
    path: str, data: bytes, choice: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(ChurnkitError) as error:
        _sampled(path, data, **choice)
    assert [word for word in words if word not in str(error.value)] == []


def test_a_column_of_very_many_values_has_no_strata(path: str) -> None:
    data = "customer_id\n" + "".join(f"{i}\n" for i in range(by_column.MOST_STRATA + 1))
    with pytest.raises(ChurnkitError, match="--by"):
        _sampled(path, data.encode(), stratify="customer_id")


def test_more_customers_than_are_remembered_are_decided_alike(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (
        "customer_id,x\n" + "".join(f"{random.Random(i).randrange(300)},{i}\n" for i in range(3_000))
    ).encode()
    whole = _sampled(path, data, by="customer_id", rate=0.4)
    monkeypatch.setattr(by_column, "MOST_DECISIONS", 7)
    assert _sampled(path, data, by="customer_id", rate=0.4) == whole


@given(
    st.lists(st.tuples(st.sampled_from(["a", "ab", "b", "", "é", "a.c"]), st.integers(1, 12)), max_size=12),
    st.floats(0, 1),
)
def test_lines_of_a_customer_that_stand_together_are_kept_as_those_that_do_not(
    path: str, runs: list[tuple[str, int]], rate: float
) -> None:
    ids = [name for name, length in runs for _ in range(length)]
    data = "customer_id,x\n" + "".join(f"{name},{place}\n" for place, name in enumerate(ids))
    kept = {name for name in ids if drawing.hash_customer(name.encode(), 0)[0] < rate * 2**64}
    wanted = "customer_id,x\n" + "".join(
        f"{name},{place}\n" for place, name in enumerate(ids) if name in kept
    )
    assert _sampled(path, data.encode(), by="customer_id", rate=rate).decode() == wanted


def test_a_key_is_found_with_and_without_quotes_in_its_block(path: str) -> None:
    plain = ("customer_id,x\n" + "".join(f"c{i % 50},{i}\n" for i in range(500))).encode()
    quoted = plain.replace(b"c7,", b'"c7",')
    assert _sampled(path, quoted, by="customer_id", rate=0.5).replace(b'"', b"") == _sampled(
        path, plain, by="customer_id", rate=0.5
    )
