"""The retention triangle in text: one line per cohort, one cell per age."""

from __future__ import annotations

from churnkit.pictures import cohorts_text

SHARES = {"2024-01-01": [0.9, 0.55, 0.1], "2024-02-01": [1.0, 0.3], "2024-03-01": [0.0]}
RECORDS = [
    {"cohort": cohort, "since": age, "customers": 1_200, "retention": share}
    for cohort, shares in SHARES.items()
    for age, share in enumerate(shares)
]


def test_a_cohort_has_its_customers_and_its_share_at_each_age() -> None:
    head, *lines = cohorts_text.draw(RECORDS).splitlines()
    assert head.split()[2:] == ["0", "1", "2"]
    for line, (cohort, shares) in zip(lines, SHARES.items(), strict=True):
        start, customers, cells = line.split(maxsplit=2)
        assert (start, customers) == (cohort, "1,200")
        assert [cell.strip("% ░▒▓█") for cell in cells.split("%")][:-1] == [
            f"{share:.0%}"[:-1] for share in shares
        ]


def test_a_shade_is_darker_where_more_are_left() -> None:
    shades = " ░▒▓█"
    records = [{"cohort": f"c{k}", "since": 0, "customers": 1, "retention": k / 10} for k in range(11)]
    marks = [line.split("%")[1] or " " for line in cohorts_text.draw(records).splitlines()[1:]]
    places = [shades.index(mark) for mark in marks]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 4)


def test_without_a_cohort_only_the_head_is_drawn() -> None:
    assert len(cohorts_text.draw([]).splitlines()) == 1
