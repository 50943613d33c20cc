"""The examples run in an empty folder, and print what the file beside them says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"


def _certain(text: str) -> str:
    """The text with the figures masked that another version of a library may move."""
    return re.sub(
        r"^((?:auc|pr_auc|lift|observed).*)$", lambda m: re.sub(r"\d+\.\d+", "#", m[1]), text, flags=re.M
    )


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.stem)
def test_an_example_prints_what_stands_beside_it(
    script: Path, shell_env: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run([script], cwd=tmp_path, env=shell_env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = script.with_suffix(".out")
    if os.environ.get("UPDATE_EXAMPLES"):
        expected.write_text(done.stdout)
    assert _certain(done.stdout) == _certain(expected.read_text())
