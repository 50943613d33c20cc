"""Each customer's own observation dates are those of a loop over days."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit import windows
from churnkit.eventlog.log import NO_DATE
from churnkit.features.own_dates import DatedRows, find_own_dates
from churnkit.windows import DAY, OwnDate

ROW = st.tuples(st.integers(-1, 2), st.integers(0, 40), st.none() | st.integers(0, 60))  # who, known, date
END = 50


@settings(max_examples=30)
@given(st.lists(ROW, max_size=12), st.integers(-20, 5), st.booleans())
def test_a_customer_is_asked_where_the_date_known_then_says_so(
    rows: list[tuple[int, int, int | None]], days: int, is_timed: bool
) -> None:
    rows = sorted(rows, key=lambda row: row[:2])
    dated = DatedRows(
        np.array([who for who, _, _ in rows], dtype=np.int64),
        np.array([known * DAY + DAY // 2 for _, known, _ in rows], dtype=np.int64) if is_timed else None,
        np.array([NO_DATE if day is None else day * DAY for _, _, day in rows], dtype=np.int64),
    )
    found = find_own_dates(dated, OwnDate("due", days), 3, END * DAY, "UTC")
    expected, late = set(), set()
    for place, (who, _, day) in enumerate(rows):
        if who < 0 or day is None:
            continue
        asked = day + days
        known_then = [
            number for number, row in enumerate(rows) if row[0] == who and (not is_timed or row[1] < asked)
        ]
        if not is_timed or (known_then and known_then[-1] == place):
            (expected if asked <= END else late).add((asked, who))
    got = [(date.instant // DAY, who) for date, customers in found.asked for who in customers.tolist()]
    assert got == sorted(expected)
    assert bool(found.too_late) == bool(late)
    assert found.without == 3 - len({who for who, _, day in rows if who >= 0 and day is not None})


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("renewal_date-60d", OwnDate("renewal_date", -60)),
        ("renewal-date-2w", OwnDate("renewal-date", -14)),
        ("signup+30d", OwnDate("signup", 30)),
        ("renewal_date", OwnDate("renewal_date", 0)),
        ("latest", None),
        ("2024-05-01", None),
        ("2024-05-01..2024-06-01/1mo", None),
        ("latest,2024-05-01", None),
    ],
)
def test_a_column_and_days_are_told_from_dates(text: str, own: OwnDate | None) -> None:
    assert windows.own_date(text) == own
