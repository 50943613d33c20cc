"""Where the pipe is the point: the real command between real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROWS = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shell_env: dict[str, str]) -> Path:
    """A log, a feature table, a model, and a table large enough to fill every pipe."""
    folder = tmp_path_factory.mktemp("pipes")
    script = """
      churnkit simulate --customers 300 > events.csv
      churnkit featurize -q --as-of 2024-06-01,2024-08-01 --horizon 30d events.csv > train.csv
      churnkit fit -q --model tree train.csv > model.json
      { cat train.csv; for k in 1 2 3 4 5 6 7 8 9; do tail -n +2 train.csv; done; } > now.csv
    """
    subprocess.run(["bash", "-euc", script], cwd=folder, env=shell_env, check=True)
    with (folder / "big.csv").open("w") as file:
        file.write("customer_id,x\n")
        file.writelines(f"c{row:06d},{row}\n" for row in range(ROWS))
    return folder


def _bash(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )


COMMANDS = {
    "simulate": "churnkit simulate --customers 3000",
    "sample": "churnkit sample --rate 1 big.csv",
    "profile": "churnkit profile events.csv",
    "featurize": "churnkit featurize -q --as-of 2024-06-01 events.csv",
    "measure": "churnkit measure -q --inactive 30d events.csv",
    "diff": "churnkit diff -q --metric churned_30d --by plan_last --period as_of train.csv",
    "drift": "churnkit drift -q train.csv train.csv",
    "fit": "churnkit fit -q --model tree train.csv",
    "score": "churnkit score -q model.json now.csv",
    "explain": "churnkit explain -q model.json now.csv",
}


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
def test_a_closed_pipe_ends_a_command_silently(line: str, folder: Path, shell_env: dict[str, str]) -> None:
    done = _bash(f"{{ sleep 0.2; {line}; }} | true; echo ${{PIPESTATUS[0]}}", folder, shell_env)
    assert (done.stdout, done.stderr) == ("141\n", "")


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line_and_status_2(line: str, folder: Path, shell_env: dict[str, str]) -> None:
    done = _bash(f"{line} > /dev/full", folder, shell_env)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS)
def test_a_closed_standard_output_is_an_error(line: str, folder: Path, shell_env: dict[str, str]) -> None:
    done = _bash(f"{line} >&-", folder, shell_env)
    assert done.returncode == 2
    assert "standard output" in done.stderr


def test_a_closed_standard_output_does_not_matter_with_o(folder: Path, shell_env: dict[str, str]) -> None:
    done = _bash("churnkit sample --rate 1 -o out.csv big.csv >&- && cmp out.csv big.csv", folder, shell_env)
    assert done.returncode == 0


@pytest.mark.parametrize("command", ["score -q --no-header model.json", "sample --rate 1 --no-header"])
def test_parallel_writers_tear_no_line_and_lose_none(
    command: str, folder: Path, shell_env: dict[str, str]
) -> None:
    one = _bash(f"churnkit {command} now.csv", folder, shell_env).stdout.splitlines()
    many = _bash(f"yes now.csv | head -8 | xargs -P4 -n1 churnkit {command} | cat", folder, shell_env)
    assert sorted(many.stdout.splitlines()) == sorted(one * 8)


def test_the_first_scores_come_out_before_the_input_ends(folder: Path, shell_env: dict[str, str]) -> None:
    script = "(head -50 now.csv; sleep 20) | churnkit score -q model.json"
    with subprocess.Popen(["bash", "-c", script], cwd=folder, env=shell_env, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        began = time.monotonic()
        lines = [run.stdout.readline() for _ in range(50)]
        waited = time.monotonic() - began
        os.kill(run.pid, signal.SIGKILL)
        subprocess.run(["pkill", "-P", str(run.pid)], check=False)
    assert all(lines)
    assert waited < 15


@pytest.mark.parametrize("option", [[], ["--by-line"]])
def test_a_stream_that_never_pauses_is_answered_all_the_same(
    option: list[str], folder: Path, shell_env: dict[str, str]
) -> None:
    header, *rows = (folder / "train.csv").read_text().splitlines()
    words = [sys.executable, "-m", "churnkit", "score", "-q", *option, "model.json"]
    with subprocess.Popen(
        words, cwd=folder, env=shell_env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{header}\n{rows[0]}\n".encode())
        process.stdout.readline()  # it is awake
        for row in rows[:200]:
            process.stdin.write(f"{row}\n".encode())
            time.sleep(0.005)
        answered = os.read(process.stdout.fileno(), 1 << 16).count(b"\n")
        process.stdin.close()
        rest = process.stdout.read().count(b"\n")
    assert answered > 20
    assert answered + rest == 201


@pytest.mark.parametrize("command", ["score -q model.json", "explain -q --to csv model.json"])
def test_a_killed_command_leaves_whole_lines_or_no_file(
    command: str, folder: Path, shell_env: dict[str, str]
) -> None:
    endless = "(cat now.csv; while tail -n +2 now.csv; do :; done)"
    for where in ("> killed.csv", "-o never.csv"):
        with subprocess.Popen(
            ["bash", "-c", f"{endless} | exec churnkit {command} {where}"], cwd=folder, env=shell_env,
            stderr=subprocess.DEVNULL, start_new_session=True,
        ) as run:  # fmt: skip
            time.sleep(1.5)
            os.killpg(run.pid, signal.SIGKILL)
    lines = (folder / "killed.csv").read_text().split("\n")
    assert lines.pop() == ""
    assert len(lines) > 1_000
    assert {line.count(",") for line in lines} == {lines[0].count(",")}
    assert not (folder / "never.csv").exists()


def test_interrupt_ends_quietly_with_130_and_leaves_no_file(folder: Path, shell_env: dict[str, str]) -> None:
    there = folder / "there"
    there.mkdir(exist_ok=True)
    with subprocess.Popen(
        ["churnkit", "sample", "--rate", "1", "-o", str(there / "out.csv")],
        env=shell_env, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as run:  # fmt: skip
        assert run.stdin is not None
        assert run.stderr is not None
        run.stdin.write(b"a,b\n1,2\n" * 100_000)
        run.stdin.flush()
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=20) == 130
        assert run.stderr.read() == b""
    assert list(there.iterdir()) == []


def test_output_may_be_the_input_with_o(folder: Path, shell_env: dict[str, str]) -> None:
    script = "cp big.csv io.csv; churnkit sample --rate 1 -o io.csv io.csv; cmp io.csv big.csv"
    assert _bash(script, folder, shell_env).returncode == 0


def test_appending_a_file_to_itself_is_refused(folder: Path, shell_env: dict[str, str]) -> None:
    done = _bash("cp big.csv io.csv; churnkit sample --rate 1 io.csv >> io.csv", folder, shell_env)
    assert done.returncode == 2
    assert "input file is output file" in done.stderr


def test_an_empty_input_is_an_error_for_a_failed_left_side_must_not_look_empty(
    folder: Path, shell_env: dict[str, str]
) -> None:
    done = _bash("false | churnkit score model.json", folder, shell_env)
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input is empty" in done.stderr


def test_the_chain_of_the_readme_works_from_end_to_end(folder: Path, shell_env: dict[str, str]) -> None:
    script = """
      set -eo pipefail
      churnkit sample --by customer_id --rate 0.8 events.csv |
        churnkit featurize -q --as-of 2024-06-01..2024-10-01/1mo --horizon 30d > chain.csv
      churnkit fit -q chain.csv > chain.json
      churnkit featurize -q --like chain.json --as-of 2024-12-01 events.csv |
        churnkit score -q chain.json | LC_ALL=C sort -t, -k2,2gr | sed -n 1,5p
    """
    done = _bash(script, folder, shell_env)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5


def test_scoring_imports_neither_scikit_learn_nor_xgboost(folder: Path, shell_env: dict[str, str]) -> None:
    for command in ("score", "explain"):
        done = _bash(
            f"PYTHONPROFILEIMPORTTIME=1 churnkit {command} -q model.json train.csv 2>&1 >/dev/null",
            folder,
            shell_env,
        )
        loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stdout.splitlines()}
        assert "churnkit" in loaded
        assert not loaded & {"sklearn", "xgboost", "scipy", "pandas"}
