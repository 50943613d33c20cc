"""The feature table: one row per customer and observation date, with features and label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from churnkit import features
from churnkit.arrays import Ints
from churnkit.columns import AS_OF
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import LogParts
from churnkit.features import Feature
from churnkit.features.population import Population, select_all, select_by_label, select_with_label
from churnkit.labels import Label, PopulationRule
from churnkit.windows import AsOf

COMMON_EVENTS = 20  # the default set has features for this many event names


@dataclass(frozen=True)
class FeatureTable:
    """The rows of some customers: id, as_of, features, and the label if there is one; by customer, then date.

    censored: dates whose label is not known yet. too_late: customers left out because they churn too early.
    """

    rows: pl.DataFrame
    censored: list[AsOf]
    too_late: int


Asked = Sequence[tuple[AsOf, Ints | None]]  # dates, and the customers asked then (positions); None for all


def build_table(
    log: EventLog,
    asked: Asked,
    wanted: Sequence[Feature],
    select: Callable[[LogAsOf], Population],
    id_name: str,
    label_name: str | None,
) -> FeatureTable:
    """One row per customer and date. asked: ascending dates. select: who is in the table, and who churned."""
    parts: list[pl.DataFrame] = []
    places: list[Ints] = []
    censored, too_late = [], 0
    for date, customers in asked:
        past = LogAsOf(log if customers is None else log.only(customers), date)
        chosen = select(past)
        too_late += chosen.too_late
        part = [past.log.customers.gather(chosen.rows).alias(id_name)]
        part.append(pl.repeat(str(date), len(chosen.rows), dtype=pl.String, eager=True).alias(AS_OF))
        part += [features.compute(past, feature, chosen.rows) for feature in wanted]
        if label_name is not None and chosen.churned is not None:
            label = pl.Series(label_name, chosen.churned, nan_to_null=True).cast(pl.Int8)
            part.append(label)
            if len(label) and label.null_count() == len(label):
                censored.append(date)
        parts.append(pl.DataFrame(part))
        places.append(chosen.rows if customers is None else customers[chosen.rows])
    rows = parts[0]
    if len(parts) > 1:  # the dates ascend, so a stable sort by customer keeps them in order
        order = np.argsort(np.concatenate(places), kind="stable")
        rows = pl.concat(parts)[order]
    return FeatureTable(rows, censored, too_late)


def find_contradiction(
    log: EventLog, rows: pl.DataFrame, asked: Asked, wanted: Sequence[Feature], id_name: str
) -> str | None:
    """The first value that differs when only the events before its date are used; None if all are identical.

    rows: a feature table with these dates and features.
    """
    for date, asked_customers in asked:
        at_date = rows.filter(pl.col(AS_OF) == str(date))
        own = log if asked_customers is None else log.only(asked_customers)
        past = LogAsOf(own.before(date.instant), date)
        known = pl.DataFrame({id_name: past.log.customers}).with_row_index("place")
        place = at_date.select(id_name).join(known, on=id_name, how="left", maintain_order="left")["place"]
        for feature in wanted:
            original, again = at_date[str(feature)], features.compute(past, feature).gather(place)
            differs = _bits(original).ne_missing(_bits(again))
            if differs.any():
                row = int(differs.arg_true()[0])
                who = f"{feature} of {at_date[id_name][row]} at {date}"
                return f"{who} is {original[row]}, but {again[row]} from the events before that date alone"
    return None


def _bits(values: pl.Series) -> pl.Series:
    """Values as whole numbers that are equal only if the bytes are equal."""
    if values.dtype != pl.Float64:
        return values
    return pl.Series(values.fill_null(np.nan).to_numpy().view(np.int64))


def events_of(wanted: Sequence[Feature]) -> list[str]:
    """The slugs of the events in the names of these features."""
    return [feature.of for feature in wanted if feature.family.of == features.EVENT]


def population_selector(
    rule: Label | None, who: PopulationRule, log_end: int | None
) -> Callable[[LogAsOf], Population]:
    """The function that selects who is in the table at a date: by a label's rule, or without one.

    log_end: None to select without computing the label.
    """
    if rule is None:
        return lambda past: select_all(past, who)
    if log_end is None:
        return lambda past: select_by_label(past, rule)
    return lambda past: select_with_label(past, rule, log_end)


def default_features(log: LogParts, windows: Sequence[int], before: int) -> tuple[list[Feature], list[str]]:
    """The default features for a log, and the events left out; only events before the instant are used.

    Only the twenty most common events get features. Whether a column does depends on its type alone, so that
    a part of the customers has the same columns: numbers and texts have a `_last`, dates an `_in_days`.
    """
    counts = log.event_counts(before)
    ranked = [code for code in np.argsort(-counts, kind="stable").tolist() if counts[code]]
    events = sorted(log.slugs[code] for code in ranked[:COMMON_EVENTS])
    left_out = [f"{log.slugs[code]} ({counts[code]:,})" for code in ranked[COMMON_EVENTS:]]
    return features.default_set(windows, events, log.values, log.texts, log.dates), left_out
