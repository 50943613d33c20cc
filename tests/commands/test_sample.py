"""sample on the command line."""

from __future__ import annotations

import contextlib
import gzip
import re
import subprocess
from pathlib import Path

import polars as pl
import pytest

from churnkit import cli
from churnkit.sampling.pseudonyms import token
from churnkit.tables import writing

LOG = "customer_id,x\n" + "".join(f"c{k % 40},{k}\n" for k in range(500))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CHURNKIT_KEY", raising=False)
    path = tmp_path / "a.csv"
    path.write_text(LOG)
    return path


def test_a_rate_of_one_gives_the_same_bytes(tmp_path: Path) -> None:
    given, out = tmp_path / "a.csv", tmp_path / "b.csv"
    given.write_bytes(b'a,b\n"x\ny",1\n 5" w ,"2"\n')
    assert cli.run(["sample", "--rate", "1", "-o", str(out), str(given)]) == 0
    assert out.read_bytes() == given.read_bytes()


def test_n_gives_exactly_n_rows(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["sample", "-n", "7", str(log)]) == 0
    rows = [int(line.split(",")[1]) for line in capfd.readouterr().out.splitlines()[1:]]
    assert len(rows) == 7
    assert rows == sorted(rows)


def test_shards_and_tokens_need_no_rate(
    log: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = []
    for shard in ("1/2", "2/2"):
        assert cli.run(["sample", "--by", "customer_id", "--shard", shard, str(log)]) == 0
        parts += capfd.readouterr().out.splitlines()[1:]
    assert sorted(parts) == sorted(LOG.splitlines()[1:])
    monkeypatch.setenv("CHURNKIT_KEY", "secret")
    assert cli.run(["sample", "--pseudonymize", "customer_id", str(log)]) == 0
    assert capfd.readouterr().out.splitlines()[1] == f"{token(b'secret', b'c0')},0"


def test_tokens_need_a_key_and_never_show_it(
    log: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(["sample", "--pseudonymize", "customer_id", str(log)]) == 2
    written = capfd.readouterr()
    assert "CHURNKIT_KEY" in written.err
    assert written.out == ""
    monkeypatch.setenv("CHURNKIT_KEY", "customer_ie")
    assert cli.run(["sample", "--pseudonymize", "customer_ie", str(log)]) == 2
    assert "(from CHURNKIT_KEY)" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no sample size"),
        (["-n", "3", "--rate", "0.5"], "use one of them"),
        (["--shard", "1/2"], "--by"),
        (["--by", "x", "--shard", "0/3"], "'0/3'"),
        (["--by", "x", "--shard", "4/3"], "'4/3'"),
        (["--by", "x", "--shard", "1"], "'1'"),
        (["--by", "x", "--stratify", "x", "-n", "3"], "use one of them"),
        (["--rate", "1.5"], "1.5"),
        (["-n", "-1"], "-1"),
        (["-n", "3", "--encoding", "klingon"], "klingon"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    log: Path, words: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["sample", *words, str(log)]) == 2
    written = capfd.readouterr()
    assert message in written.err
    assert (written.err.count("\n"), written.out) == (1, "")


def test_a_pipe_gives_the_same_rows_as_a_file(log: Path, warm_env: dict[str, str]) -> None:
    for options in ("-n 20", "--rate 0.2", "--by customer_id --rate 0.3", "--stratify customer_id -n 50"):
        script = f"churnkit sample {options} a.csv | md5sum; cat a.csv | churnkit sample {options} | md5sum; gzip -c a.csv | churnkit sample {options} | md5sum"
        done = subprocess.run(
            ["bash", "-c", script], cwd=log.parent, env=warm_env, capture_output=True, text=True
        )
        assert len(set(done.stdout.splitlines())) == 1
        assert done.stderr == ""


def test_sample_imports_no_polars(log: Path, shell_env: dict[str, str]) -> None:
    script = "CHURNKIT_KEY=k PYTHONPROFILEIMPORTTIME=1 churnkit sample --by customer_id --rate 0.5 --pseudonymize x a.csv 2>&1 >/dev/null"
    done = subprocess.run(
        ["bash", "-c", script], cwd=log.parent, env=shell_env, capture_output=True, text=True
    )
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stdout.splitlines()}
    assert "churnkit" in loaded
    assert not loaded & {"polars", "numpy", "orjson"}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "tsv.gz", "parquet"])
def test_forgotten_customers_are_left_out_of_any_format(
    log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], ending: str
) -> None:
    rows = pl.read_csv(log, infer_schema=False)
    table, forget = tmp_path / f"t.{ending}", tmp_path / "forget.txt"
    with writing.open_table(str(table)) if "gz" not in ending else contextlib.nullcontext() as output:
        if output is not None:
            output.frame(rows)
        else:
            table.write_bytes(gzip.compress(rows.write_csv(separator="\t").encode()))
    forget.write_text("c7\nc39\nC7\nnobody\n")
    capfd.readouterr()
    assert cli.run(["sample", "--by", "customer_id", "--except", str(forget), str(table)]) == 0
    out, err = capfd.readouterr()
    whole = ["sample", "--rate", "1", "--by", "customer_id", str(table)]
    assert cli.run(whole) == 0
    lines = capfd.readouterr().out.splitlines()
    assert out.splitlines() == [line for line in lines if not re.search(r"\bc(7|39)\b", line)]
    assert err.splitlines() == [
        "2 customers left out",
        "warning: 2 ids not found in the table: C7, nobody",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--except", "forget.txt"], "--except needs --by"),
        (["--by", "customer_id", "--except", "no.txt"], "no.txt"),
        (["--by", "customer_id", "--except", "-"], "cannot both be standard input"),
    ],
)
def test_a_list_of_ids_that_cannot_be_used_is_one_line(
    words: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["sample", *words]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert err.count("\n") == 1
