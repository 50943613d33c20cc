"""Tables as bytes and samples of them, for the tests of sampling."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from churnkit.sampling import reading
from churnkit.sampling.reading import SampleInput
from churnkit.sampling.rows import SampleChoice

FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)
IDS = st.sampled_from(["a", "b", "00123", 'q"', "c,d", "e\nf", "é", "", " g "])
TABLES = st.lists(st.tuples(FIELDS, IDS, FIELDS), max_size=40)


def written(
    rows: list[tuple[str, str, str]], separator: str = ",", quoting: Any = csv.QUOTE_MINIMAL
) -> bytes:
    """A table of the columns x, customer_id and y."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\n")
    writer.writerow(["x", "customer_id", "y"])
    writer.writerows(rows)
    return out.getvalue().encode()


def fields(data: bytes, separator: str = ",") -> list[list[str]]:
    """Its records as the csv module reads them, the header first."""
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator))


def sampled(
    path: str, data: bytes, header: bool = True, source: dict[str, Any] | None = None, **choice: Any
) -> bytes:
    """A sample of a file of these bytes. source: fields of SampleInput. choice: of SampleChoice."""
    Path(path).write_bytes(data)
    given = SampleInput([path], **(source or {}))
    return b"".join(reading.sample(given, SampleChoice(**choice), header=header))
