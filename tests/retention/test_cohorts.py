"""Retention by cohort, compared with a loop over customers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.labels import Label
from churnkit.retention.cohorts import measure_cohorts
from churnkit.retention.periods import timeline_of_log
from tests.one_log import EVENTS, Event, log_of

STEP = 20  # days


@given(EVENTS, st.data(), st.integers(50, 130), st.integers(5, 40))
def test_a_cohort_is_followed_at_every_border_after_its_period(
    events: list[Event], data: st.DataObject, end: int, inactive: int
) -> None:
    who = data.draw(st.lists(st.sampled_from("uvwxyz"), min_size=len(events), max_size=len(events)))
    periods = windows.periods(f"{STEP}d", "1970-01-01", 0, end * windows.DAY)
    timeline = timeline_of_log(log_of(who, events), Label(inactive), None, ())
    days = {name: [d for n, (d, _, _) in zip(who, events, strict=True) if n == name] for name in who}
    expected = []
    for cohort in range(end // STEP):
        members = [name for name, own in days.items() if cohort * STEP <= min(own) < (cohort + 1) * STEP]
        for age in range(end // STEP - cohort):
            border = (cohort + 1 + age) * STEP
            active = sum(any(border - inactive <= day < border for day in days[name]) for name in members)
            if members:
                start = str(windows.day_of(cohort * STEP * windows.DAY))
                expected.append((start, age, len(members), active, active / len(members)))
    assert [tuple(record.values()) for record in measure_cohorts([timeline], periods)] == expected


def test_a_period_inside_which_the_log_ends_has_no_cohort() -> None:
    log = log_of(["x", "y"], [(1.0, "a", None), (25.0, "a", None)])
    periods = windows.periods("20d", "1970-01-01", 0, 30 * windows.DAY)
    found = list(measure_cohorts([timeline_of_log(log, Label(30), None, ())], periods))
    assert [record["cohort"] for record in found] == ["1970-01-01"]
