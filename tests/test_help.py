"""Help teaches: it is light, and each example in it runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from churnkit import cli, commands, options
from tests.shell import run_bash

COMMANDS = [name for group in commands.COMMANDS.values() for name in group]
SUMMARIES = {name: words for group in commands.COMMANDS.values() for name, words in group.items()}
FEATURES = "recency_days,tenure_days,event_count_30d,login_count_30d,amount_sum_30d,amount_sum_90d,plan_last"
HEAVY = ("polars", "numpy", "sklearn", "xgboost", "orjson", "msgspec", "scipy", "pandas")


def _command(name: str) -> click.Command:
    command = cli.main_group.get_command(click.Context(cli.main_group), name)
    assert command is not None
    return command


def _example(name: str) -> str:
    """The first block of command lines in a command's help."""
    blocks = re.findall(
        r"\x08\n((?: *(?:churnkit|jq|printf) .*\n(?: {8,}.*\n)*)+)", (_command(name).help or "") + "\n"
    )
    assert blocks
    return str(blocks[0])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_begins_with_the_line_that_the_front_page_shows(name: str) -> None:
    assert (_command(name).help or "").splitlines()[0] == SUMMARIES[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_sentence(name: str) -> None:
    options = [p for p in _command(name).params if isinstance(p, click.Option)]
    assert all(option.help for option in options)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_each_command_runs(name: str, sharing_env: dict[str, str], tmp_path: Path) -> None:
    example = re.sub(r"--customers \d+", "--customers 600", _example(name))  # size is not the point
    example = example.replace(
        "featurize --as-of", f"featurize --features {FEATURES} --as-of"
    )  # nor are others
    if "jq" in example and not shutil.which("jq"):
        example = "\n".join(line for line in example.splitlines() if "jq" not in line)
    done = run_bash(f"set -eu\n{example}", tmp_path, sharing_env)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_help_imports_nothing_heavy(shell_env: dict[str, str]) -> None:
    script = (
        "import os, runpy, sys\n"
        "os._exit = sys.exit\n"  # by which a command ends
        "for line in sys.argv[1:]:\n"
        "    sys.argv = ['churnkit', *line.split()]\n"
        "    try: runpy.run_module('churnkit', run_name='__main__')\n"
        "    except SystemExit as done: assert not done.code\n"
        "    print(line, *(name for name, module in sys.modules.items() if module), sep=',', file=sys.stderr)\n"
    )
    lines = ["--help", "help model", *(f"{name} --help" for name in COMMANDS)]
    run = [sys.executable, "-c", script, *lines]  # one process: the first line that imports it is found
    trace = subprocess.run(run, env=shell_env, capture_output=True, text=True, check=True).stderr
    loaded = {line: set(modules) for line, *modules in (row.split(",") for row in trace.splitlines())}
    assert [*loaded] == lines
    assert "churnkit.commands.fit" in loaded["fit --help"]
    assert {line for line, modules in loaded.items() if modules & set(HEAVY)} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_short_help_names_the_shared_options_and_the_long_one_explains_them(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    shared = [option for option in _command(name).params if isinstance(option, options.SharedOption)]
    assert cli.run([name, "--help"]) == 0
    short = " ".join(capfd.readouterr().out.split())
    assert cli.run([name, "--help-all"]) == 0
    long = " ".join(capfd.readouterr().out.split())
    for option in shared:
        explanation = " ".join((option.help or "").split())
        assert min(option.opts, key=len) in short
        assert explanation not in short
        assert explanation in long
    for option in _command(name).params:
        if isinstance(option, click.Option) and not option.hidden and option not in shared:
            assert " ".join((option.help or "").split()) in short


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_reads_the_variable_that_is_spelt_as_it_is(name: str) -> None:
    for option in _command(name).params:
        if isinstance(option, click.Option) and option.name != "help":
            flag = max(option.opts, key=len).removeprefix("--").replace("-", "_").upper()
            own, *everywhere = option.envvar or []
            assert own == f"CHURNKIT_{name.upper()}_{flag}"
            assert [*everywhere] in ([], [f"CHURNKIT_{flag}"])


def test_a_variable_sets_what_its_option_would(sharing_env: dict[str, str], tmp_path: Path) -> None:
    rows = "id,a,churned\n" + "".join(f"{k},{k % 7},{int(k % 3 == 0)}\n" for k in range(60))
    (tmp_path / "t.csv").write_text(rows)
    script = """
      CHURNKIT_FIT_MODEL=tree CHURNKIT_FIT_QUIET=1 CHURNKIT_ID=id churnkit fit t.csv > m.json
      CHURNKIT_SCORE_NO_HEADER=1 CHURNKIT_ID=none CHURNKIT_SCORE_ID=id churnkit score m.json t.csv | head -n 1
      CHURNKIT_FIT_MODEL=forest churnkit fit t.csv
    """
    done = run_bash(f"set -u\n{script}", tmp_path, sharing_env)
    assert '"kind":"tree"' in (tmp_path / "m.json").read_text()
    assert done.stdout.startswith("0,")
    assert "(from CHURNKIT_FIT_MODEL)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_lists_its_topics_and_knows_the_commands(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help"]) == 0
    assert [line.split()[2] for line in capfd.readouterr().out.splitlines()] == list(cli.TOPICS)
    for words in (["help", "score"], ["score", "--help"]):
        assert cli.run(words) == 0
    first, second = capfd.readouterr().out.split("Usage: ")[1:]
    assert first == second
    assert cli.run(["help", "honest-number"]) == 2
    assert "did you mean 'honest-numbers'" in capfd.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete(shell: str, shell_env: dict[str, str]) -> None:
    if shell == "bash" and not shutil.which("bash"):
        pytest.skip("no bash here")
    run = [sys.executable, "-m", "churnkit"]
    source = subprocess.run(
        run, env={**shell_env, "_CHURNKIT_COMPLETE": f"{shell}_source"}, capture_output=True, text=True
    )
    assert source.returncode == 0
    assert "churnkit" in source.stdout
    asked = {
        "_CHURNKIT_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "churnkit sc",
        "COMP_CWORD": "1" if shell != "fish" else "sc",
    }
    done = subprocess.run(run, env={**shell_env, **asked}, capture_output=True, text=True)
    assert "score" in done.stdout
    assert "fit" not in done.stdout


def test_the_version_tells_the_libraries_where_asked(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    one = capfd.readouterr().out
    assert one.count("\n") == 1
    assert cli.run(["--version", "--verbose"]) == 0
    whole = capfd.readouterr().out
    assert whole.startswith(one)
    assert {"polars", "numpy", "orjson", "python"} <= {line.split()[0] for line in whole.splitlines()}
    assert cli.run(["--verbose"]) == 2


def test_the_variable_of_a_role_is_ignored_where_it_does_not_apply(
    sharing_env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text("customer_id,timestamp,event\na,2024-01-01,x\na,2024-02-01,x\n")
    script = """
      CHURNKIT_VALUE=price CHURNKIT_EVENT=kind churnkit measure -q --return-rate log.csv
      CHURNKIT_VALUE=price churnkit measure -q --inactive 30d log.csv
      CHURNKIT_VALUE=price churnkit featurize -q --as-of 2024-02-02 log.csv
      CHURNKIT_TARGET=churned churnkit profile -q log.csv
    """
    done = run_bash(f"set -eu\n{script}", tmp_path, sharing_env)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        run_bash("churnkit measure --return-rate --value price log.csv", tmp_path, sharing_env).returncode
        == 2
    )
