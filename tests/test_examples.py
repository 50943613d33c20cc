"""The examples run in an empty folder, and print what the file beside them says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"


def _certain(text: str, is_fitted: bool) -> str:
    """What no other system or library moves: blanks before a count; where a model is fitted, any figure and bar."""
    text = re.sub(r"^ +(?=\d)", "", text, flags=re.M)
    return re.sub(r"[\d.,+-]*\d+%?|[ ●│▁-█]+", "#", text) if is_fitted else text


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.stem)
def test_an_example_prints_what_stands_beside_it(
    script: Path, shell_env: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run([script], cwd=tmp_path, env=shell_env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = script.with_suffix(".out")
    if os.environ.get("UPDATE_EXAMPLES"):
        expected.write_text(done.stdout)
    is_fitted = "churnkit fit" in script.read_text()
    assert _certain(done.stdout, is_fitted) == _certain(expected.read_text(), is_fitted)
