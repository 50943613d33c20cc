"""Return rates in text: one bar per number of silent days; the proposed number is marked."""

from __future__ import annotations

from churnkit.pictures import return_rate_text

RECORDS = [
    {"silent_days": 1, "silences": 12_345, "returned": 11_000, "return_rate": 0.9},
    {"silent_days": 30, "silences": 700, "returned": 90, "return_rate": 0.125},
    {"silent_days": 61, "silences": 90, "returned": 0, "return_rate": 0.0},
]


def test_each_number_of_days_has_its_rate_its_silences_and_a_bar_of_the_rate() -> None:
    lines = return_rate_text.draw(RECORDS, None).splitlines()[-3:]
    for line, record in zip(lines, RECORDS, strict=True):
        assert line.split()[:2] == [
            str(record["silent_days"]),
            "day" if record["silent_days"] == 1 else "days",
        ]
        assert f"{record['return_rate']:.1%}" in line
        assert f"{record['silences']:,} silences" in line
        assert line.count("█") == round(record["return_rate"] * return_rate_text.BAR)


def test_only_the_proposed_number_of_days_is_marked() -> None:
    marks = ["--inactive" in line for line in return_rate_text.draw(RECORDS, 61).splitlines()[-3:]]
    assert marks == [False, False, True]
    assert "--inactive" not in return_rate_text.draw(RECORDS, None)
