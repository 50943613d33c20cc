"""Odd inputs, one by one: each is read exactly as it stands, or refused in one line that says where."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import shlex
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from churnkit import cli

LOG = b"customer_id,timestamp,event,amount\na,2024-05-01,login,\na,2024-05-20,purchase,12.50\nb,2024-05-03,login,\n"
ROWS = LOG.split(b"\n", 1)[1]
S, P, BY = "sample --rate 1", "profile", "sample --by customer_id --rate 1"
F = "featurize --as-of 2024-06-01"
SUM = "featurize --as-of 2024-06-01 --features amount_sum_90d"
STREAMING = {"sample", "events", "score", "explain"}


@dataclass(frozen=True)
class Ran:
    status: int
    out: bytes
    err: str

    @property
    def records(self) -> dict[Any, Any]:
        """The records of a profile by column."""
        return {r["column"]: r for r in map(json.loads, self.out.splitlines())}

    @property
    def table(self) -> list[dict[str, str]]:
        import csv

        return list(csv.DictReader(io.StringIO(self.out.decode(), newline="")))


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a command line in a folder with one file, `in`; what every refusal must be is checked here."""
    monkeypatch.chdir(tmp_path)

    def ran(line: str, data: bytes, name: str = "in.csv", second: bytes | None = None) -> Ran:
        Path(name).write_bytes(data)
        if second is not None:
            Path("second.csv").write_bytes(second)
        words = [*shlex.split(line), name, *(["second.csv"] if second is not None else [])]
        before = set(Path().iterdir())
        capfdbinary.readouterr()
        status = cli.run(words)
        captured = capfdbinary.readouterr()
        result = Ran(status, captured.out, captured.err.decode())
        if status == 2:
            assert result.err.count("\n") == 1
            assert result.err.startswith("churnkit ")
            assert result.err.rstrip("\n").isprintable()
            assert len(result.err) < 400
            assert set(Path().iterdir()) == before
            assert not result.out or (words[0] in STREAMING and result.out.endswith(b"\n"))
        return result

    return ran


def _case(name: str, line: str, data: bytes, *words: str) -> Any:
    return pytest.param(line, data, words, id=name)


def _number(value: str) -> bytes:
    return f"customer_id,timestamp,amount\na,2024-05-01,{value}\n".encode()


def _time(*values: str) -> bytes:
    return ("customer_id,timestamp\n" + "".join(f"a,{value}\n" for value in values)).encode()


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("ok.csv", LOG)
    return buffer.getvalue()


def _wrong_checksum() -> bytes:
    packed = bytearray(gzip.compress(b"id,x\n" + b"a,1\n" * 9999))
    packed[-6] ^= 1
    return bytes(packed)


MANY = b"\n".join(b"%d" % i for i in range(30_000))

