"""Two tables, or the last two periods of one: the same rows, sides and customers as in pandas."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import messages
from churnkit.diff.decomposition import COUNT, MEAN, ComparedRows
from churnkit.diff.reading import DiffRequest, _numbers, read_compared
from churnkit.errors import ChurnkitError
from churnkit.tables import types
from churnkit.tables.table import Frame, Reading

BEFORE = "customer_id,plan,x,only_before\nb,01,1.5,p\na,1,2,q\n"
AFTER = "x,customer_id,plan,only_after\n4,a,,r\n,b,1,s\n8,c,01,t\n"
PERIODS = """customer_id,month,plan,x
a,9,p,1
b,10,p,2
a,10,,3
c,8,p,4
d,,p,5
b,9,q,6
"""


def _read(
    folder: Path, *texts: str, metric: str | None = "x", by: tuple[str, ...] = (), period: str | None = None,
    is_auto: bool = False, is_id_needed: bool = False,
) -> tuple[pl.DataFrame, ComparedRows]:  # fmt: skip
    paths = [folder / f"{k}.csv" for k in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    stat = MEAN if metric else COUNT
    request = DiffRequest(metric, stat, by, period, is_auto, "customer_id", is_id_needed)
    return read_compared([str(path) for path in paths], Reading(), request)


def _same_grouping(found: list[int], wanted: list[str]) -> bool:
    """Whether the numbers part the rows as the words do."""
    return len(set(found)) == len(set(wanted)) == len(set(zip(found, wanted, strict=True)))


def test_two_tables_are_those_of_pandas_one_below_the_other(tmp_path: Path) -> None:
    table, rows = _read(tmp_path, BEFORE, AFTER, by=("plan",))
    sides = [pd.read_csv(tmp_path / f"{k}.csv", dtype={"plan": str}).assign(after=k) for k in range(2)]
    both = pd.concat(sides).dropna(subset="x")
    assert rows.x.tolist() == both["x"].tolist()
    assert rows.after.tolist() == (both["after"] == 1).tolist()
    assert _same_grouping(rows.customer.tolist(), both["customer_id"].tolist())
    assert table["plan"].cast(pl.String).to_list() == ["01", "1", None, "01"]
    (note,) = messages.records()[1]
    assert (note["code"], note["count"], note["column"]) == ("unknown-metric", 1, "x")


def test_the_last_two_periods_are_compared_in_the_order_of_numbers(tmp_path: Path) -> None:
    table, rows = _read(tmp_path, PERIODS, by=("plan",), period="month")
    all_rows = pd.read_csv(tmp_path / "0.csv")
    last = sorted(all_rows["month"].dropna().unique())[-2:]
    kept = all_rows[all_rows["month"].isin(last)]
    assert rows.x.tolist() == kept["x"].tolist()
    assert rows.after.tolist() == (kept["month"] == 10).tolist()
    assert _same_grouping(rows.customer.tolist(), kept["customer_id"].tolist())
    assert table.height == len(kept)
    assert "9 and 10" in str(messages.records()[1][0]["text"])


def test_dates_are_compared_in_the_order_of_time(tmp_path: Path) -> None:
    text = "month,x\n2024-10-01,1\n2024-09-01,2\n2024-10-01,3\n"
    _, rows = _read(tmp_path, text, period="month")
    assert rows.after.tolist() == [True, False, True]
    assert rows.totals.tolist() == [2, 2]


def test_yes_and_no_are_one_and_zero(tmp_path: Path) -> None:
    _, rows = _read(tmp_path, "x,plan\nyes,a\nno,a\nno,b\n", "x,plan\nno,a\n,b\nyes,b\n", by=("plan",))
    assert rows.x.tolist() == [1, 0, 0, 0, 1]
    assert rows.is_binary


def test_tables_of_the_metric_alone_are_compared(tmp_path: Path) -> None:
    _, rows = _read(tmp_path, "x\n1\n2\n", "x\n4\n6\n")
    assert rows.difference == (4 + 6) / 2 - (1 + 2) / 2


def test_a_count_is_one_for_each_row_and_a_row_without_an_id_is_a_customer(tmp_path: Path) -> None:
    _, rows = _read(tmp_path, "plan\na\nb\n", "plan\na\n", metric=None, by=("plan",))
    assert rows.x.tolist() == [1, 1, 1]
    assert rows.totals.tolist() == [2, 1]
    assert len(set(rows.customer.tolist())) == 3


def test_a_search_reads_all_columns_that_both_have_besides_the_ids(tmp_path: Path) -> None:
    searched, _ = _read(tmp_path, BEFORE, AFTER, is_auto=True)
    assert set(searched.columns) == {"plan"}
    named, _ = _read(tmp_path, BEFORE, AFTER)
    assert not named.columns
    grouped_by_metric, _ = _read(tmp_path, BEFORE, AFTER, by=("x",))
    assert set(grouped_by_metric.columns) == {"x"}


@pytest.mark.parametrize(
    ("texts", "options", "words"),
    [
        ((BEFORE, "x,plan\n1,a\n2x,b\n"), {}, r"1\.csv:3: column 'x': '2x'"),
        ((BEFORE, AFTER), {"by": ("only_before",)}, "no column 'only_before'"),
        ((BEFORE, "customer_id,x\na,\n"), {}, "AFTER has no rows with a value of x"),
        ((BEFORE, "x\n\"\"\n"), {}, "AFTER has no rows with a value of x"),
        (("plan\n", "plan\na\n"), {"metric": None}, "BEFORE has no rows"),
        (("month,x\n9,1\n9,2\n",), {"period": "month"}, "--period month: the column has 1 value; at least two are needed"),
        (("month,x\n9,1\n10,\n",), {"period": "month"}, "month 10 has no rows with a value of x"),
    ],
    ids=["a number", "a group", "an id", "no metric", "no row", "one period", "no metric in a period"],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    texts: tuple[str, ...], options: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ChurnkitError, match=words):
        _read(tmp_path, *texts, **options)  # type: ignore[arg-type]


TEXTS = st.lists(st.sampled_from(["1", "2.5", " 3 ", "", "yes", "no", "x"]) | st.none(), max_size=3)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_blocks_of_numbers_and_of_texts_are_the_numbers_of_all_texts(blocks: list[list[str | None]]) -> None:
    """A block of plain numbers comes as such; one bad value, or yes and no, are found in any block."""
    texts = [pl.Series("x", block, dtype=pl.String) for block in blocks]
    read = [types.plain_numbers(block) for block in texts]
    columns = [block if numbers is None else numbers for block, numbers in zip(texts, read, strict=True)]
    lines = [range(k * 10, k * 10 + len(block)) for k, block in enumerate(blocks)]
    one, other = (
        [Frame(pl.DataFrame({"x": c}), "t.csv", at) for c, at in zip(some, lines, strict=True)]
        for some in (texts, columns)
    )
    try:
        wanted = _numbers("x", one, None).to_list()
    except ChurnkitError as error:
        with pytest.raises(ChurnkitError, match=re.escape(str(error))):
            _numbers("x", other, None)
    else:
        assert _numbers("x", other, None).to_list() == wanted
