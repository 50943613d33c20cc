"""All arithmetic with dates: durations, observation dates, windows, calendar days in a time zone.

An instant is a whole number of microseconds since 1970-01-01T00:00Z. Every window is half-open:
start <= time < end. A day begins at the first instant that has its date in the zone.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from churnkit.errors import ChurnkitError, quote

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND  # microseconds of an elapsed day; a calendar day may be longer or shorter
FAR_FUTURE = 7_000 * 365 * DAY  # a later time is a placeholder for "no end date"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_TODAY = ("today", "now")
_DURATION = re.compile(r"(0|[1-9]\d{0,5})(d|w)")
_STEP = re.compile(r"([1-9]\d{0,5})(d|w|mo|q|y)")
MOST_PERIODS = 10_000
UNITS = {"d": "day", "w": "week", "mo": "month", "q": "quarter", "y": "year"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class AsOf:
    """An observation date: a midnight in a zone, or the instant within a day at which a log ends.

    day: the calendar date in the zone. instant: microseconds since 1970, UTC.
    """

    day: date
    instant: int
    zone: str = "UTC"

    def shifted(self, days: int) -> int:
        """The instant `days` calendar days later (earlier if negative), at the same time after midnight."""
        since_midnight = self.instant - midnight(self.day, self.zone)
        return midnight(_add_days(self.day, days), self.zone) + since_midnight

    def window(self, days: int) -> tuple[int, int]:
        """The past that a feature sees: [as_of - days, as_of)."""
        return self.shifted(-days), self.instant

    def window_before(self, days: int) -> tuple[int, int]:
        """The window of the same length that ends where `window` begins."""
        return self.shifted(-2 * days), self.shifted(-days)

    def label_window(self, lead_days: int, horizon_days: int) -> tuple[int, int]:
        """The future that decides a label: [as_of + lead, as_of + lead + horizon)."""
        return self.shifted(lead_days), self.shifted(lead_days + horizon_days)

    def __str__(self) -> str:
        return self.day.isoformat()


def parse_days(text: str, least: int = 1) -> int:
    """'30d' → 30, '4w' → 28. Raises ChurnkitError for any other text, and for less than `least`."""
    match = _DURATION.fullmatch(text)
    if not match or int(match[1]) < least:
        hint = _duration_hint(text, least)
        raise ChurnkitError(f"{quote(text)} is not a duration such as 30d or 4w{hint}")
    return int(match[1]) * {"d": 1, "w": 7}[match[2]]


def _duration_hint(text: str, least: int) -> str:
    """The duration in days that is meant by 30, 30 days, 1mo, 3 months or 1y, or ''."""
    match = re.fullmatch(r"(\d{1,4}) *(|d|w|m|mo|q|y|days?|weeks?|months?|quarters?|years?)", text.lower())
    if not match or int(match[1]) < least:
        return ""
    days = {"": 1, "d": 1, "w": 7, "m": 30, "q": 91, "y": 365}[match[2][:1]]
    return f"; write {int(match[1]) * days}d"


def parse_date(text: str) -> date:
    """'2024-09-01' → that date. Raises ChurnkitError for any other text."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    hint = "; write $(date +%F)" if text in _TODAY else ""  # the result of a command depends on no clock
    raise ChurnkitError(f"{quote(text)} is not a date such as 2024-09-01{hint}")


def _zone(name: str) -> ZoneInfo:
    """The zone with this name; the library is not imported at a start."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def zone_named(name: str) -> str:
    """The name itself, if this time zone exists. Raises ChurnkitError otherwise."""
    try:
        _zone(name)
    except (OSError, ValueError, KeyError):
        raise ChurnkitError(f"{quote(name)} is not a time zone such as Europe/Berlin or UTC") from None
    return name


@lru_cache(maxsize=4096)
def midnight(day: date, zone: str = "UTC") -> int:
    """The instant at which a calendar day begins in a zone.

    If clocks skip midnight, the day begins right after the jump; if midnight happens twice, at the first one.
    fold=0 gives both.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=_zone(zone))
    return (local - EPOCH) // timedelta(microseconds=1)


def day_of(instant: int, zone: str = "UTC") -> date:
    """The calendar day of an instant in a zone; midnight belongs to the day that begins.

    Raises ChurnkitError for a day before the year 1 or after the year 9999.
    """
    try:
        return (EPOCH + timedelta(microseconds=instant)).astimezone(_zone(zone)).date()
    except OverflowError:
        raise ChurnkitError(
            "dates go from 0001-01-01 to 9999-12-31; to end the log earlier, use --until"
        ) from None


def as_of(day: date, zone: str = "UTC") -> AsOf:
    """The observation date at the midnight when a day begins in a zone."""
    return AsOf(day, midnight(day, zone), zone)