REFUSED = [
    _case("nul in a number", F, b"customer_id,timestamp,amount\na,2024-05-01,1\0\n", ":2:", "amount", r"1\x00"),
    _case("a block of nuls", F, LOG + bytes(20_000), ":5:", "NUL"),
    _case("latin-1 in a value", F, b"customer_id,timestamp,event\na,2024-05-01,caf\xe9\n", ":2:", "event", "UTF-8", "--encoding latin-1"),
    _case("latin-1 in an id", BY, b"customer_id,x\ncaf\xe9,1\n", ":2:", "customer_id", "--encoding"),
    _case("utf-16", S, "customer_id,x\na,1\n".encode("utf-16"), "UTF-16", "--encoding utf-16"),
    _case("utf-16 without a mark", P, "customer_id,x\na,1\n".encode("utf-16-le"), "UTF-16"),
    _case("lone carriage returns", P, b"customer_id,x\ra,1\rb,2\r", "carriage return", r"tr '\r' '\n'"),
    _case("terminal escapes", F, b"customer_id,timestamp,amount\na,2024-05-01,\x1b[31mred\n", ":2:", r"\x1b[31mred"),
    _case("a short row", F, b"customer_id,timestamp\na,2024-05-01\nb\n", ":3:", "1 field", "2"),
    _case("a long row", F, b"customer_id,timestamp\na,2024-05-01,9\n", ":2:", "3 fields"),
    _case("an open quote", S, b'customer_id,timestamp\na,"2024-05-01\nb,2024-05-02\n', ":2:", "quote"),
    _case("an open quote in a profile", P, b'customer_id,timestamp\na,"2024-05-01\nb,2024-05-02\n', ":2:", "quote"),
    _case("text after a closing quote", P, b'id,x\na,"5"pipe\nb,2\n', ":2:", "'x'", "quote"),
    _case("a name twice", P, b"customer_id,x,x\na,1,2\n", "'x'", "twice"),
    _case("two empty names", P, b",,customer_id\n1,2,a\n", "twice"),
    _case("a header alone for fit", "fit --target x", b"customer_id,x\n", "no rows"),
    _case("no bytes", S, b"", "empty"),
    _case("another header inside", F, LOG + b"timestamp,customer_id,event,amount\n2024-05-01,c,login,\n", ":5:", "timestamp", "'customer_id' is not a time", "header"),
    _case("no header", F, ROWS, "no column 'customer_id'", "--columns"),
    _case("a title line", F, b"Report of June\ncustomer_id,timestamp\na,2024-05-01\n", "no column 'customer_id'", "Report of June"),
    _case("one record over 16 MiB", S, b'id,x\nb,"open\n' + b"c,%s\n" % (b"1" * 200) * 90_000, ":2:", "quote", "16 MiB"),
    _case("a torn line of json", F, b'{"customer_id":"a","timestamp":"2024-05-01"}\n{"customer_id":"b","ti', ":2:", "JSON"),
    _case("an array on top", P, b'[{"customer_id":"a"},{"customer_id":"b"}]\n', "array", "jq -c '.[]'"),
    _case("a pretty-printed object", P, b'{\n "customer_id": "a"\n}\n', ":1:", "jq -c ."),
    _case("NaN in json", P, b'{"id":"a","v":NaN}\n', ":1:", "NaN"),
    _case("Infinity in json", P, b'{"id":"a","v":-Infinity}\n', ":1:", "Infinity"),
    _case("deep nesting", P, b'{"a":' * 2000 + b"1" + b"}" * 2000, ":1:", "nested"),
    _case("a dotted name twice", P, b'{"a.b":1,"a":{"b":2}}\n', ":1:", "a.b", "twice"),
    _case("a lone surrogate", P, b'{"id":"\\ud800","v":1}\n', ":1:"),
    _case("a scalar on a line", P, b'{"id":"a"}\n42\nhello\n', ":2:", "object"),
    _case("json after csv", F, LOG + b'{"id":"a","v":1}\n{"id":"b","w":2}\n', ":5:", "fields"),
    _case("torn gzip", S, gzip.compress(MANY)[:30_000], "ends"),
    _case("torn gzip header", S, gzip.compress(LOG)[:5]),
    _case("wrong checksum", S, _wrong_checksum()),
    _case("junk behind gzip", S, gzip.compress(LOG) + b"junk\n", "in.csv"),
    _case("torn bz2", S, bz2.compress(MANY)[:-20], "ends"),
    _case("torn xz", S, lzma.compress(MANY)[:-20], "ends"),
    _case("zip", S, _zip(), "zip", "unzip -p"),
    *(
        _case(f"the number {value}", SUM, _number(value), ":2:", "amount", *words)
        for value, words in {
            "1e400": ("1e400", "too large"),
            "-1e400": ("-1e400", "too large"),
            "NaN": ("'NaN'", "--null NaN"),
            "nan": ("'nan'",),
            "inf": ("'inf'",),
            "-Infinity": ("'-Infinity'",),
            '"12,50"': ("'12,50' is not a number",),
            "1 000": ("'1 000'",),
            "1_000": ("'1_000'",),
            "1'000": ("1'000",),
            "$5": ("'$5'",),
            "(3)": ("'(3)'",),
            "5%": ("'5%'",),
            "0x10": ("'0x10'",),
            "1d": ("'1d'",),
            "1e": ("'1e'",),
            "--5": ("'--5'",),
            ".": ("'.'",),
            "١٢": ("'١٢'",),
            " ": ("--null ' '",),
            "TRUE": ("'TRUE'",),
            "yes": ("'yes'",),
        }.items()
    ),
    *(
        _case(f"the time {values[-1]}", F, _time(*values), f":{len(values) + 1}:", "timestamp", *words)
        for values, words in [
            (("2024-02-30",), ("2024-02-30",)),
            (("2023-02-29",), ("2023-02-29",)),
            (("2024-13-01",), ("2024-13-01",)),
            (("2024-05-01T24:00:00",), ("2024-05-01T24:00:00",)),
            (("2016-12-31T23:59:60Z",), ("leap second",)),
            (("03/04/2024",), ("--time-format '%d/%m/%Y'",)),
            (("1717200000", "1717200000000"), ("mixed",)),
            (("2024-05-01", "1717200000"), ("mixed",)),
            (("1717200000000000",), ("microseconds", "--time-format")),
            (("20240501",), ("--time-format %Y%m%d",)),
            (("2024-5-1",), ("2024-5-1",)),
            (("2024-W22-1",), ("2024-W22-1",)),
            (("2024-122",), ("2024-122",)),
            (("10000-01-01",), ("10000-01-01",)),
            (("-0001-01-01",), ("-0001-01-01",)),
            (("",), ("empty",)),
        ]
    ),
    _case("an empty id", F, b"customer_id,timestamp\n,2024-05-01\na,2024-05-01\n", ":2:", "customer_id", "empty"),
    _case("a misspelt name", F, b"custmer_id,timestamp\na,2024-05-01\n", "no column 'customer_id'", "did you mean 'custmer_id'"),
    _case("two events with one slug", F, b"customer_id,timestamp,event\na,2024-05-01,A+\na,2024-05-02,A-\n", "'A+'", "'A-'", "'a'"),
    _case("an event called event", f"{F} --features event_count_30d", b"customer_id,timestamp,event\na,2024-05-01,event\n", "event", "event_count_30d"),
    _case("an event without a letter", F, "customer_id,timestamp,event\na,2024-05-01,!!!\na,2024-05-01,購入\n".encode(), ":2:", "'!!!'"),
    _case("a zone that is none", f"{F} --tz Mars/Olympus", LOG, "Mars/Olympus"),
    _case("a day that is none", "featurize --as-of 2024-06-31", LOG, "2024-06-31"),
    _case("a range backwards", "featurize --as-of 2024-09-01..2024-03-01/1mo", LOG, "2024-09-01..2024-03-01/1mo"),
    _case("a column that is not there", "sample --by customer --rate 1", LOG, "no column 'customer'", "did you mean 'customer_id'"),
    _case("a bad number in the last row", SUM, b"customer_id,timestamp,amount\n" + b"a,2024-05-01,1\n" * 30_000 + b"a,2024-05-01,x\n", ":30002:", "amount", "'x'"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "data", "words"), REFUSED)
