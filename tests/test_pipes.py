"""Where the pipe is the point: the real command between real processes."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from churnkit.models import MODELS
from tests.shell import LIMIT_S, PIPE, bytes_there, hear_interrupts, read_lines, run_bash, wait_until

ROWS = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sharing_env: dict[str, str]) -> Path:
    """A log, a feature table, a model, and a table large enough to fill every pipe."""
    folder = tmp_path_factory.mktemp("pipes")
    script = """
      churnkit simulate --customers 300 > events.csv
      churnkit measure -q --inactive 30d events.csv > months.csv
      churnkit featurize -q --as-of 2024-06-01,2024-08-01 --horizon 30d \\
        --features recency_days,event_count_30d,plan_last events.csv > train.csv
      churnkit fit -q --model tree --out-of-fold scored.csv train.csv > model.json
      churnkit fit -q --model tree --only recency_days train.csv > narrow.json
      { cat train.csv; for k in 1 2 3 4 5 6 7 8 9; do tail -n +2 train.csv; done; } > now.csv
    """
    subprocess.run(["bash", "-euc", script], cwd=folder, env=sharing_env, check=True)
    with (folder / "big.csv").open("w") as file:
        file.write("customer_id,x\n")
        file.writelines(f"c{row:06d},{row}\n" for row in range(ROWS))
    return folder


COMMANDS = {
    "simulate": "churnkit simulate --customers 200",
    "sample": "churnkit sample --rate 1 big.csv",
    "profile": "churnkit profile train.csv",
    "catalog": "churnkit catalog train.csv",
    "plan": "churnkit plan train.csv",
    "featurize": "churnkit featurize -q --as-of 2024-06-01 events.csv",
    "measure": "churnkit measure -q --inactive 30d events.csv",
    "diff": "churnkit diff -q --metric churned_30d --by plan_last --period as_of train.csv",
    "forecast": "churnkit forecast -q months.csv",
    "drift": "churnkit drift -q train.csv train.csv",
    "check": "churnkit check -q now.csv now.csv",
    "fit": "churnkit fit -q --model tree --only recency_days train.csv",
    "score": "churnkit score -q model.json now.csv",
    "explain": "churnkit explain -q model.json now.csv",
    "export": "churnkit export -q model.json",
    "backtest": "churnkit backtest -q --model tree --only recency_days train.csv",
}


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
def test_a_closed_pipe_ends_a_command_silently(line: str, folder: Path, warm_env: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        ["bash", "-c", f"exec {line}"],
        cwd=folder, env=warm_env, stdout=writer, stderr=subprocess.PIPE, timeout=LIMIT_S,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line_and_status_2(line: str, folder: Path, warm_env: dict[str, str]) -> None:
    done = run_bash(f"{line} > /dev/full", folder, warm_env)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
def test_a_closed_standard_output_is_an_error(line: str, folder: Path, warm_env: dict[str, str]) -> None:
    done = run_bash(f"{line} >&-", folder, warm_env)
    assert done.returncode == 2
    assert "standard output" in done.stderr


def test_a_closed_standard_output_does_not_matter_with_o(folder: Path, shell_env: dict[str, str]) -> None:
    done = run_bash(
        "churnkit sample --rate 1 -o out.csv big.csv >&- && cmp out.csv big.csv", folder, shell_env
    )
    assert done.returncode == 0


def test_numpy_adds_up_on_one_core_whatever_the_surroundings_say(shell_env: dict[str, str]) -> None:
    script = (
        "import sys\n"
        "from churnkit import __main__ as entry\n"
        "entry._leave, sys.argv = int, ['churnkit', '--version']\n"
        "entry.main()\n"
        "import numpy\n"
        "from threadpoolctl import threadpool_info\n"
        "print({each['num_threads'] for each in threadpool_info() if each['user_api'] == 'blas'} <= {1})\n"
    )
    env = {**shell_env, "OPENBLAS_NUM_THREADS": "4", "OMP_NUM_THREADS": "4"}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert done.stdout.endswith("True\n"), done.stderr


def test_a_profiler_reports_although_a_command_ends_at_once(shell_env: dict[str, str]) -> None:
    line = [sys.executable, "-m", "cProfile", "-m", "churnkit", "--version"]
    done = subprocess.run(line, env=shell_env, capture_output=True, text=True, check=True)
    assert "function calls" in done.stdout


def test_the_first_scores_come_out_before_the_input_ends(folder: Path, warm_env: dict[str, str]) -> None:
    first = b"".join((folder / "now.csv").read_bytes().splitlines(keepends=True)[:50])
    with subprocess.Popen(
        ["churnkit", "score", "-q", "model.json"],
        cwd=folder, env=warm_env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
    ) as run:  # fmt: skip
        assert run.stdin
        assert run.stdout
        run.stdin.write(first)
        assert read_lines(run.stdout, 50).count(b"\n") == 50
        assert run.poll() is None


@pytest.mark.parametrize("option", [[], ["--by-line"]])
def test_a_stream_that_never_pauses_is_answered_all_the_same(
    option: list[str], folder: Path, warm_env: dict[str, str]
) -> None:
    """The rows are short: so many as would fill a piece (a megabyte) are never written."""
    words = ["churnkit", "score", "-q", *option, "narrow.json"]
    rows, answers = itertools.count(), 0
    with subprocess.Popen(
        words, cwd=folder, env=warm_env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"customer_id,recency_days\n1,2\n")
        read_lines(process.stdout, 2)  # it is awake

        def is_answered() -> bool:
            nonlocal answers
            next(rows)
            process.stdin.write(b"1,2\n")
            answers += bytes_there(process.stdout).count(b"\n")
            return answers > 20

        wait_until(is_answered)
        process.stdin.close()
        answers += process.stdout.read().count(b"\n")
    assert answers == next(rows)


def test_a_killed_command_leaves_whole_lines_or_no_file(folder: Path, shell_env: dict[str, str]) -> None:
    score = ["churnkit", "score", "-q", "model.json"]
    rows = (folder / "now.csv").read_bytes()
    killed, never = folder / "killed.csv", folder / "never.csv"
    with killed.open("wb") as out, subprocess.Popen(
        score,
        cwd=folder, env=shell_env, stdin=subprocess.PIPE, stdout=out, bufsize=0,
    ) as run:  # fmt: skip
        assert run.stdin
        while killed.read_bytes().count(b"\n") <= 1_000:
            run.stdin.write(rows)
        run.kill()
    with subprocess.Popen(
        [*score, "-o", str(never)],
        cwd=folder, env=shell_env, stdin=subprocess.PIPE, bufsize=0,
    ) as run:  # fmt: skip
        assert run.stdin
        run.stdin.write(rows * (PIPE // len(rows) + 1))  # the first rows have been read
        run.kill()
    lines = killed.read_text().split("\n")
    assert lines.pop() == ""
    assert {line.count(",") for line in lines} == {lines[0].count(",")}
    assert not never.exists()


def test_interrupt_ends_quietly_with_130_and_leaves_no_file(
    tmp_path: Path, shell_env: dict[str, str]
) -> None:
    with subprocess.Popen(
        ["churnkit", "sample", "--rate", "1", "-o", str(tmp_path / "out.csv")],
        env=shell_env, stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, preexec_fn=hear_interrupts,
    ) as run:  # fmt: skip
        assert run.stdin
        assert run.stderr
        run.stdin.write(b"a,b\n" + b"1,2\n" * PIPE)  # the first rows have been read
        run.send_signal(signal.SIGINT)
        assert run.wait(LIMIT_S) == 130
        assert run.stderr.read() == b""
    assert list(tmp_path.iterdir()) == []


def test_output_may_be_the_input_with_o(folder: Path, warm_env: dict[str, str]) -> None:
    script = "cp big.csv io.csv; churnkit sample --rate 1 -o io.csv io.csv; cmp io.csv big.csv"
    assert run_bash(script, folder, warm_env).returncode == 0


def test_appending_a_file_to_itself_is_refused(folder: Path, warm_env: dict[str, str]) -> None:
    done = run_bash("cp big.csv io.csv; churnkit sample --rate 1 io.csv >> io.csv", folder, warm_env)
    assert done.returncode == 2
    assert "is an input file, but it is also standard output" in done.stderr


def test_an_empty_input_is_an_error_for_a_failed_left_side_must_not_look_empty(
    folder: Path, warm_env: dict[str, str]
) -> None:
    done = run_bash("false | churnkit score model.json", folder, warm_env)
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input is empty" in done.stderr


def test_the_chain_of_the_readme_works_from_end_to_end(folder: Path, sharing_env: dict[str, str]) -> None:
    script = """
      set -eo pipefail
      churnkit sample --by customer_id --rate 0.8 events.csv |
        churnkit featurize -q --as-of 2024-06-01..2024-10-01/1mo --horizon 30d \\
          --features recency_days,event_count_30d,plan_last > chain.csv
      churnkit fit -q chain.csv > chain.json
      churnkit featurize -q --like chain.json --as-of 2024-12-01 events.csv |
        churnkit score -q chain.json | LC_ALL=C sort -t, -k2,2gr | sed -n 1,5p
    """
    done = run_bash(script, folder, sharing_env)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5


def test_scoring_imports_one_kind_of_model_and_neither_scikit_learn_nor_xgboost(
    folder: Path, shell_env: dict[str, str]
) -> None:
    run = "assert cli.run(['{}', '-q', '-o', 'out', 'model.json', 'train.csv']) == 0"
    both = "; ".join(run.format(command) for command in ("score", "explain"))
    script = f"import sys; from churnkit import cli; {both}; print(*sys.modules)"
    line = [sys.executable, "-c", script]
    done = subprocess.run(line, cwd=folder, env=shell_env, capture_output=True, text=True, check=True)
    modules = {*done.stdout.split()}
    assert len(modules & {*MODELS.values()}) == 1
    loaded = {name.split(".")[0] for name in modules}
    assert {"churnkit", "polars"} <= loaded
    assert not loaded & {"sklearn", "xgboost", "scipy", "pandas"}
