"""The records of a forecast: one per period ahead and a total, for each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from churnkit import windows
from churnkit.arrays import Floats
from churnkit.forecast.past_errors import (
    FEWEST_ERRORS,
    Figure,
    interval_of_sum,
    intervals,
    is_wild,
    past_errors,
    past_projections,
    squared_error,
)
from churnkit.forecast.projection import CarriedRate, History, Projection, project

TOTAL = "total"  # the period of the last record of a group
FIGURES = (
    "customers_start", "arriving", "churned", "churned_low", "churned_high", "churn_rate", "revenue_start",
    "revenue_churned", "revenue_churned_low", "revenue_churned_high",
)  # fmt: skip
SEASONS_FROM = 25  # periods: two years of months, and one to judge by
SHORT, WILD, KNOWN = "too short to tell", "too wild to say", ""


def fields(by: Sequence[str]) -> list[str]:
    """The fields of a record, in order."""
    return ["period", *by, "ahead", *FIGURES]


@dataclass(frozen=True)
class GroupForecast:
    """The forecast of a group of customers.

    records: one per period ahead, and the total. words: for each record why it has no interval of customers,
    or KNOWN. money_words: the same for money. gain: the share of the squared past errors that seasons take
    away (below 0: add); None if there are too few periods to compare. has_seasons: whether they are used.
    """

    history: History
    records: list[dict[str, Any]]
    words: list[str]
    money_words: list[str]
    gain: float | None
    has_seasons: bool


def forecast(history: History, by: Sequence[str], step: str, ahead: int, last: int) -> GroupForecast:
    """The periods after the history. step: of the periods, as in `windows.periods`. ahead: their number.

    last: the number of periods whose rate is carried forward. by: the names of the groups' columns.
    """
    rule, gain = _choose(history, CarriedRate(last), windows.periods_a_year(step), ahead)
    expected = project(history, rule, len(history.days), ahead)
    said = past_projections(history, rule, ahead)
    records = _point_records(history, expected, by, step)
    words = _add_intervals(records, "churned", said, lambda p: p.churned, history.churned, is_count=True)
    for record in records[:-1]:
        if record["churned_high"] is not None:
            record["churned_high"] = min(record["churned_high"], record["customers_start"])
    money_words = [KNOWN] * len(records)
    if history.revenue_churned is not None:
        money_words = _add_intervals(
            records,
            "revenue_churned",
            said,
            lambda p: p.revenue_churned or [],
            history.revenue_churned,
            is_count=False,
        )
    return GroupForecast(history, records, words, money_words, gain, rule.season is not None)


def _choose(
    history: History, plain: CarriedRate, season: int | None, ahead: int
) -> tuple[CarriedRate, float | None]:
    """The rule with the smaller past errors where both can be judged, and by how much seasons are better."""
    if season is None or len(history.days) < max(SEASONS_FROM, 2 * season + 1):
        return plain, None
    seasonal = CarriedRate(plain.last, season)
    if len(history.days) < seasonal.first_origin + FEWEST_ERRORS:
        return plain, None
    errors = []
    for rule in (plain, seasonal):
        said = [(at, p) for at, p in past_projections(history, rule, ahead) if at >= seasonal.first_origin]
        errors.append(squared_error(past_errors(said, lambda p: p.churned, history.churned)))
    gain = 1 - errors[1] / errors[0] if errors[0] else 0.0
    return (seasonal if gain > 0 else plain), gain


def _point_records(
    history: History, expected: Projection, by: Sequence[str], step: str
) -> list[dict[str, Any]]:
    """The records without intervals."""
    group = dict(zip(by, history.group, strict=True))
    empty: dict[str, Any] = dict.fromkeys(fields(by))
    nothing: list[None] = [None] * len(expected.churned)
    revenue, lost = expected.revenue or nothing, expected.revenue_churned or nothing
    records = [
        {
            **empty,
            **group,
            "period": str(windows.add_step(history.days[-1], step, place + 1)),
            "ahead": place + 1,
            "customers_start": start,
            "arriving": expected.arriving,
            "churned": churned,
            "churn_rate": churned / start if start else None,
            "revenue_start": money,
            "revenue_churned": money_lost,
        }
        for place, (start, churned, money, money_lost) in enumerate(
            zip(expected.customers, expected.churned, revenue, lost, strict=True)
        )
    ]
    total: dict[str, Any] = {**empty, **group, "period": TOTAL}
    for name in ("arriving", "churned", "revenue_churned"):
        known = [record[name] for record in records if record[name] is not None]
        total[name] = sum(known) if known else None
    return [*records, total]


def _add_intervals(
    records: list[dict[str, Any]],
    name: str,
    said: Sequence[tuple[int, Projection]],
    figure: Figure,
    happened: Floats,
    *,
    is_count: bool,
) -> list[str]:
    """Adds the intervals of a figure to the records; returns for each why it has none, or KNOWN."""
    each = [record[name] for record in records]
    past = past_errors(said, figure, happened)
    sums = past_errors(said, figure, happened, are_sums=True)
    is_short = not past.said or len(past.said[0]) < FEWEST_ERRORS
    unsaid = WILD if any(chain(*past.happened)) else KNOWN  # 0 as ever, or 0 for the moment
    ends = [
        *intervals(each[:-1], past, is_count=is_count),
        interval_of_sum(each[-1], sums, is_count=is_count),
    ]
    words = []
    for record, figure_said, interval in zip(records, each, ends, strict=True):
        if interval is None:
            words.append(SHORT if is_short else unsaid)
            continue
        record[f"{name}_low"], record[f"{name}_high"] = interval
        words.append(WILD if is_wild(figure_said, interval) else KNOWN)
    return words