def test_it_is_refused_in_one_line_that_says_where(
    run: Run, line: str, data: bytes, words: tuple[str, ...]
) -> None:
    ran = run(line, data)
    assert (ran.status, [word for word in words if word not in ran.err]) == (2, []), ran.err
    assert "in.csv" in ran.err or any(word in line for word in ("--tz", "06-31", "09-01"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"customer_id,timestamp\na\0b,2024-05-01\n", id="nul"),
        pytest.param(b"customer_id,timestamp,event\na,2024-05-01,caf\xe9\n", id="latin-1"),
        pytest.param(b"customer_id,timestamp\r\na,2024-05-01\r\n", id="crlf"),
        pytest.param(b"customer_id,x\r\na,1\nb,2\r\n", id="mixed line ends"),
        pytest.param(b"customer_id,timestamp\na,2024-05-01,9\n", id="a long row"),
        pytest.param(b"customer_id,x,x\na,1,2\n", id="a name twice"),
        pytest.param(b"customer_id,timestamp\n", id="a header alone"),
        pytest.param(b"customer_id,x\na,1\n\nb,2\n\n", id="blank lines"),
        pytest.param(LOG + LOG, id="the header again"),
        pytest.param(b'customer_id,x\na,""\nb,\n', id="empty quotes"),
        pytest.param(b'customer_id,x\n a ,1\n"b""q",2\n"c\nd",3\n', id="quotes and newlines"),
        pytest.param(b"customer_id,x\n=cmd,1\n@a,2\n", id="formulas"),
        pytest.param(b"customer_id,t\na," + b"x" * 10_000_000 + b"\nb,y\n", id="a long field"),
    ],
)
def test_sample_passes_every_byte_on(run: Run, data: bytes) -> None:
    ran = run(S, data)
    assert ran.status == 0
    assert ran.out == data


def test_a_byte_order_mark_is_dropped(run: Run) -> None:
    data = b'\xef\xbb\xbf"customer_id",timestamp\na,2024-05-01\n'
    assert run(S, data).out == data[3:]
    assert run(F, data).table[0]["customer_id"] == "a"


