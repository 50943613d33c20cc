"""Output that is held back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from churnkit.errors import ChurnkitError
from churnkit.tables import writing
from churnkit.tables.held_output import HeldOutput

PARTS = [b"a\n" * 10, b"b\n", b"", b"c\n" * 7]


@pytest.mark.parametrize("in_memory", [0, 5, 1_000])
def test_what_is_released_is_what_was_held_in_its_order(in_memory: int, tmp_path: Path) -> None:
    with writing.open_output(str(tmp_path / "out"), "csv") as output:
        held = HeldOutput(output, in_memory)
        for turn in range(2):
            for part in PARTS:
                held.bytes(part)
            if not turn:
                held.discard()
        held.release()
        held.release()
    assert (tmp_path / "out").read_bytes() == b"".join(PARTS)


def test_a_full_disk_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_space(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_space)
    with (
        writing.open_output(str(tmp_path / "out"), "csv") as output,
        pytest.raises(ChurnkitError, match="held back: No space left"),
    ):
        HeldOutput(output, 0).bytes(b"a\n")
