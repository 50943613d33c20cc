"""The value of one column in the bytes of each record, or an error with the line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.sampling import drawing
from churnkit.sampling.column_bytes import KeyColumn
from churnkit.tables import formats, records
from tests.sampled import TABLES, fields, sampled, written


def test_csv_and_its_json_twin_give_the_same_customers(path: str) -> None:
    ids = [f"{i:05d}" for i in range(300)]
    table = "x,customer_id,y\n" + "".join(f"1,{i},2\n" for i in ids)
    lines = "".join(json.dumps({"y": 2, "customer_id": i}) + "\n" for i in ids)
    kept = [row[1] for row in fields(sampled(path, table.encode(), by="customer_id", rate=0.3))[1:]]
    twins = [
        json.loads(line)["customer_id"]
        for line in sampled(path, lines.encode(), by="customer_id", rate=0.3).splitlines()
    ]
    assert kept == twins
    assert 50 < len(kept) < 130


def test_with_a_column_blank_lines_and_repeated_headers_are_skipped(
    path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = b"x,customer_id,y\n1,a,2\n\nx,customer_id,y\n3,b,4\n"
    assert sampled(path, data) == data
    assert sampled(path, data, by="customer_id") == b"x,customer_id,y\n1,a,2\n3,b,4\n"
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
def test_a_record_without_a_readable_value_is_refused_with_its_line(
    path: str, data: bytes, choice: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(ChurnkitError) as error:
        sampled(path, data, **choice)
    assert [word for word in words if word not in str(error.value)] == []


@given(
    st.lists(st.tuples(st.sampled_from(["a", "ab", "b", "", "é", "a.c"]), st.integers(1, 12)), max_size=12),
    st.floats(0, 1),
)
def test_adjacent_and_scattered_lines_of_a_customer_give_the_same_sample(
    path: str, runs: list[tuple[str, int]], rate: float
) -> None:
    ids = [name for name, length in runs for _ in range(length)]
    data = "customer_id,x\n" + "".join(f"{name},{place}\n" for place, name in enumerate(ids))
    kept = {name for name in ids if drawing.hash_customer(name.encode(), 0)[0] < rate * 2**64}
    wanted = "customer_id,x\n" + "".join(
        f"{name},{place}\n" for place, name in enumerate(ids) if name in kept
    )
    assert sampled(path, data.encode(), by="customer_id", rate=rate).decode() == wanted


def test_a_key_is_found_with_and_without_quotes_in_its_block(path: str) -> None:
    plain = ("customer_id,x\n" + "".join(f"c{i % 50},{i}\n" for i in range(500))).encode()
    quoted = plain.replace(b"c7,", b'"c7",')
    assert sampled(path, quoted, by="customer_id", rate=0.5).replace(b'"', b"") == sampled(
        path, plain, by="customer_id", rate=0.5
    )


@given(TABLES, st.sampled_from(["x", "customer_id", "y"]), st.integers(1, 60))
def test_keys_equal_the_fields_of_the_csv_module(
    rows: list[tuple[str, str, str]], name: str, size: int
) -> None:
    header, body = written([]), written(rows)[len(written([])) :]
    layout, names = formats.Layout(formats.CSV, b","), ["x", "customer_id", "y"]
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    part = records.RecordStream("t.csv", layout, header, records.cut_blocks(pieces, layout, "t.csv"))
    batches = list(KeyColumn(part, names, name, "utf-8").batches())
    place = names.index(name)
    assert [key.decode() for batch in batches for key in batch.keys] == [row[place] for row in rows]
    assert b"".join(line + b"\n" for batch in batches for line in batch.lines) == body