def test_a_byte_order_mark_in_a_second_file_is_dropped(run: Run) -> None:
    ran = run(F, LOG, second=b"\xef\xbb\xbf" + LOG)
    assert [row["event_count_30d"] for row in ran.table] == ["2", "2"]


def test_latin_1_is_read_when_said(run: Run) -> None:
    ran = run(f"{F} --encoding latin-1", "customer_id,timestamp,event\né,2024-05-25,café\n".encode("latin-1"))
    assert ran.table[0]["customer_id"] == "é"
    assert ran.table[0]["café_count_30d"] == "1"


def test_a_ragged_row_is_skipped_when_asked_and_kept_whole(run: Run) -> None:
    ran = run(f"{F} --on-error skip --rejects r.csv", b"customer_id,timestamp\na,2024-05-01\nb\n")
    assert ran.status == 0
    assert "1 row" in ran.err
    assert "3" in Path("r.csv").read_text()
    assert "b" in Path("r.csv").read_text()


def test_a_quote_in_the_middle_is_a_character(run: Run) -> None:
    tops = run(P, b'id,x\na,5" pipe\nb,2\n').records["x"]["top"]
    assert {top["value"] for top in tops} == {'5" pipe', "2"}


def test_an_empty_name_is_a_name(run: Run) -> None:
    assert set(run(P, b",customer_id\n1,a\n").records) == {"", "customer_id", None}


def test_a_header_alone_gives_a_header(run: Run) -> None:
    ran = run(F, b"customer_id,timestamp\n")
    assert ran.status == 0
    assert ran.out.startswith(b"customer_id,as_of,")
    assert ran.out.count(b"\n") == 1


def test_a_last_line_without_a_newline_is_a_row(run: Run) -> None:
    data = b"customer_id,timestamp\na,2024-05-01\nb,2024-05-02"
    assert [row["customer_id"] for row in run(F, data).table] == ["a", "b"]
    assert run(S, data, second=data).out == data + b"\n" + data.split(b"\n", 1)[1] + b"\n"


def test_blank_lines_are_no_rows_but_in_a_table_of_one_column(run: Run) -> None:
    assert run(P, b"id,x\na,1\n\nb,2\n\n").records[None]["rows"] == 2
    one = run(P, b"x\n1\n\n3\n").records["x"]
    assert (one["rows"], one["nulls"]) == (3, 1)


def test_blank_lines_count_as_lines(run: Run) -> None:
    assert ":4:" in run(F, b"customer_id,timestamp\n\na,2024-05-01\nb,x\n").err


def test_empty_quotes_and_nothing_are_both_null(run: Run) -> None:
    assert run(P, b'id,x\na,""\nb,\n').records["x"]["nulls"] == 2


def test_the_separator_is_judged_by_the_header(run: Run) -> None:
    records = run(P, b"id;x\na;1,5\nb;2,5\n").records
    assert records["x"]["type"] == "text"
    assert {top["value"] for top in records["x"]["top"]} == {"1,5", "2,5"}


def test_files_that_disagree_are_refused_before_any_output(run: Run) -> None:
    ran = run(F, LOG, second=b"customer_id,when\nz,2024-05-01\n")
    assert ran.status == 2
    assert all(word in ran.err for word in ("second.csv", "timestamp", "when"))


def test_a_missing_second_file_is_told_before_any_output(run: Run) -> None:
    ran = run(f"{S} nowhere.csv", LOG)
    assert (ran.status, ran.out) == (2, b"")
    assert "nowhere.csv: No such file" in ran.err


def test_the_header_again_is_no_row_and_counted(run: Run) -> None:
    ran = run(F, LOG + LOG)
    assert sum(int(row["event_count_90d"]) for row in ran.table) == 6
    assert "1 repeated header" in ran.err


def test_names_are_given_to_a_file_without_a_header(run: Run) -> None:
    ran = run(f"{F} --columns customer_id,timestamp,event,amount", ROWS)
    assert sum(int(row["event_count_90d"]) for row in ran.table) == 3


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        (b'{"id":"a","v":1}\n{"id":"b","w":2}\n{"v":3,"id":"c"}\n', {"id", "v", "w"}),
        (b'\xef\xbb\xbf{"id":"a"}\r\n\r\n{"id":"b"}\r\n', {"id"}),
    ],
    ids=["keys differ", "mark, blank lines, crlf"],
)
def test_json_lines_are_read_whole(run: Run, data: bytes, columns: set[str]) -> None:
    assert set(run(P, data).records) == {*columns, None}


