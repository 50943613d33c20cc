"""Findings about a whole table; the planted faults are in test_checker."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churnkit import windows
from churnkit.checks.expectations import Expectations
from churnkit.checks.findings import TableFinding, TableLimits, find, undecided
from churnkit.message_codes import MESSAGES
from tests import checked, deliveries


@pytest.fixture(scope="module")
def expected() -> Expectations:
    return checked.expectations(checked.base())


def _codes(expected: Expectations, rows: deliveries.Rows, limits: TableLimits) -> list[str]:
    checker = checked.checker(expected)
    checker.judge(checked.block(deliveries.lines(rows)))
    found = find(checker.facts, limits)
    assert all(finding.code in MESSAGES for finding in found)
    assert all(finding.record()["text"] == finding.text for finding in found)
    return [finding.code for finding in found]


def test_the_age_of_the_latest_row_is_limited(expected: Expectations) -> None:
    rows = checked.delivered()
    for days, codes in ((2, ["too-old"]), (4, [])):
        limits = TableLimits(checked.NOW, max_age=days * windows.DAY)
        assert _codes(expected, rows, limits) == codes


def test_a_time_far_ahead_does_not_make_the_rows_young(expected: Expectations) -> None:
    rows = checked.delivered()
    rows[7][1] = "2035-01-01T00:00:00"
    assert _codes(expected, rows, TableLimits(checked.NOW, max_age=2 * windows.DAY)) == ["too-old"]


def test_the_number_of_rows_is_limited_unless_it_is_not_known(expected: Expectations) -> None:
    rows = checked.delivered(500)
    assert _codes(expected, rows, TableLimits(checked.NOW)) == ["row-count"]
    assert _codes(expected, rows, TableLimits(checked.NOW, rows=(0.4, 2))) == []
    assert _codes(replace(expected, rows=None), rows, TableLimits(checked.NOW)) == []
    assert _codes(expected, rows, TableLimits(checked.NOW, rows=None)) == []


def test_personal_data_are_a_finding_only_if_they_are_refused(expected: Expectations) -> None:
    rows = checked.delivered()
    for k, row in enumerate(rows):
        row[3] = f"name{k}@example.org"
    limits = TableLimits(checked.NOW, refuses_personal=True)
    assert "personal-data" in _codes(expected, rows, limits)
    assert "personal-data" not in _codes(expected, rows, TableLimits(checked.NOW))


TIMES = ("customer_id", "opened", "closed", "seen")


def _tickets(rng: np.random.Generator, month: str, rows: int, empty: float = 0.2) -> list[list[str]]:
    """Tickets that are closed minutes to days after they were opened, and a time of its own."""
    opened = np.datetime64(f"{month}-01T00:00:00") + rng.integers(0, 27 * 86_400, rows).astype("m8[s]")
    closed = opened + rng.integers(0, 2 * 86_400, rows).astype("m8[s]")
    seen = np.datetime64(f"{month}-01T00:00:00") + rng.integers(0, 28 * 86_400, rows).astype("m8[s]")
    shown = np.where(rng.random(rows) < empty, "", closed.astype(str))
    ids = [f"{month}-{k}" for k in range(rows)]
    return [list(row) for row in zip(ids, opened.astype(str), shown, seen.astype(str), strict=True)]


def _swapped(rows: list[list[str]], base: list[list[str]]) -> list[TableFinding]:
    frame = pl.DataFrame(base, schema=list(TIMES), orient="row").with_columns(pl.all().replace("", None))
    found = checked.judged(checked.expectations(frame), deliveries.lines(rows), TIMES)[1]
    return [finding for finding in found if finding.code == "swapped"]


def test_two_swapped_columns_of_times_are_named() -> None:
    rng = np.random.default_rng(0)
    rows = [[a, c, b, d] for a, b, c, d in _tickets(rng, "2024-06", 400, empty=0.0)]
    (finding,) = _swapped(rows, _tickets(rng, "2024-05", 400, empty=0.0))
    assert (finding.before, finding.after) == ("opened", "closed")


def test_honest_times_are_never_taken_for_swapped() -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        rows, more = rng.integers(30, 300, 2).tolist()
        empty = float(rng.choice([0.0, 0.3, 0.9]))
        assert _swapped(_tickets(rng, "2024-06", rows, empty), _tickets(rng, "2024-05", more, empty)) == []


def test_special_categories_are_a_finding_only_if_personal_data_are_refused(expected: Expectations) -> None:
    rows = [[*row, "yes"] for row in checked.delivered()]
    names = (*deliveries.NAMES, "is_pregnant")
    for is_refused in (True, False):
        limits = TableLimits(checked.NOW, refuses_personal=is_refused)
        found = checked.judged(expected, deliveries.lines(rows), names, limits=limits)[1]
        assert ("special-category" in {finding.code for finding in found}) == is_refused


def test_a_new_word_in_a_few_rows_may_be_chance_and_in_many_it_is_none() -> None:
    few = checked.expectations(checked.base(400))  # too few rows for words to be closed
    rows = checked.delivered(400)
    for count, codes in ((3, []), (15, ["new-values"])):
        for row in rows[:count]:
            row[2] = "gold"
        assert _codes(few, rows, TableLimits(checked.NOW)) == codes


@pytest.mark.parametrize(
    ("column", "fault", "code"),
    [(2, lambda _: "gold", "new-values"), (4, "{}.5".format, "changed-type"), (7, "-1{}".format, "changed-type")],
    ids=["a new word", "decimals", "below 0"],
)  # fmt: skip
def test_what_the_base_never_had_is_told_where_its_chance_is_below_one_of_1000_over_the_columns(
    column: int, fault: Callable[[str], str], code: str
) -> None:
    """Of k such rows among 800, all are among the 400 new ones with a chance of C(400, k) / C(800, k)."""
    expected = checked.expectations(checked.base(400))
    limit = 0.001 / len(deliveries.NAMES)
    least = next(k for k in itertools.count(1) if math.comb(400, k) / math.comb(800, k) < limit)
    for number in (least - 1, least):
        rows = checked.delivered(400)
        for row in rows[:number]:
            row[column] = fault(row[column])
        assert (code in _codes(expected, rows, TableLimits(checked.NOW))) == (number == least)


@pytest.mark.parametrize(("empty", "codes"), [(11, []), (12, ["null-share"])])
def test_a_share_of_empty_values_in_few_rows_is_told_from_four_standard_errors_on(
    expected: Expectations, empty: int, codes: list[str]
) -> None:
    """Of 40 rows, 11 differ from the base by .174 and 12 by .1992; four standard errors are .198 and .1989."""
    assert (expected.columns["discount"].nulls, expected.columns["discount"].rows) == (121, 1_200)
    rows = checked.delivered(40)
    for place, row in enumerate(rows):
        row[9] = "" if place < empty else row[9] or "0.3"
    assert _codes(checked.of_any_size(expected), rows, TableLimits(checked.NOW)) == codes


def test_a_column_that_is_suddenly_filled_is_a_finding(expected: Expectations) -> None:
    rows, last = checked.delivered(), "0.3"
    for row in rows:
        last = row[9] = row[9] or last
    assert _codes(expected, rows, TableLimits(checked.NOW)) == ["null-share"]


def test_decimals_where_there_were_none_are_a_finding_beyond_chance(expected: Expectations) -> None:
    rows = checked.delivered()
    for row in rows[:100]:
        row[4] += ".5"
    assert _codes(expected, rows, TableLimits(checked.NOW)) == ["changed-type"]


@pytest.mark.parametrize(("before", "after"), [("{:05d}", "{}"), ("{}", "{}.0")])
def test_ids_that_lost_their_zeros_or_gained_a_point_are_told(before: str, after: str) -> None:
    frame = checked.base(300).with_columns(pl.Series("customer_id", [before.format(k) for k in range(300)]))
    rows = checked.delivered(300)
    for k, row in enumerate(rows):
        row[0] = after.format(k)
    assert "changed-ids" in _codes(checked.expectations(frame), rows, TableLimits(checked.NOW))


def test_too_few_rows_decide_nothing(expected: Expectations) -> None:
    checker = checked.checker(checked.of_any_size(expected))
    checker.judge(checked.block(deliveries.lines(checked.delivered(12))))
    assert find(checker.facts, TableLimits(checked.NOW)) == []
    assert "amount" in undecided(checker.facts)
