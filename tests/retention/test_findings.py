"""What is reported about measured periods: customers who come and go, a log that begins late, a short silence."""

from __future__ import annotations

from churnkit import windows
from churnkit.eventlog.log_parts import parts_of
from churnkit.labels import Label
from churnkit.retention.findings import Finding, find
from churnkit.retention.periods import measure_periods, timelines_of_log
from tests.one_log import log_of


def _findings(days: dict[str, list[int]], inactive: int, every: str = "10d", end: int = 60) -> list[Finding]:
    """days: of the events of each customer, from 1970-01-01 on."""
    rows = [(name, float(day)) for name, own in days.items() for day in own]
    log = log_of([name for name, _ in rows], [(day, "login", None) for _, day in rows])
    timeline = timelines_of_log(parts_of([log]), Label(inactive), None, ())
    periods = windows.periods(every, "1970-01-01", 0, end * windows.DAY)
    return find(measure_periods(timeline.parts(), periods, ()), timeline, periods, f"{inactive}d")


def test_periods_that_begin_too_early_are_named() -> None:
    (found,) = _findings({"a": list(range(60))}, 15)
    assert (found.code, found.count) == ("early-period", 2)
    assert "1970-01-01 to 1970-01-11" in found.text


def test_a_period_that_begins_just_inactive_days_after_the_log_is_complete() -> None:
    log = log_of(["a"] * 60, [(float(day), "login", None) for day in range(60)])
    for inactive, is_complete in ((20, True), (21, False)):
        timeline = timelines_of_log(parts_of([log]), Label(inactive), None, ())
        periods = windows.periods("10d", "1970-01-01", 0, 60 * windows.DAY)
        third = measure_periods(timeline.parts(), periods, ()).records[2]
        assert (third["period"], third["complete"]) == ("1970-01-21", is_complete)
        assert (third["churn_rate"] is not None) == is_complete


def test_customers_who_come_and_go_are_reported_above_one_in_twenty_of_the_churned() -> None:
    churn = {f"c{k}": [8] for k in range(20)}  # active on day 10, gone on day 20
    codes = [found.code for found in _findings({**churn, "x": [13]}, 4)]
    assert codes == ["early-period"]
    found = _findings({**churn, "x": [13], "y": [22, 33]}, 4)[1]
    assert (found.code, found.count) == ("came-and-went", 3)


def test_a_silence_shorter_than_the_period_is_reported_if_most_are_back_at_once() -> None:
    billed = {f"c{k}": [0, 31, 59, 90, 120] for k in range(5)}  # the 1st of each month
    found = _findings(billed, 30, "1mo", 150)[-1]
    assert (found.code, found.count) == (
        "short-inactive",
        5,
    )  # in March; in February nobody was active at the start
    assert "use 31d or longer" in found.text
    assert [f.code for f in _findings(billed, 31, "1mo", 150)] == ["early-period"]
    gone = {f"c{k}": [0, 40 + k] for k in range(5)}  # who churned stays away for two periods
    assert "short-inactive" not in [f.code for f in _findings(gone, 5, "20d", 100)]
