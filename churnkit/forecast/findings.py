"""What a user should know about a forecast, in words: where it says nothing, and what knows more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit import windows
from churnkit.forecast.past_errors import FEWEST_ERRORS
from churnkit.forecast.records import SHORT, WILD, GroupForecast
from churnkit.formatting import Finding, count

FAR = 6  # periods ahead


def find(forecasts: Sequence[GroupForecast], last: int, step: str) -> list[Finding]:
    """The findings. last: the number of periods whose rate is carried forward. step: of the periods."""
    found = [
        _seasons(forecasts),
        _too_short(forecasts, last),
        _too_wild(forecasts),
        _far_ahead(forecasts, step),
        _first_period(),
    ]
    return [finding for finding in found if finding is not None]


def _of_groups(number: int, forecasts: Sequence[GroupForecast]) -> str:
    """' in 2 of 3 groups'; nothing where there are no groups."""
    return f" in {number:,} of {count(len(forecasts), 'group')}" if forecasts[0].history.group else ""


def _seasons(forecasts: Sequence[GroupForecast]) -> Finding | None:
    """Whether last year's ratios are used, where there are enough periods to ask."""
    compared = [(each.gain, each.has_seasons) for each in forecasts if each.gain is not None]
    if not compared:
        return None
    chosen = [gain for gain, has_seasons in compared if has_seasons]
    if not chosen:
        text = "no seasons: with last year's ratios, past errors would have been larger"
        return Finding("seasons", text + _of_groups(len(compared), forecasts))
    gains = f"{min(chosen):.0%}" if len(chosen) == 1 else f"{min(chosen):.0%} to {max(chosen):.0%}"
    text = f"seasons: last year's ratios are used; they make the squared past errors {gains} smaller"
    return Finding("seasons", text + _of_groups(len(chosen), forecasts))


def _too_short(forecasts: Sequence[GroupForecast], last: int) -> Finding | None:
    short = [each for each in forecasts if each.words[0] == SHORT]
    if not short:
        return None
    most = max(len(each.history.days) for each in short)
    least = last + FEWEST_ERRORS
    text = (
        f"{count(most, 'complete period')}: too short to tell how far off the forecast may be"
        f"{_of_groups(len(short), forecasts)}; an interval needs {least}"
    )
    return Finding("too-short", text, count=most)


def _too_wild(forecasts: Sequence[GroupForecast]) -> Finding | None:
    """The figures whose interval would be wider than twice the figure."""
    parts = []
    for what, words in (
        ("customers", [word for each in forecasts for word in each.words]),
        ("revenue", [word for each in forecasts for word in each.money_words]),
    ):
        if wild := words.count(WILD):
            parts.append(f"{wild} of {count(len(words), 'figure')} of {what}")
    if not parts:
        return None
    text = (
        f"{' and '.join(parts)}: too wild to say how far off; from the past errors the interval is wider than"
        " twice the figure"
    )
    return Finding("too-wild", text)


def _far_ahead(forecasts: Sequence[GroupForecast], step: str) -> Finding | None:
    ahead = len(forecasts[0].records) - 1
    if ahead <= FAR:
        return None
    text = (
        f"more than {windows.unit_in_words(step, FAR)} ahead, one rate for all says too many of today's"
        " customers leave: those who stay long leave less often"
    )
    return Finding("far-ahead", text)


def _first_period() -> Finding:
    text = (
        "for the first period, a model of each customer knows more than a rate:"
        " churnkit score --customer-value COLUMN model.json now.csv"
    )
    return Finding("score-knows-more", text)


def sentence(forecast: GroupForecast, step: str) -> str:
    """The totals: 'expected to be lost in the 6 months from 2025-01-01 on: 846 customers (550 to 1,303)'."""
    *ahead, total = forecast.records
    parts = [f"{total['churned']:,.0f} customers{_band(total, 'churned', forecast.words[-1])}"]
    if total["revenue_churned"] is not None:
        band = _band(total, "revenue_churned", forecast.money_words[-1])
        parts.append(f"{total['revenue_churned']:,.0f} of revenue{band}")
    length = windows.unit_in_words(step, len(ahead))
    return f"expected to be lost in the {length} from {ahead[0]['period']} on: {' and '.join(parts)}"


def _band(record: dict[str, Any], name: str, word: str) -> str:
    band = interval_in_words(record, name, word)
    return f" ({band})" if band else ""


def interval_in_words(record: dict[str, Any], name: str, word: str) -> str:
    """'650 to 1,010'; where the interval says nothing, the word that says why. word: from a GroupForecast."""
    low, high = record[f"{name}_low"], record[f"{name}_high"]
    return word or ("" if low is None else f"{low:,.0f} to {high:,.0f}")
