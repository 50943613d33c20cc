"""A backtest in text: one line per date, on one axis from 0, and what fell outside its interval is named."""

from __future__ import annotations

from typing import Any

from churnkit.pictures import backtest_text

RECORD: dict[str, Any] = {
    "as_of": "2024-03-01", "observed": 50, "expected": 60.0, "expected_low": 40.0, "expected_high": 80.0,
    "expected_last_rate": 100.0,
}  # fmt: skip
MONEY = {
    f"{name.replace('expected', 'expected_loss').replace('observed', 'observed_loss')}": value
    for name, value in RECORD.items()
    if name != "as_of"
}


def _line(**more: Any) -> str:
    return backtest_text.draw([{**RECORD, **more}], ["said"]).splitlines()[3]


def test_marks_are_where_their_numbers_are() -> None:
    line = _line()
    axis = line[line.index("·") - backtest_text.BAR + 1 :]
    assert axis[round(0.5 * 47)] == "●"
    assert axis[round(0.6 * 47)] == "┃"
    assert axis[round(0.4 * 47)] == axis[round(0.8 * 47)] == "─"
    assert axis[round(0.8 * 47) + 1] == " "


def test_what_is_outside_the_interval_is_hollow_and_named() -> None:
    line = _line(observed=90)
    assert "○" in line
    assert line.endswith("outside 40 to 80")
    assert "outside" not in _line()


def test_an_interval_longer_than_the_axis_ends_with_an_arrow() -> None:
    assert "▶" in _line(expected_high=5_000.0)


def test_money_is_on_its_own_axis_below() -> None:
    text = backtest_text.draw([{**RECORD, **MONEY}], ["said", "lost"])
    assert text.splitlines()[0:2] == ["said", "lost"]
    assert text.count("2024-03-01") == 2


def test_ages_have_a_line_each() -> None:
    ends = {
        f"{name}{end}": value
        for name, value in (("auc_change", -0.1), ("observed_over_expected", 1.1))
        for end in ("", "_low", "_high")
    }
    record = {"age": 1, "age_days": 31, "dates": 5, "auc": 0.7, "observed_over_expected_fresh": 1.0, **ends}
    few = {**record, "age": 2, "auc_change_low": None, "observed_over_expected_low": None, "auc": None}
    _, line, other = backtest_text.draw_ages([record, few]).splitlines()
    assert line.split()[:3] == ["31", "5", "0.700"]
    assert "-0.100 to -0.100" in line
    assert "unknown" in other
    assert " to " not in other