def test_a_key_and_a_type_that_come_late_are_seen(run: Run) -> None:
    early = b"".join(b'{"id":%d,"v":%d}\n' % (i, i) for i in range(150))
    records = run(P, early + b'{"id":1,"w":2,"v":"x"}\n').records
    assert records["w"]["nulls"] == 150
    assert records["v"]["type"] == "text"


def test_of_a_key_twice_the_last_counts(run: Run) -> None:
    assert run(P, b'{"id":"a","v":1,"v":2}\n').records["v"]["max"] == 2


def test_numbers_as_ids_keep_their_text(run: Run) -> None:
    big = b'{"customer_id":12345678901234567890123}\n{"customer_id":9007199254740993}\n'
    assert run(BY, big).out == big
    ran = run(P, b'{"id":17850.0}\n{"id":1e5}\n{"id":"1e5"}\n')
    assert {top["value"]: top["rows"] for top in ran.records["id"]["top"]} == {"1e5": 2, "17850.0": 1}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bz2", "xz"])
def test_packed_bytes_are_told_by_themselves_and_may_be_joined(
    run: Run, pack: Callable[[bytes], bytes]
) -> None:
    assert run(S, pack(LOG) + pack(ROWS)).out == LOG + ROWS
    assert run(S, LOG, name="plain.csv.gz").out == LOG


def test_padding_behind_gzip_is_fine(run: Run) -> None:
    assert run(S, gzip.compress(LOG) + bytes(512)).out == LOG


def test_a_gigabyte_in_a_megabyte_is_refused_at_16_mib(run: Run) -> None:
    packer = zlib.compressobj(9, 8, 31)
    start = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # a block that can stand twice
    bomb = start + 1_023 * again
    ran = run(S, bomb)
    assert ran.status == 2
    assert "16 MiB" in ran.err


def test_what_is_called_parquet_and_is_not_is_refused(run: Run) -> None:
    ran = run(P, LOG, name="x.parquet")
    assert ran.status == 2
    assert all(word in ran.err for word in ("x.parquet", "not a Parquet file", "--from csv"))


@pytest.mark.parametrize(
    ("value", "number"),
    [(" 5", 5), ("5 ", 5), ("+5", 5), (".5", 0.5), ("5.", 5), ("1E5", 100_000), ("007", 7), ("5e-325", 0),
     ("-0", 0), ("9223372036854775808", 9223372036854775808.0), ("12345678901234567890123", 1.2345678901234568e22)],
)  # fmt: skip
def test_a_number_is_read(run: Run, value: str, number: float) -> None:
    ran = run(SUM, _number(value))
    assert float(ran.table[0]["amount_sum_90d"]) == number


@pytest.mark.parametrize("value", ["9223372036854775808", "12345678901234567890123", "9007199254740993"])
def test_a_profile_keeps_all_digits(run: Run, value: str) -> None:
    ran = run(P, _number(value))
    assert f'"min":{value}' in ran.out.decode() or f'"min":"{value}"' in ran.out.decode()


def test_a_type_is_judged_over_all_rows(run: Run) -> None:
    lines = [*(f"{i}" for i in range(100)), "1.5", *("7" for _ in range(30_000)), "x"]
    record = run(P, ("id,v\n" + "".join(f"a,{v}\n" for v in lines)).encode()).records["v"]
    assert record["type"] == "text"
    assert "mixed types" in record["flags"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("TRUE", "true"), "boolean"),
        (("yes", "no"), "boolean"),
        (("0", "1"), "integer"),
        (("007", "1"), "text"),
    ],
    ids=str,
)
def test_types_are_not_guessed(run: Run, values: tuple[str, ...], kind: str) -> None:
    data = "id,v\n" + "".join(f"a,{value}\n" for value in values)
    assert run(P, data.encode()).records["v"]["type"] == kind


@pytest.mark.parametrize(
    ("value", "recency"),
    [
        ("2024-06-01T01:00:00+02:00", 1 / 24),
        ("2024-05-31 12:00:00.123456789", (12 * 3600 - 0.123456) / 86400),
        ("1717156800", 0.5),
        ("1717156800000", 0.5),
        ("1717156800.5", (43200 - 0.5) / 86400),
    ],
)
def test_a_time_is_read(run: Run, value: str, recency: float) -> None:
    ran = run(f"{F} --features recency_days", _time(value))
    assert float(ran.table[0]["recency_days"]) == pytest.approx(recency, abs=1e-10)


