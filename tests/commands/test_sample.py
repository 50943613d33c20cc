"""sample on the command line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from churnkit import cli
from churnkit.sampling.pseudonyms import token

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
