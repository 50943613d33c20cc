"""What the rows of a table show together: pandas counts the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests import checked, deliveries


def test_facts_are_what_pandas_counts() -> None:
    expected = checked.expectations(checked.base())
    rows = checked.delivered(300)
    rows[4][4], rows[5][4], rows[6][4], rows[7][9] = "x", "3.5", "-2", ""
    again = [*rows, *rows[10:13]]
    checker = checked.checker(expected)
    checker.judge(checked.block(deliveries.lines(again)))
    facts, table = checker.facts, pd.DataFrame(again, columns=list(deliveries.NAMES))
    assert facts.rows == len(table)
    assert facts.nulls["discount"] == (table["discount"] == "").sum()
    assert (facts.mistyped["age"], facts.fractions["age"], facts.negatives["age"]) == (1, 1, 1)
    times = pd.to_datetime(table["timestamp"])
    assert facts.lasts["timestamp"] == times.max().value // 1_000
    days = (times - pd.Timestamp(0)).dt.days
    assert dict(facts.days) == days.value_counts().to_dict()
    assert dict(facts.repeated) == days[300:].value_counts().to_dict()
    calls = facts.watch.rows["calls"]
    column = next(c for c in expected.drift.columns if c.name == "calls")
    edges = [-np.inf, *column.histogram["edges"], np.inf]  # type: ignore[index]
    assert (
        calls[:-1].tolist()
        == pd.cut(table["calls"].astype(float), edges, right=False).value_counts(sort=False).tolist()
    )


def test_columns_that_no_row_has_are_gone() -> None:
    expected = checked.expectations(checked.base(400))
    names = deliveries.NAMES[:-1]
    checker = checked.checker(expected, names)
    checker.judge(checked.block(deliveries.lines([row[:-1] for row in checked.delivered(50)]), names))
    assert checker.facts.gone == ["is_active"]