def test_times_of_several_shapes_may_be_mixed(run: Run) -> None:
    ran = run(
        f"{F} --features event_count_90d",
        _time("2024-05-01", "2024-05-01T10:00:00Z", "2024-05-01 10:00:00.12"),
    )
    assert ran.table[0]["event_count_90d"] == "3"


def test_an_open_end_far_away_is_told(run: Run) -> None:
    ran = run(f"{F} --horizon 30d", _time("0001-01-01", "2024-05-20", "9999-12-31"))
    assert ran.status == 0
    assert "9999-12-31" in ran.err
    assert "--until" in ran.err


@pytest.mark.parametrize(
    ("zone", "day", "before", "after"),
    [
        ("Asia/Beirut", "2024-03-31", "2024-03-30T21:59:59Z", "2024-03-30T22:00:00Z"),
        ("America/Havana", "2024-11-03", "2024-11-03T03:59:59Z", "2024-11-03T04:00:00Z"),
    ],
)
def test_a_day_begins_even_without_a_midnight_or_with_two(
    run: Run, zone: str, day: str, before: str, after: str
) -> None:
    ran = run(f"featurize --as-of {day} --tz {zone} --features event_count_30d", _time(before, after))
    assert ran.table[0]["event_count_30d"] == "1"


def test_months_are_counted_from_the_first_date(run: Run) -> None:
    ran = run("featurize --as-of 2024-01-31..2024-05-31/1mo --features tenure_days", _time("2024-01-01"))
    days = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    assert [row["as_of"] for row in ran.table] == days


def test_ids_are_as_typed(run: Run) -> None:
    ids = ["00123", "123", "17850", "17850.0", "1e5", "+7", "0x1F", "TRUE", "NaN", "null", "-0"]
    data = ("customer_id,timestamp\n" + "".join(f"{i},2024-05-01\n" for i in ids)).encode()
    assert {row["customer_id"] for row in run(F, data).table} == set(ids)
    lines = run(f"{F} --to jsonl", data).out.splitlines()
    assert {json.loads(line)["customer_id"] for line in lines} == set(ids)


def test_ids_with_blanks_quotes_newlines_read_back_as_they_were(run: Run) -> None:
    data = b'customer_id,timestamp\n a ,2024-05-01\n"b""q",2024-05-01\n"c\nd",2024-05-01\n'
    assert {row["customer_id"] for row in run(F, data).table} == {" a ", 'b"q', "c\nd"}
    assert ":6:" in run(F, data + b"e,x\n").err


def test_two_ways_to_write_an_accent_are_two_customers(run: Run) -> None:
    ran = run(F, b"customer_id,timestamp\n\xc3\xa9,2024-05-01\ne\xcc\x81,2024-05-01\n")
    assert {row["customer_id"].encode() for row in ran.table} == {b"\xc3\xa9", b"e\xcc\x81"}


def test_rows_without_an_id_are_skipped_when_asked_and_one_group_for_sample(run: Run) -> None:
    data = b"customer_id,timestamp\n,2024-05-01\na,2024-05-01\n,2024-05-02\n"
    ran = run(f"{F} --on-error skip", data)
    assert len(ran.table) == 1
    assert "2 bad rows" in ran.err
    kept = run("sample --by customer_id --rate 0.5", data).out
    assert kept.count(b"\n,") in (0, 2)


def test_a_missing_id_in_parquet_is_told_by_its_row(run: Run) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"customer_id": [17850.0, None], "timestamp": ["2024-05-01"] * 2}).write_parquet(buffer)
    ran = run(F, buffer.getvalue(), name="f.parquet")
    assert ran.status == 2
    assert "f.parquet:2:" in ran.err
    assert (
        run(f"{F} --on-error skip", buffer.getvalue(), name="f.parquet").table[0]["customer_id"] == "17850.0"
    )


def test_names_that_differ_in_capitals_and_blanks_are_one_event(run: Run) -> None:
    data = b"customer_id,timestamp,event\na,2024-05-25,Support Call\na,2024-05-26,support-call\n"
    ran = run(F, data)
    assert ran.table[0]["support_call_count_30d"] == "2"
    assert "'Support Call'" in ran.err
    assert "'support-call'" in ran.err


def test_an_event_without_a_name_counts_but_has_no_features(run: Run) -> None:
    ran = run(F, LOG + b"a,2024-05-30,,\n")
    assert ran.table[0]["event_count_90d"] == "3"
    assert not any(name.startswith("_") for name in ran.table[0])


