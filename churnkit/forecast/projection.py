"""The rate of the last periods, carried forward from any period.

           last 3 periods          periods ahead
──┬────────┬────────┬────────┬╌╌╌╌╌╌╌╌┬╌╌╌╌╌╌╌╌┬╌╌▶
                           origin     1        2
   rate = churned / customers_start   start × rate = churned
   arriving = their mean              start - churned + arriving = next start
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from churnkit.arrays import Floats


@dataclass(frozen=True)
class History:
    """The complete periods of a group of customers, oldest first; each array is (n,).

    group: its values of the --by columns. days: the first day of each period. customers, revenue: at the
    start. end: customers at the end. arriving: customers who came, less those who moved to another group.
    revenue, revenue_churned: None if the table has no money.
    """

    group: tuple[str | None, ...]
    days: list[date]
    customers: Floats
    arriving: Floats
    churned: Floats
    end: Floats
    revenue: Floats | None
    revenue_churned: Floats | None


@dataclass(frozen=True)
class CarriedRate:
    """How rates are carried forward: those of the last periods, or these times last year's ratio.

    last: the number of periods. season: the periods of a year; None without seasons.
    """

    last: int
    season: int | None = None

    @property
    def first_origin(self) -> int:
        """The number of periods that must be known."""
        return self.last + (self.season or 0)


@dataclass(frozen=True)
class Projection:
    """What is expected for each period ahead; money is None if the history has none."""

    customers: list[float]
    arriving: float
    churned: list[float]
    revenue: list[float] | None
    revenue_churned: list[float] | None


def project(history: History, rule: CarriedRate, origin: int, ahead: int) -> Projection:
    """The figures of the periods from `origin` on, from those before it alone.

    origin: a position in the history; with fewer periods before it than rule.last, all of them are used.
    ahead: the number of periods.
    """
    last = slice(max(0, origin - rule.last), origin)
    rate = ratio(history.churned[last].sum(), history.customers[last].sum())
    arriving = float(history.arriving[last].mean())
    ratios = _ratios_last_year(history.churned, history.customers, rule, origin, ahead)
    start = float(history.end[origin - 1])
    customers, churned = [], []
    for seasonal in ratios:
        customers.append(start)
        churned.append(start * min(1.0, rate * seasonal))
        start = max(0.0, start - churned[-1] + arriving)
    if history.revenue is None or history.revenue_churned is None:
        return Projection(customers, arriving, churned, None, None)
    each = ratio(history.revenue[last].sum(), history.customers[last].sum())
    lost = ratio(history.revenue_churned[last].sum(), history.revenue[last].sum())
    ratios = _ratios_last_year(history.revenue_churned, history.revenue, rule, origin, ahead)
    revenue = [each * number for number in customers]
    revenue_churned = [lost * seasonal * money for seasonal, money in zip(ratios, revenue, strict=True)]
    return Projection(customers, arriving, churned, revenue, revenue_churned)


def ratio(part: float, whole: float) -> float:
    """part / whole, 0 if the whole is 0."""
    return float(part / whole) if whole else 0.0


def _ratios_last_year(lost: Floats, start: Floats, rule: CarriedRate, origin: int, ahead: int) -> list[float]:
    """For each period ahead: its rate a year ago, divided by the rate of the last periods a year ago.

    1 without seasons, and where nobody was lost a year ago."""
    if rule.season is None:
        return [1.0] * ahead
    a_year_ago = origin - rule.season
    base = slice(a_year_ago - rule.last, a_year_ago)
    before = ratio(lost[base].sum(), start[base].sum())
    then = [a_year_ago + h % rule.season for h in range(ahead)]
    return [ratio(ratio(lost[at], start[at]), before) if before else 1.0 for at in then]
