"""Streams, files and machines that are not as usual: a line of bash each, its status, what it says and writes."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell import run_bash, wait_until

LOG = "customer_id,timestamp,event,amount\na,2024-05-01,login,\na,2024-05-20,purchase,12.50\nb,2024-05-03,login,\n"
F = "churnkit featurize --as-of 2024-06-01"
AWAY = "SOURCE_DATE_EPOCH=x churnkit fit --model tree train.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sharing_env: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("surroundings")
    (folder / "ok.csv").write_text(LOG)
    (folder / "twice.csv").write_text(LOG + LOG)
    (folder / "accents.csv").write_bytes(
        b"customer_id,timestamp\n\xc3\xa9,2024-05-01\ne\xcc\x81,2024-05-01\n"
    )
    script = """
      churnkit simulate --customers 300 > events.csv
      churnkit featurize -q --as-of 2024-06-01,2024-08-01 --horizon 30d \\
        --features recency_days,event_count_30d,plan_last events.csv > train.csv
      churnkit fit -q --model tree --out-of-fold scored.csv train.csv > model.json
      churnkit score -q model.json train.csv > scores.csv
      churnkit profile events.csv > profile.jsonl
      POLARS_MAX_THREADS=2 churnkit featurize -q --as-of 2024-06-01 events.csv > features.csv
    """
    subprocess.run(["bash", "-euc", script], cwd=folder, env=sharing_env, check=True)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


# name → line, status, words on standard error ("" for none at all, None for anything)
CASES: dict[str, tuple[str, int, str | None]] = {
    "standard error closed": (f"{F} twice.csv 2>&- > o && test $(wc -l < o) = 3", 0, ""),
    "standard error full": (f"{F} twice.csv 2> /dev/full > o && test $(wc -l < o) = 3", 0, ""),
    "standard input closed": ("churnkit sample --rate 1 <&-", 2, "standard input is closed"),
    "standard input closed and not asked for": ("churnkit sample --rate 1 ok.csv <&- | cmp - ok.csv", 0, ""),
    "standard output closed": ("churnkit sample --rate 1 ok.csv >&-", 2, "standard output is closed"),
    "a file that is not there": ("churnkit sample --rate 1 nowhere.csv", 2, "nowhere.csv: No such file"),
    "a folder": ("churnkit sample --rate 1 .", 2, "folder"),
    "a link to itself": ("ln -s loop loop; churnkit sample --rate 1 loop", 2, "loop: "),
    "output into no folder": ("churnkit sample --rate 1 -o no/where.csv ok.csv", 2, "no/where.csv: No such"),
    "output onto a folder": ("churnkit sample --rate 1 -o . ok.csv", 2, "folder"),
    "output to a device": ("churnkit sample --rate 1 -o /dev/stdout ok.csv | cmp - ok.csv", 0, ""),
    "output to a fifo": ("mkfifo f; cat f > o & churnkit sample --rate 1 -o f ok.csv; wait; cmp o ok.csv", 0, ""),
    "input emptied by the shell": ("churnkit sample --rate 1 ok.csv > ok.csv", 2, "ok.csv is empty, because it is also"),
    "pipes for files": (f"{F} -q <(cat ok.csv) <(printf 'customer_id,timestamp,event,amount\\nc,2024-05-09,x,\\n') | grep -c ^c,", 0, ""),
    "a pipe by its name": (f"cat ok.csv | {F} -q /dev/stdin | grep -c ^a", 0, ""),
    "a model through a pipe": ("mkfifo m; cat model.json > m & churnkit score -q m train.csv | cmp - scores.csv", 0, ""),
    "a name that is no text": ("cp ok.csv $'caf\\xe9\\n.csv'; churnkit sample --rate 1 $'caf\\xe9\\n.csv' | cmp - ok.csv", 0, ""),
    "a name that begins with a dash": ("cp ok.csv ./-x.csv; churnkit sample --rate 1 -- -x.csv | cmp - ok.csv", 0, ""),
    "a name that no terminal should see": ("churnkit sample --rate 1 $'\\x1b[31m\\n.csv'", 2, r"\x1b[31m\n.csv: No such file"),
    "no locale, odd encoding": ("LC_ALL=C PYTHONIOENCODING=ascii PYTHONUTF8=0 churnkit profile accents.csv | grep -q é", 0, ""),
    "no home, no place for temporary files": ('env -i PATH="$PATH" PYTHONPATH="$PYTHONPATH" TMPDIR=/nowhere churnkit sample --rate 1 -o o ok.csv; cmp o ok.csv', 0, ""),
    "a variable that is wrong": ("CHURNKIT_ID=nope churnkit featurize --as-of 2024-06-01 ok.csv", 2, "(from CHURNKIT_ID)"),
    "a variable of one command that is wrong": ("CHURNKIT_SAMPLE_RATE=x churnkit sample ok.csv", 2, "CHURNKIT_SAMPLE_RATE"),
    "a clock that is no number": (AWAY, 2, "SOURCE_DATE_EPOCH is 'x', not Unix seconds"),
    "two inputs from one": ("churnkit score - - < model.json", 2, "standard input"),
    "one core": ("taskset -c 0 churnkit profile events.csv | cmp - profile.jsonl", 0, ""),
    "one thread and two": (f"POLARS_MAX_THREADS=1 {F} -q events.csv | cmp - features.csv", 0, ""),
}  # fmt: skip


# in lines about other descriptors, or about how Python starts
REAL = (" <&-", " >&-", "<(", "PYTHON", "POLARS", "taskset")


@pytest.mark.parametrize("name", CASES)
def test_it_works_or_says_why_in_a_line(
    name: str, folder: Path, shell_env: dict[str, str], warm_env: dict[str, str]
) -> None:
    line, status, words = CASES[name]
    env = shell_env if any(word in line for word in REAL) else warm_env
    needs = "taskset" if "taskset" in line else "/dev/full" if "/dev/full" in line else None
    if needs and not any(os.path.exists(p) for p in (needs, f"/usr/bin/{needs}")):
        pytest.skip(f"no {needs} on this system")
    done = run_bash(f"set -o pipefail; {line}", folder, env)
    said = done.stderr
    assert done.returncode == status, said
    if words == "":
        assert said == ""
    elif words is not None:
        assert said.count("\n") == 1
        assert said.startswith("churnkit ")
        assert words in said
    assert not list(folder.glob(".*.part"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told(folder: Path, shell_env: dict[str, str]) -> None:
    (folder / "ok.csv").chmod(0)
    done = run_bash("churnkit sample --rate 1 ok.csv", folder, shell_env)
    assert (done.returncode, done.stderr) == (2, "churnkit sample: ok.csv: Permission denied\n")


def test_a_pipe_that_does_not_wait_gets_all_rows(folder: Path, shell_env: dict[str, str]) -> None:
    data = b"id,x\n" + b"".join(b"%d,%d\n" % (k, k) for k in range(100_000))
    (folder / "big.csv").write_bytes(data)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with subprocess.Popen(
        [sys.executable, "-m", "churnkit", "sample", "--rate", "1", "big.csv"],
        cwd=folder, env=shell_env, stdout=writer, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        wait_until(lambda: not select.select([], [writer], [], 0)[1])  # the pipe is full
        os.close(writer)
        with open(reader, "rb") as file:
            got = file.read()
        assert process.stderr is not None
        said = process.stderr.read()
    assert (got == data, process.returncode, said) == (True, 0, b"")


def test_a_file_that_shrinks_while_it_is_read_gives_whole_rows(
    folder: Path, shell_env: dict[str, str]
) -> None:
    row = b"0123456789,0123456789\n"
    (folder / "shrinks.csv").write_bytes(b"id,x\n" + row * 3_000_000)
    with subprocess.Popen(
        [sys.executable, "-m", "churnkit", "sample", "--rate", "1", "shrinks.csv"],
        cwd=folder, env=shell_env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        first = process.stdout.read(4_096)
        os.truncate(folder / "shrinks.csv", 100)
        rest = process.stdout.read()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode in (0, 2)
    assert said.count(b"\n") <= 1
    rows = (first + rest).splitlines(keepends=True)[1:]
    assert {*rows[:-1]} == {row}
    assert rows[-1].endswith(b"\n")


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("score model.json", "MODEL"),
        ("explain model.json", "MODEL"),
        ("explain --curves model.json", "MODEL"),
        ("drift train.csv", "BASE"),
        ("check train.csv", "BASE"),
    ],
)
def test_a_first_file_alone_is_told_what_it_is(
    made: Path, line: str, role: str, warm_env: dict[str, str]
) -> None:
    path = line.split()[-1]
    lines = [
        f"churnkit {line.split()[0]}: {path} is the {role}, so the table is missing: name its FILE too, or pipe rows in"
        f" (standard input is {what})"
        for what in ("empty", "a terminal")
    ]
    assert run_bash(f"churnkit {line} < /dev/null", made, warm_env).stderr.splitlines() == lines[:1]
    main, terminal = os.openpty()
    done = subprocess.run(
        ["churnkit", *line.split()], cwd=made, env=warm_env, stdin=terminal, capture_output=True, text=True
    )
    os.close(main)
    os.close(terminal)
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", lines[1:])