def test_letters_of_any_script_make_a_name(run: Run) -> None:
    ran = run(F, "customer_id,timestamp,event\na,2024-05-25,購入\n".encode())
    assert ran.table[0]["購入_count_30d"] == "1"


def test_of_very_many_events_the_most_common_have_features(run: Run) -> None:
    data = "customer_id,timestamp,event\n" + "".join(f"a,2024-05-01,e{i}\n" for i in range(2_000))
    ran = run(F, data.encode())
    assert ran.status == 0
    assert len(ran.table[0]) < 300
    assert "e1015 (1)" in ran.err
    assert "more" in ran.err


def test_repeated_rows_count_unless_dropped(run: Run) -> None:
    ran = run(F, LOG + ROWS)
    assert sum(int(row["event_count_90d"]) for row in ran.table) == 6
    ran = run(f"{F} --dedupe", LOG + ROWS)
    assert sum(int(row["event_count_90d"]) for row in ran.table) == 3
    assert "3" in ran.err


def test_a_table_of_very_many_columns_is_profiled(run: Run) -> None:
    names = [f"c{i}" for i in range(1_020)]  # more than Python calls functions inside each other
    data = ",".join(names) + "\n" + (",".join("1" for _ in names) + "\n") * 3
    assert len(run(P, data.encode()).records) == 1_021


