"""What a user should know about measured periods, in words: whom they do not show, where they mislead."""

from __future__ import annotations

from itertools import pairwise

from churnkit import windows
from churnkit.formatting import Finding
from churnkit.retention.movements import INSIDE
from churnkit.retention.periods import PeriodFigures, Timelines
from churnkit.windows import Periods

MOST_INSIDE = 0.05  # customers who came and went, per customer who churned: above it they are reported
MOST_BACK = 0.5  # share of the churned who are back a period later: above it, churn is too short a silence


def find(
    figures: PeriodFigures, timeline: Timelines, periods: Periods, inactive: str | None
) -> list[Finding]:
    """The findings. inactive: the --inactive of a log, as typed by the user."""
    found = [
        _early(timeline, periods, inactive),
        _came_and_went(figures),
        _back_at_once(figures, periods, inactive),
    ]
    return [finding for finding in found if finding is not None]


def _early(timeline: Timelines, periods: Periods, inactive: str | None) -> Finding | None:
    """The periods that begin before all customers who could leave are known."""
    early = [border for border in periods.borders[:-1] if not timeline.is_known(border)]
    if not early:
        return None
    which = f"the period {early[0]}" if len(early) == 1 else f"the periods {early[0]} to {early[-1]}"
    text = (
        f"the log begins less than {inactive} before {which}, so not all customers who could leave there are"
        " known; churn_rate is empty and complete is false in these rows"
    )
    return Finding("early-period", text, count=len(early))


def _came_and_went(figures: PeriodFigures) -> Finding | None:
    inside, churned = (sum(record[name] for record in figures.records) for name in (INSIDE, "churned"))
    if not inside or inside <= MOST_INSIDE * churned:
        return None
    text = (
        f"{inside:,} times a customer came and went inside one period, beside {churned:,} who churned; they"
        f" are in {INSIDE}, and a shorter --every counts them as new and churned"
    )
    return Finding("came-and-went", text, count=inside)


def _back_at_once(figures: PeriodFigures, periods: Periods, inactive: str | None) -> Finding | None:
    """--inactive shorter than a period, where most who churned come back at once."""
    if inactive is None or figures.back_at_once <= MOST_BACK * figures.churned:
        return None
    days = windows.parse_days(inactive)
    longest = max(
        (windows.day_of(b.instant, b.zone) - windows.day_of(a.instant, a.zone)).days
        for a, b in pairwise(periods.borders)
    )
    if days >= longest:
        return None
    text = (
        f"{figures.back_at_once:,} of {figures.churned:,} customers who churned are active again one period"
        f" later: --inactive {inactive} is shorter than a period of {longest} days; use {longest}d or longer"
    )
    return Finding("short-inactive", text, count=figures.back_at_once)
