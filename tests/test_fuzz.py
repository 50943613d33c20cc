"""A short run of the fuzzer, always the same; `python -m tests.fuzz` looks further."""

from __future__ import annotations

from tests.fuzz.__main__ import run


def test_damaged_inputs_end_with_a_status_and_a_line() -> None:
    assert run(seconds=60, seed=0, most=400) == []
