"""The retention triangle in text: one line per cohort, one cell per age."""

from __future__ import annotations

from datetime import date

from churnkit.pictures import cohorts_text
from churnkit.windows import period_name

SHARES = {"2024-01-01": [0.9, 0.55, 0.1], "2024-02-01": [1.0, 0.3], "2024-03-01": [0.0]}
RECORDS = [
    {"cohort": cohort, "since": age, "customers": 1_200, "retention": share}
    for cohort, shares in SHARES.items()
    for age, share in enumerate(shares)
]


def test_a_cohort_has_its_customers_and_its_share_at_each_age() -> None:
    what, _, head, *lines = cohorts_text.draw(RECORDS, "1mo").splitlines()
    assert what.endswith("a period is 1 month")
    assert head.split()[2:] == ["0", "1", "2"]
    for line, (cohort, shares) in zip(lines, SHARES.items(), strict=True):
        month, year, customers, cells = line.split(maxsplit=3)
        assert (f"{month} {year}", customers) == (period_name(date.fromisoformat(cohort), "1mo"), "1,200")
        assert [cell.strip("% ░▒▓█") for cell in cells.split("%")][:-1] == [
            f"{share:.0%}"[:-1] for share in shares
        ]


def test_a_shade_is_darker_where_more_are_left() -> None:
    shades = " ░▒▓█"
    records = [
        {"cohort": f"{2000 + k}-01-01", "since": 0, "customers": 1, "retention": k / 10} for k in range(11)
    ]
    marks = [line.split("%")[1] or " " for line in cohorts_text.draw(records, "1mo").splitlines()[3:]]
    places = [shades.index(mark) for mark in marks]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 4)


def test_without_a_cohort_only_the_head_is_drawn() -> None:
    assert cohorts_text.draw([], "1mo").splitlines()[2:] == ["cohort     customers"]
