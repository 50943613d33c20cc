"""Customers and revenue in a table: the figures of each period, a bar for its churn rate."""

from __future__ import annotations

from typing import Any

from churnkit.pictures import movements_text


def _record(period: str, churned: int, **more: object) -> dict[str, Any]:
    return {"period": period, "complete": True, "customers_start": 1_000, "new": 12, "returned": 3, "churned": churned,
            "customers_end": 1_015 - churned, "moved_in": 5, "moved_out": 7, "churn_rate": churned / 1_000,
            "came_and_went": 0, "revenue_start": None, "revenue_churned": None, "revenue_end": None, **more}  # fmt: skip


RECORDS = [_record("2024-01-01", 50), _record("2024-02-01", 100), _record("2024-03-01", 0, complete=False)]


def test_a_period_has_its_customers_its_rate_and_a_bar_to_one_scale() -> None:
    head, *lines, _ = movements_text.draw(RECORDS, [], "1mo").splitlines()
    assert head.split()[:6] == ["period", "start", "new", "returned", "churned", "end"]
    for line, record, bar in zip(lines, RECORDS, (10, 20, 0), strict=True):
        assert line.split()[2:7] == [
            "1,000",
            "12",
            "3",
            str(record["churned"]),
            f"{record['customers_end']:,}",
        ]
        assert f"{record['churn_rate']:.1%}" in line
        assert line.count("█") == bar * movements_text.BAR // 20


def test_a_period_inside_which_the_log_ends_is_marked_and_explained() -> None:
    text = movements_text.draw(RECORDS, [], "1mo")
    assert "Mar 2024*" in text
    assert text.splitlines()[-1].startswith("*")
    assert "*" not in movements_text.draw(RECORDS[:2], [], "1mo")


def test_groups_have_their_names_and_what_moved() -> None:
    head, line = movements_text.draw([_record("2024-01-01", 50, plan="basic")], ["plan"], "1mo").splitlines()
    assert head.split()[1] == "plan"
    assert line.split()[2] == "basic"
    assert "-2" in line.split()


def test_revenue_is_shown_with_its_change_where_there_is_any() -> None:
    money = {"revenue_start": 1_000.0, "revenue_churned": 321.0, "revenue_end": 1_250.0}
    head, line, *legend = movements_text.draw([_record("2024-01-01", 50, **money)], [], "1mo").splitlines()
    assert head.split()[6:9] == ["revenue", "lost", "change"]
    assert line.split()[7:10] == ["1,250", "321", "+25.0%"]
    assert "lost: revenue_churned" in legend[0]
    assert "change: revenue_end against revenue_start" in legend[0]
    assert "revenue" not in movements_text.draw(RECORDS, [], "1mo")


def test_customers_who_came_and_went_are_shown_where_there_are_any() -> None:
    head, line = movements_text.draw([_record("2024-01-01", 50, came_and_went=9)], [], "1q").splitlines()
    assert "came and went" in head
    assert line.split()[:2] == ["Q1", "2024"]
    assert line.split()[7] == "9"
    assert "came and went" not in movements_text.draw(RECORDS, [], "1mo")