def end_of_day(instant: int, zone: str = "UTC") -> AsOf:
    """The midnight after an instant: the end of a log with its latest event there."""
    return as_of(_add_days(day_of(instant, zone), 1), zone)


def log_end(text: str | None, latest: int, zone: str = "UTC") -> int:
    """The first instant that the log does not cover.

    text: --until, a date (its midnight in the zone) or an ISO date-time; None: the end of the day
    of the latest event.
    """
    if text is None:
        is_last_day = day_of(latest, zone) == date.max
        return latest + DAY if is_last_day else end_of_day(latest, zone).instant
    if _DATE.fullmatch(text):
        return midnight(parse_date(text), zone)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ChurnkitError(f"{quote(text)} is not a date or date-time such as 2024-09-01") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // timedelta(microseconds=1)


def with_offset(text: str, zone: str) -> str:
    """'2024-05-01T10:00' with the offset of the zone at that time; any other text unchanged."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    is_instant = moment.tzinfo is not None or _DATE.fullmatch(text)
    return text if is_instant else moment.replace(tzinfo=_zone(zone_named(zone))).isoformat()


def observation_dates(text: str, log_end: int | None, zone: str = "UTC") -> list[AsOf]:
    """The dates of --as-of, ascending, each once.

    text: dates, ranges `first..last/step` and `latest`, separated by commas. log_end: the first instant that
    the log does not cover, None when the log is empty; `latest` is that midnight, or the last one before it.
    Raises ChurnkitError for any other text.
    """
    days: set[date] = set()
    for part in text.split(","):
        if part == "latest":
            if log_end is None:
                raise ChurnkitError("'latest' needs a log with at least one event")
            days.add(day_of(log_end, zone))
        elif ".." in part:
            days.update(_range(part))
        else:
            days.add(parse_date(part))
    return [as_of(day, zone) for day in sorted(days)]


@dataclass(frozen=True)
class OwnDate:
    """Each customer's own observation date: the day in a column, and some days added to it."""

    column: str
    days: int

    def __str__(self) -> str:
        return f"{self.column}{self.days:+}d" if self.days else self.column


_OWN_DATE = re.compile(r"(?P<column>[^\W\d][^,]*?)(?:(?P<sign>[+-])(?P<days>\d{1,6}[dw]))?")


def own_date(text: str) -> OwnDate | None:
    """'renewal_date-60d' → the column and -60; None for dates, `latest`, and what is meant as a date."""
    match = _OWN_DATE.fullmatch(text)
    if not match or text in ("latest", *_TODAY):
        return None
    days = parse_days(match["days"], least=0) if match["days"] else 0
    return OwnDate(match["column"], -days if match["sign"] == "-" else days)


def day_numbered(number: int) -> date:
    """The calendar day with this number, in days since 1970-01-01."""
    return _add_days(EPOCH.date(), number)


def midnights(numbers: Any, zone: str) -> Any:
    """The instants at which days begin, (n,) Int64. numbers: (n,) of days since 1970-01-01."""
    import numpy as np

    days, places = np.unique(numbers, return_inverse=True)
    instants = [midnight(day_numbered(int(number)), zone) for number in days]
    return np.array(instants, dtype=np.int64)[places]


@dataclass(frozen=True)
class Periods:
    """Consecutive periods.

    borders: the instants where they begin and end, one more than periods. before: the border before the
    first. complete: False if the log ends inside the last period.
    """

    borders: list[AsOf]
    before: AsOf
    complete: bool


def periods(every: str, since: str | None, first: int, end: int, zone: str = "UTC") -> Periods:
    """Periods up to the end of the log: calendar months, quarters, years, weeks from Monday, or N days.

    every: 1mo, 1q, 1y, 1w, 30d. since: the date of the first border; None: the start of the period
    that contains the first event, at the instant `first`. end: the first instant that the log does not cover.
    Raises ChurnkitError if `since` is not the first day of such a period, or if the log ends before it.
    """
    unit = _step_unit(every)
    day = parse_date(since) if since is not None else _first_day(day_of(first, zone), unit)
    if _first_day(day, unit) != day:
        raise ChurnkitError(
            f"--since {day} is not the first day of a {UNITS[unit]}; {_first_day(day, unit)} is"
        )
    borders = [as_of(day, zone)]
    if borders[0].instant >= end:
        raise ChurnkitError(f"the log ends before {day}, so there is no period to measure")
    while borders[-1].instant < end:
        if len(borders) > MOST_PERIODS:
            raise ChurnkitError(f"more than {MOST_PERIODS:,} periods; use a longer --every")
        borders.append(as_of(add_step(day, every, len(borders)), zone))
    complete = borders[-1].instant == end
    if not complete:
        borders[-1] = AsOf(day_of(end, zone), end, zone)
    return Periods(borders, as_of(add_step(day, every, -1), zone), complete)