NASTY = "\x1b[31mred\x07"  # would colour a terminal, and ring its bell


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log, a table and a model whose names and values hold what a terminal would obey."""
    folder = tmp_path_factory.mktemp("nasty")
    rows = "".join(
        f"c{k % 50},2024-0{1 + k % 6}-0{1 + k % 9},buy,{k},{NASTY if k % 3 else 'plain'}\n"
        for k in range(300)
    )
    (folder / "log.csv").write_text(f"customer_id,timestamp,event,amount,{NASTY}\n{rows}")
    table = "".join(f"c{k},{k % 7},{NASTY if k % 2 else 'b'},{int(k % 3 == k % 2)}\n" for k in range(400))
    (folder / "table.csv").write_text(f"customer_id,x,{NASTY},churned\n{table}")
    assert (
        cli.run(["fit", "-q", "--model", "tree", "-o", str(folder / "tree.json"), str(folder / "table.csv")])
        == 0
    )
    return folder


@pytest.mark.parametrize(
    "line",
    [
        f"measure --inactive 30d --by {NASTY} --to text log.csv",
        "measure --churn-event buy --cohorts --to text log.csv",
        f"diff --metric churned --by {NASTY} --to text table.csv table.csv",
        "diff --metric churned --auto --to text table.csv table.csv",
        "drift --to text table.csv table.csv",
        "profile --to text table.csv",
        "catalog --to text table.csv",
        "plan log.csv",
        "explain --to text tree.json table.csv",
        "explain --overall --to text tree.json",
        "explain --overall --to svg tree.json",
        "explain --overall --to dot tree.json",
        "explain --rules --to text tree.json",
        "explain --curves --to text tree.json table.csv",
    ],
)
def test_what_a_terminal_would_obey_never_reaches_it(
    line: str, nasty: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(nasty)
    assert cli.run(line.split(" ")) == 0
    out, err = capfd.readouterr()
    assert out
    assert not {c for c in out + err if not c.isprintable() and c != "\n"}


@pytest.mark.parametrize("data", [b'a,b\n1,"x"y\rz\n', b'a,b\n1,2\n"3"4\r,5\n'])
def test_a_carriage_return_behind_a_closing_quote_is_told(run: Run, data: bytes) -> None:
    ran = run(P, data)
    assert ran.status == 2
    assert "carriage return" in ran.err


TABLE = b"customer_id,as_of,plan,churned,churn_probability,churned_30d\n" + b"".join(
    b"c%d,2024-0%d-01,p%d,%d,0.%d,%d\n" % (k, 5 + k % 2, k % 3, k % 2, 1 + k % 8, k % 2) for k in range(60)
)
EVERY_READER = {
    "sample": ("sample --by customer_id --rate 0.5", LOG),
    "profile": (P, LOG),
    "events": ("events --name seen", LOG),
    "measure": ("measure --inactive 30d", LOG),
    "featurize": (F, LOG),
    "diff": ("diff --metric churned --by plan --period as_of", TABLE),
    "drift base": ("drift {table}", TABLE),
    "drift": ("drift {model}", TABLE),
    "check base": ("check {table}", TABLE),
    "check": ("check --rows .. {model}", TABLE),
    "fit": ("fit --model tree --target churned --horizon 30d", TABLE),
    "backtest": ("backtest --model tree --target churned --horizon 30d", TABLE),
    "evaluate": ("evaluate --target churned", TABLE),
    "score": ("score {model}", TABLE),
    "explain": ("explain {model}", TABLE),
}
DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no bytes": (lambda data: b"", "is empty"),
    "torn gzip": (lambda data: gzip.compress(data)[:-6], "ends too early"),
    "an open quote": (lambda data: data + b'"' + _last(data), ":{next}: this quote is never closed"),
    "a short row": (lambda data: data + b"z\n", ":{next}: 1 field, but the table has"),
    "a long row": (lambda data: data + _last(data)[:-1] + b",9\n", ":{next}: {more} fields, but the table has"),
    "latin-1": (lambda data: data + b"\xe9" + _last(data), ":{next}: column 'customer_id': not UTF-8"),
    "a name twice": (lambda data: data.replace(b"\n", b",customer_id\n"), ":1: the column 'customer_id' appears twice"),
    "nuls": (lambda data: data + bytes(9_000), ":{next}: 9,000 NUL bytes"),
}  # fmt: skip
REJECTS = {"a short row", "a long row", "latin-1", "nuls"}  # for check these are no errors
NOT_SAMPLE = {"a short row", "a long row", "nuls"}  # it looks at nothing but the id


def _last(data: bytes) -> bytes:
    return data.splitlines(keepends=True)[-1]


@pytest.fixture(scope="module")
def table_and_model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("every")
    table, model = folder / "table.csv", folder / "model.json"
    table.write_bytes(TABLE)
    words = "fit -q --model tree --target churned --horizon 30d --only plan"
    assert cli.run([*words.split(), "-o", str(model), str(table)]) == 0
    return {"table": str(table), "model": str(model)}


@pytest.mark.parametrize("reader", EVERY_READER)
@pytest.mark.parametrize("damage", DAMAGE)
def test_every_command_refuses_alike_what_is_broken(
    reader: str, damage: str, run: Run, table_and_model: dict[str, str]
) -> None:
    line, data = EVERY_READER[reader]
    damaged, words = DAMAGE[damage]
    ran = run(line.format(**table_and_model), damaged(data))
    if reader == "sample" and damage in NOT_SAMPLE:
        assert ran.status == 0
        return
    assert ran.status == (1 if reader.startswith("check") and damage in REJECTS else 2)
    fields = data.split(b"\n", 1)[0].count(b",") + 1
    assert words.format(next=data.count(b"\n") + 1, more=fields + 1) in ran.err


TRAIN = b"customer_id,tenure,spend,churned\n" + b"".join(
    b"k%d,%d,%d,%d\n" % (k, k * 7 % 61, k * 13 % 50, k * 7 % 61 + k % 9 < 30) for k in range(200)
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The model of these rows."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "t.csv").write_bytes(TRAIN)
    words = ["fit", "-q", "--model", "tree", "-o", str(folder / "model.json"), str(folder / "t.csv")]
    assert cli.run(words) == 0
    return (folder / "model.json").read_bytes()


def test_what_a_spreadsheet_leaves_behind_gets_no_score(run: Run, trained: bytes) -> None:
    Path("model.json").write_bytes(trained)
    rows = b"customer_id,tenure,spend\nk0,3,40\nk1,50,20\n"
    ran = run("score model.json", rows + b",,\nTotal,53,60\n,,\n")
    assert [row["customer_id"] for row in ran.table] == ["k0", "k1"]
    assert "2 rows without any value skipped\n1 row of totals skipped\n" in ran.err
    assert run("score -q model.json", rows).out == ran.out


@pytest.mark.parametrize("line", ["score model.json", "explain model.json", "fit --model tree"])
def test_values_without_an_id_are_nobodys(run: Run, line: str, trained: bytes) -> None:
    Path("model.json").write_bytes(trained)
    data = TRAIN + b",3,40,1\nk9,1,1,0\n"
    ran = run(line, data)
    assert (ran.status, ":202: column 'customer_id': is empty" in ran.err) == (2, True)
    ran = run(f"{line} --on-error skip --rejects r.csv", data)
    assert (ran.status, "1 bad row skipped" in ran.err) == (0, True)
    assert ",202,column 'customer_id': is empty," in Path("r.csv").read_text()
