"""The readers' own Python under a fuzzer that is guided by coverage; it needs `pip install atheris`.

    python -m tests.fuzz.guided records -max_total_time=60 corpus/
    python -m tests.fuzz.guided model   -max_total_time=60 corpus/

TARGET and then libFuzzer's options. A finding is an exception other than ChurnkitError; libFuzzer keeps its input.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import atheris  # type: ignore[import-not-found, unused-ignore]

with atheris.instrument_imports(include=["churnkit"]):
    from churnkit.errors import ChurnkitError
    from churnkit.models.model_file import decode_model
    from churnkit.sampling import pseudonyms
    from churnkit.tables import formats, jsonl, records


def _cut(pieces: Iterator[bytes], layout: formats.Layout) -> bytes | None:
    """All records, cut from these pieces; None where that is refused."""
    try:
        found = list(records.cut_blocks(pieces, layout, "in"))
    except ChurnkitError:
        return None
    line = 1
    for block in found:
        assert block.line == line
        assert block.data.endswith(b"\n")
        line += block.data.count(b"\n")
    return b"".join(block.data for block in found)


def split_records(data: bytes) -> None:
    """However bytes are cut into pieces, the same records come out, and all of them."""
    step, body = 1 + (data[0] % 17 if data else 0), data[1:]
    if not body:
        return
    layout = formats.Layout(formats.CSV, b",")
    whole = _cut(iter([body]), layout)
    assert whole == _cut((body[at : at + step] for at in range(0, len(body), step)), layout)
    if whole is not None:
        assert whole == body + b"\n" * (not body.endswith(b"\n"))


def header(data: bytes) -> None:
    """A layout and names are told of any start of a file, or it is refused."""
    try:
        layout = formats.detect_layout(data, None, "in")
        if layout.format == formats.CSV:
            names = records.header_names(data, layout, "in")
            assert len({*names}) == len(names)
    except ChurnkitError:
        pass


def json_lines(data: bytes) -> None:
    """A line of JSON is a record of texts, or refused; a token stands in it where its value stood."""
    try:
        text = data.decode()
        flat = jsonl.record(text)
    except (UnicodeDecodeError, ChurnkitError, ValueError):
        return
    for name in flat:
        _replaced(data, name)


def _replaced(data: bytes, name: str) -> None:
    if b"\n" in data:
        return
    try:
        out = pseudonyms._in_json(data + b"\n", {name}, "utf-8", lambda value: "token")
        jsonl.record(out.decode())
    except (ChurnkitError, ValueError):
        pass


def model(data: bytes) -> None:
    """Bytes are read as a model, or refused."""
    with contextlib.suppress(ChurnkitError):
        decode_model(data, "in")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "records": split_records, "header": header, "json": json_lines, "model": model,
}  # fmt: skip

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}\nTARGET is one of {', '.join(TARGETS)}")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
