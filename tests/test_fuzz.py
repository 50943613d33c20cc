"""A short run of the fuzzer, always the same, and what longer ones have found; `python -m tests.fuzz` looks further."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.fuzz.__main__ import Case, finding, run

FOUND = sorted((Path(__file__).parent / "fuzz" / "found").glob("*.json"))


def test_damaged_inputs_end_with_a_status_and_a_line() -> None:
    assert run(seconds=math.inf, seed=0, most=80) == []


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_stays_mended(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text())
    assert finding(Case(case["words"], case["data"].encode("latin-1")), tmp_path) is None
