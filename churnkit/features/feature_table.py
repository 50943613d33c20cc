"""The table of customers and observation dates: who is in it, their features, their label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from churnkit import features
from churnkit.arrays import Ints
from churnkit.columns import AS_OF
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.features import Feature
from churnkit.features.population import Population, select_all, select_by_label, select_with_label
from churnkit.labels import Label, PopulationRule
from churnkit.windows import AsOf, is_before

COMMON_EVENTS = 20  # event names that the default set makes features of
COMMON_WORDS = 50  # distinct values of a column whose latest value the default set takes


@dataclass(frozen=True)
class FeatureTable:
    """rows: id, as_of, the features, the label if there is one; by customer, then date.

    censored: dates whose label nobody can know yet. too_late: customers left out, leaving too soon.
    """

    rows: pl.DataFrame
    censored: list[AsOf]
    too_late: int


def build_table(
    history: EventLog,
    dates: Sequence[AsOf],
    wanted: Sequence[Feature],
    select: Callable[[LogAsOf], Population],
    id_name: str,
    label_name: str | None,
) -> FeatureTable:
    """A row a customer and date. select: who is in the table at a date, and who churned."""
    parts: list[pl.DataFrame] = []
    places: list[Ints] = []
    censored, too_late = [], 0
    for date in dates:
        past = LogAsOf(history, date)
        chosen = select(past)
        too_late += chosen.too_late
        part = [history.customers.gather(chosen.rows).alias(id_name)]
        part.append(pl.repeat(str(date), len(chosen.rows), dtype=pl.String, eager=True).alias(AS_OF))
        part += _computed(past, wanted, chosen.rows)
        if label_name is not None and chosen.churned is not None:
            label = pl.Series(label_name, chosen.churned).fill_nan(None).cast(pl.Int8)
            part.append(label)
            if len(label) and label.null_count() == len(label):
                censored.append(date)
        parts.append(pl.DataFrame(part))
        places.append(chosen.rows)
    rows = parts[0]
    if len(parts) > 1:  # the dates ascend, so a stable sort by customer keeps them in order
        order = np.argsort(np.concatenate(places), kind="stable")
        rows = pl.concat(parts)[order]
    return FeatureTable(rows, censored, too_late)


def _computed(past: LogAsOf, wanted: Sequence[Feature], rows: Ints) -> list[pl.Series]:
    """The features of some customers, side by side: numpy lets other threads go on while it counts."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda feature: features.compute(past, feature).gather(rows), wanted))


def find_contradiction(
    history: EventLog, rows: pl.DataFrame, dates: Sequence[AsOf], wanted: Sequence[Feature], id_name: str
) -> str | None:
    """The first value that is another one when the log ends at its date; None where all bytes are the same.

    rows: of a panel of these dates and features.
    """
    for date in dates:
        at_date = rows.filter(pl.col(AS_OF) == str(date))
        past = LogAsOf(history.before(date.instant), date)
        known = past.log.customers
        place = known.search_sorted(at_date[id_name])
        for feature in wanted:
            given, again = at_date[str(feature)], features.compute(past, feature).gather(place)
            differs = _bits(given).ne_missing(_bits(again))
            if differs.any():
                row = int(differs.arg_true()[0])
                who = f"{feature} of {at_date[id_name][row]} at {date}"
                return f"{who} is {given[row]}, but {again[row]} from the events before that date alone"
    return None


def _bits(values: pl.Series) -> pl.Series:
    """Numbers so that two are equal when their bytes are."""
    if values.dtype != pl.Float64:
        return values
    return pl.Series(values.fill_null(np.nan).to_numpy().view(np.int64))


def events_of(wanted: Sequence[Feature]) -> list[str]:
    """The slugs of the events that features speak of."""
    return [feature.of for feature in wanted if feature.family.of == features.EVENT]


def population_selector(
    rule: Label | None, who: PopulationRule, log_end: int | None
) -> Callable[[LogAsOf], Population]:
    """Who is in the table at a date: by a rule (with its label, where log_end is given) or without one."""
    if rule is None:
        return lambda past: select_all(past, who)
    if log_end is None:
        return lambda past: select_by_label(past, rule)
    return lambda past: select_with_label(past, rule, log_end)


def default_features(
    history: EventLog, windows: Sequence[int], values: Sequence[str], before: int
) -> tuple[list[Feature], list[str]]:
    """The default set for a log, told by its events before an instant alone, and the events left out.

    Only the twenty most common events have features of their own, and only columns of few values a last.
    """
    seen = is_before(history.times, before)
    codes = history.codes[seen & (history.codes >= 0)]
    counts = np.bincount(codes, minlength=len(history.slugs))
    ranked = [code for code in np.argsort(-counts, kind="stable").tolist() if counts[code]]
    events = sorted(history.slugs[code] for code in ranked[:COMMON_EVENTS])
    left_out = [f"{history.slugs[code]} ({counts[code]:,})" for code in ranked[COMMON_EVENTS:]]
    flags = pl.Series(seen)
    others = [
        name
        for name, texts in history.texts.items()
        if 0 < texts.filter(flags).drop_nulls().n_unique() <= COMMON_WORDS
    ]
    return features.default_set(windows, events, values, others), left_out
