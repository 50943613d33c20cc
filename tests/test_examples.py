"""The examples run in an empty folder, and print what the file beside them says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell import LIMIT_S

FOLDER = Path(__file__).parent.parent / "examples"
README = FOLDER.parent / "README.md"
CONSOLE = re.compile(r"```console\n(.*?)```", re.S)


def _certain(text: str, is_fitted: bool) -> str:
    """What no other system or library moves: blanks before a count; where a model is fitted, any figure and bar,
    the order of reasons, and whether a small effect has one direction."""
    text = re.sub(r"^ +(?=\d)", "", text, flags=re.M)
    if not is_fitted:
        return text
    text = re.sub(r"^.*\(typical: .*\n", "", text, flags=re.M)
    text = re.sub(r"higher values point to \w+|mixed", "#", text)
    return re.sub(r"[\d.,+-]*\d+%?|[ ●○│┃─·▶▁-█]+", "#", text)


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.stem)
def test_an_example_prints_what_stands_beside_it(
    script: Path, sharing_env: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [script],
        cwd=tmp_path,
        env={**sharing_env, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    expected = script.with_suffix(".out")
    if os.environ.get("UPDATE_EXAMPLES"):
        expected.write_text(done.stdout)
    is_fitted = "churnkit fit" in script.read_text()
    shown = FOLDER / script.stem  # pictures that the README shows
    for picture in sorted(path for path in tmp_path.glob("*.svg") if shown.exists()):
        if os.environ.get("UPDATE_EXAMPLES"):
            (shown / picture.name).write_text(picture.read_text())
        assert _certain(picture.read_text(), is_fitted) == _certain(
            (shown / picture.name).read_text(), is_fitted
        )
    assert _certain(done.stdout, is_fitted) == _certain(expected.read_text(), is_fitted)


def _run_again(session: str, folder: Path, env: dict[str, str]) -> str:
    """A session of a terminal, `$ command` and what it printed, with what the commands print now."""
    made = []
    for command in re.findall(r"^\$ .*(?:\n  .*)*?(?=\n(?!  )|\Z)", session, flags=re.M):
        done = subprocess.run(
            ["bash", "-c", command[2:]],
            cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S,
        )  # fmt: skip
        made.append(f"{command}\n{done.stdout}")
    return "".join(made)


def test_the_sessions_of_the_readme_print_what_they_show(sharing_env: dict[str, str], tmp_path: Path) -> None:
    text = README.read_text()
    sessions = CONSOLE.findall(text)
    assert sessions
    for session in sessions:
        now = _run_again(session, tmp_path, sharing_env)
        if os.environ.get("UPDATE_EXAMPLES"):
            text = text.replace(session, now)
            README.write_text(text)
            session = now
        assert _certain(now, is_fitted=True) == _certain(session, is_fitted=True)
