"""The last periods and those to come, as a table with bars: the past solid, the future with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.forecast.findings import interval_in_words, sentence
from churnkit.forecast.projection import ratio
from churnkit.forecast.records import KNOWN, GroupForecast
from churnkit.intervals import LEVEL
from churnkit.pictures.bars import FULL, PALE, PALER, banded_bar, bar
from churnkit.pictures.text_table import align_rows
from churnkit.windows import add_step, period_name

BAR = 30
PAST, PAST_OF_A_GROUP = 12, 6  # periods shown
LEGEND = f"churned: {FULL} past, {PALE}│ expected, {PALER} between the ends of the {LEVEL} interval"


def draw(forecasts: Sequence[GroupForecast], by: Sequence[str], step: str, scale: float = 1.0) -> str:
    """step: of the periods, as in `windows.periods`. scale: of the bars."""
    has_money = any(each.history.revenue is not None for each in forecasts)
    heads = ["period", *by, "start", "arriving", "churned", "interval", "rate"]
    heads += ["lost", "interval"] if has_money else []
    width = round(BAR * scale)
    rows = [row for each in forecasts for row in _rows(each, by, step, has_money, width)]
    layout = "<  " * (1 + len(by)) + ">  >  >  <  >  " + (">  <  " if has_money else "") + "<"
    lines = [_of(each, by) + sentence(each, step) for each in forecasts]
    lines += align_rows([[*heads, ""], *rows], layout)
    return "\n".join([*lines, LEGEND, *(["lost: revenue_churned"] if has_money else [])])


def _of(forecast: GroupForecast, by: Sequence[str]) -> str:
    """'plan=basic: '; nothing without groups."""
    names = zip(by, forecast.history.group, strict=True)
    return ", ".join(f"{name}={value or '-'}" for name, value in names) + (": " if by else "")


def _rows(
    forecast: GroupForecast, by: Sequence[str], step: str, has_money: bool, width: int
) -> list[list[str]]:
    history = forecast.history
    shown = PAST_OF_A_GROUP if by else PAST
    group = [value or "-" for value in history.group]
    most = _highest(forecast, shown)
    rows = []
    for at in range(max(0, len(history.days) - shown), len(history.days)):
        start, churned = history.customers[at], history.churned[at]
        cells = [period_name(history.days[at], step), *group, f"{start:,.0f}", f"{history.arriving[at]:,.0f}"]
        cells += [f"{churned:,.0f}", "", f"{ratio(churned, start):.1%}"]
        if has_money:
            lost = history.revenue_churned
            cells += ["" if lost is None else f"{lost[at]:,.0f}", ""]
        rows.append([*cells, bar(churned / most, width)])
    *ahead, total = zip(forecast.records, forecast.words, forecast.money_words, strict=True)
    for place, (record, word, money_word) in enumerate(ahead):
        name = period_name(add_step(history.days[-1], step, place + 1), step)
        drawn = banded_bar(record["churned"] / most, _shares(record, word, most), width)
        rows.append([name, *group, *_expected(record, word, money_word, has_money), drawn])
    record, word, money_word = total
    rows.append([record["period"], *group, *_expected(record, word, money_word, has_money), ""])
    return rows


def _highest(forecast: GroupForecast, shown: int) -> float:
    """The number of customers that fills a bar."""
    *ahead, _ = zip(forecast.records, forecast.words, strict=True)
    highs = [record["churned"] if word else record["churned_high"] for record, word in ahead]
    return max(*forecast.history.churned[-shown:].tolist(), *highs) or 1.0


def _shares(record: dict[str, Any], word: str, most: float) -> tuple[float, float] | None:
    return (record["churned_low"] / most, record["churned_high"] / most) if word == KNOWN else None


def _expected(record: dict[str, Any], word: str, money_word: str, has_money: bool) -> list[str]:
    start, rate, lost = record["customers_start"], record["churn_rate"], record["revenue_churned"]
    cells = [
        "" if start is None else f"{start:,.0f}",
        f"{record['arriving']:,.0f}",
        f"{record['churned']:,.0f}",
        interval_in_words(record, "churned", word),
        "" if rate is None else f"{rate:.1%}",
    ]
    if has_money:
        cells += [
            "" if lost is None else f"{lost:,.0f}",
            interval_in_words(record, "revenue_churned", money_word),
        ]
    return cells
