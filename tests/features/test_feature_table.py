"""The feature table: its order, its default features, and what it leaves out."""

from __future__ import annotations

import polars as pl

from churnkit import features, windows
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import EventLog, build_log
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import parts_of
from churnkit.features import feature_table
from churnkit.features.population import select_by_label
from churnkit.labels import Label, PopulationRule

DAY = windows.DAY


def _history(rows: list[tuple[str, float, str]]) -> EventLog:
    ids, days, events = zip(*rows, strict=True)
    return build_log(
        pl.Series(ids),
        pl.Series([round(day * DAY) for day in days], dtype=pl.Int64),
        pl.Series(events),
        {},
        {"plan": pl.Series([f"plan {k}" for k in range(len(rows))])},
        name_events(sorted(set(events))),
        "UTC",
    )


def _dates(*days: int) -> list[tuple[windows.AsOf, None]]:
    return [(windows.as_of(windows.day_of(day * DAY)), None) for day in days]


def test_rows_are_sorted_by_customer_then_date() -> None:
    log = _history([("b", 1, "x"), ("a", 2, "x")])
    made = feature_table.build_table(
        log, _dates(5, 9), [], feature_table.population_selector(None, PopulationRule(), None), "id", None
    )
    assert made.rows.rows() == [
        ("a", "1970-01-06"), ("a", "1970-01-10"), ("b", "1970-01-06"), ("b", "1970-01-10"),
    ]  # fmt: skip


def test_dates_with_a_censored_label_are_reported() -> None:
    log = _history([("a", 1, "x"), ("a", 40, "x")])
    select = feature_table.population_selector(Label(30), PopulationRule(), 41 * DAY)
    made = feature_table.build_table(log, _dates(5, 41), [], select, "id", "churned_30d")
    assert [str(date) for date in made.censored] == ["1970-02-11"]
    assert made.rows["churned_30d"].to_list() == [1, None]


def test_later_events_do_not_change_the_default_features() -> None:
    now = _history([("a", 1, "x"), ("a", 2, "y")])
    later = _history([("a", 1, "x"), ("a", 2, "y"), ("b", 11, "z")])
    chosen = [feature_table.default_features(parts_of([log]), [30], 10 * DAY)[0] for log in (now, later)]
    assert chosen[0] == chosen[1]


def test_only_the_twenty_most_common_events_get_features() -> None:
    rows = [("a", 1.0, f"e{k}") for k in range(25)] + [("a", 2.0, "e7")]
    chosen, left_out = feature_table.default_features(parts_of([_history(rows)]), [30], 10 * DAY)
    with_own = {feature.of for feature in chosen if feature.family.of == features.EVENT}
    assert len(with_own) == 20
    assert "e7" in with_own
    assert len(left_out) == 5


def test_a_rule_without_a_log_end_gives_no_label() -> None:
    log = _history([("a", 1, "x")])
    made = feature_table.build_table(
        log, _dates(5), [], feature_table.population_selector(Label(30), PopulationRule(), None), "id", None
    )
    assert made.rows.columns == ["id", "as_of"]
    assert made.rows.height == len(select_by_label(LogAsOf(log, _dates(5)[0][0]), Label(30)).rows)


def test_customers_who_churn_inside_the_lead_are_counted_at_all_dates_together() -> None:
    log = _history([("a", 1, "x"), ("b", 1, "x"), ("b", 6, "stop"), ("a", 12, "stop"), ("a", 40, "x")])
    rule = Label(5, lead_days=3, churn_event="stop")
    select = feature_table.population_selector(rule, PopulationRule(), 60 * DAY)
    made = feature_table.build_table(log, _dates(5, 10, 45), [], select, "id", str(rule))
    assert made.too_late == 2  # b at the first date, a at the second
    assert made.rows["id"].to_list() == ["a", "a"]