def step_between(days: Sequence[date]) -> str | None:
    """The step of periods, from their first days, ascending: 1mo, 1q, 1y, 30d; None for one day.

    The step is the smallest distance between two neighbours; calendar months go before days.
    """
    pairs = list(pairwise(days))
    if not pairs:
        return None
    months = [12 * (b.year - a.year) + b.month - a.month for a, b in pairs if a.day == b.day == 1]
    if len(months) < len(pairs):
        return f"{min((b - a).days for a, b in pairs)}d"
    least = min(months)
    for unit, length in (("y", 12), ("q", 3)):
        if least % length == 0 and (days[0].month - 1) % length == 0:
            return f"{least // length}{unit}"
    return f"{least}mo"


def periods_a_year(step: str) -> int | None:
    """The number of periods after which the same part of a year returns: 12 for 1mo, 52 for 7d; None if no
    number of periods makes a year, and for a year itself."""
    unit = _step_unit(step)
    number = int(step.removesuffix(unit)) * {"d": 1, "w": 7, "mo": 1, "q": 3, "y": 12}[unit]
    year = 364 if unit in ("d", "w") else 12  # whole weeks, so that each period has the same weekdays
    return year // number if year % number == 0 and number < year else None


def period_name(day: date, every: str) -> str:
    """The name of a period for people: 'Nov 2024', 'Q4 2024', '2024', 'Dec 2024–Jan 2025'.

    day: its first day. every: the step, as in `periods`. Weeks and days have the first day as their name:
    '4 Nov 2024'.
    """
    unit = _step_unit(every)
    if unit in ("d", "w"):
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    last = add_step(add_step(day, every, 1), f"1{unit}", -1)
    first_name, last_name = (_unit_name(one, unit) for one in (day, last))
    if day == last or unit == "y":
        return first_name if day == last else f"{first_name}–{last_name}"
    return f"{first_name.removesuffix(f' {last.year}')}–{last_name}"


def unit_in_words(every: str, times: int = 1) -> str:
    """The length of one or more steps in words: '1 month', '2 weeks'."""
    unit = _step_unit(every)
    number = int(every.removesuffix(unit)) * times
    return f"{number} {UNITS[unit]}{'' if number == 1 else 's'}"


def _unit_name(day: date, unit: str) -> str:
    """The month, quarter or year of a day."""
    part = {"mo": f"{MONTHS[day.month - 1]} ", "q": f"Q{(day.month + 2) // 3} ", "y": ""}[unit]
    return f"{part}{day.year}"


def _step_unit(step: str) -> str:
    match = _STEP.fullmatch(step)
    if not match:
        raise ChurnkitError(f"{quote(step)} is not a step such as 1mo, 7d, 2w, 1q or 1y")
    return match[2]


def _first_day(day: date, unit: str) -> date:
    """The first day of the calendar unit that contains a day; for the unit `d` the day itself."""
    if unit == "w":
        return _add_days(day, -day.weekday())
    month = {"mo": day.month, "q": day.month - (day.month - 1) % 3, "y": 1}.get(unit)
    return day if month is None else date(day.year, month, 1)


def is_before(times: Any, as_of: Any) -> Any:
    """Whether a feature may see these times: strictly before the observation date, never at it.

    times, as_of: microseconds; each may be an array or a polars expression.
    """
    return times < as_of


def just_before(as_of: Any) -> Any:
    """The last instant before an observation date, for joins that match the latest time up to it."""
    return as_of - 1


def add_step(day: date, step: str, times: int) -> date:
    """A day moved by `times` steps ('1mo', '7d'); a month too short for the day gives its last day."""
    unit = _step_unit(step)
    number = int(step.removesuffix(unit)) * times
    if unit in ("d", "w"):
        return _add_days(day, number * {"d": 1, "w": 7}[unit])
    months = day.year * 12 + day.month - 1 + number * {"mo": 1, "q": 3, "y": 12}[unit]
    year, month = divmod(months, 12)
    if year > date.max.year:
        raise ChurnkitError(f"{day} plus {number} steps of {step} is after the year 9999")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _range(text: str) -> list[date]:
    """'2024-03-01..2024-08-01/1mo' → dates from the first in steps, up to the second."""
    borders, slash, step = text.partition("/")
    first_text, _, last_text = borders.partition("..")
    first, last = parse_date(first_text), parse_date(last_text)
    if not slash:
        raise ChurnkitError(f"{quote(text)} needs a step, as in {borders}/1mo")
    if last < first:
        raise ChurnkitError(f"{quote(text)} ends before it begins")
    dates: list[date] = []
    while (day := add_step(first, step, len(dates))) <= last:
        dates.append(day)
    return dates


def _add_days(day: date, number: int) -> date:
    try:
        return day + timedelta(days=number)
    except OverflowError:
        raise ChurnkitError(f"{day} plus {number} days is outside the years 1 to 9999") from None
